/* SPDX-License-Identifier: Apache-2.0 */
/* Changes applied to tables of an agent, kept as JSON by name: "override m shop/pay:80" -> "10.1.0.1:80". */
#ifndef SHUNT_TESTS_UNIT_APPLIED_CHANGES_H
#define SHUNT_TESTS_UNIT_APPLIED_CHANGES_H

#include "tests/unit/objects.h"
#include <jansson.h>
#include "user/lib/address.h"
#include "user/lib/changes.h"

/* Sets or removes (NULL); a change that changes nothing fails. */
static inline void apply_one(json_t *tables, const char *key, const char *value)
{
	const char *now = json_string_value(json_object_get(tables, key));

	if (value) {
		assert_true(!now || strcmp(now, value) != 0);
		json_object_set_new(tables, key, json_string(value));
	} else {
		assert_non_null(now);
		json_object_del(tables, key);
	}
}

static inline void apply_endpoints(json_t *tables, const char *kind,
				   const struct change_endpoint *items, size_t count)
{
	char key[128], value[256], text[ADDRESS_ENDPOINT_TEXT_SIZE];

	for (size_t i = 0; i < count; i++) {
		const struct change_endpoint *item = &items[i];

		snprintf(key, sizeof(key), "%s %s", kind,
			 address_format_endpoint(&item->endpoint, text));
		snprintf(value, sizeof(value), "%s, fence %u, flags %u", item->service, item->fence,
			 item->flags);
		apply_one(tables, key, item->service ? value : NULL);
	}
}

static inline void apply_override(json_t *tables, const struct change_override *override)
{
	char key[512], value[1024] = "", text[ADDRESS_ENDPOINT_TEXT_SIZE];

	snprintf(key, sizeof(key), "override %s %s", override->context, override->service);
	for (unsigned int i = 0; i < override->endpoint_count; i++) {
		if (i)
			strcat(value, " ");
		strcat(value, address_format_endpoint(&override->endpoints[i], text));
	}
	if (override->on_unreachable == SHUNT_UNREACHABLE_MAIN)
		strcat(value, " main");
	if (override->flags & SHUNT_OVERRIDE_SIGNED)
		strcat(value, " signed");
	if (override->tag)
		snprintf(value + strlen(value), 32, " tag %llx", override->tag);
	apply_one(tables, key, override->endpoint_count ? value : NULL);
}

static inline void print_prefix(FILE *out, const struct shunt_prefix *prefix)
{
	char text[ADDRESS_TEXT_SIZE];

	fprintf(out, " %s/%u", address_format(&prefix->address, text), prefix->length);
}

static inline void apply_policy(json_t *tables, const struct policy *policy)
{
	char *value, text[ADDRESS_ENDPOINT_TEXT_SIZE];
	size_t size;
	FILE *out = open_memstream(&value, &size);

	for (size_t i = 0; i < policy->source_count; i++) {
		print_prefix(out, &policy->sources[i].prefix);
		fprintf(out, "=%u", policy->sources[i].flags);
	}
	fprintf(out, ";");
	for (size_t i = 0; i < policy->allowed_count; i++)
		print_prefix(out, &policy->allowed[i]);
	for (size_t i = 0; i < policy->steer_count; i++) {
		const struct policy_steer *steer = &policy->steers[i];

		fprintf(out, "; %s=%u", address_format_endpoint(&steer->frontend, text),
			steer->flags);
		for (size_t j = 0; j < steer->count; j++)
			fprintf(out, " %s",
				address_format_endpoint(&policy->endpoints[steer->first + j],
							text));
	}
	fclose(out);
	apply_one(tables, "policy", value);
	free(value);
}

static inline void apply_changes(json_t *tables, const struct changes *changes)
{
	char key[512];

	if (changes->snapshot)
		json_object_clear(tables);
	for (size_t i = 0; i < changes->service_count; i++) {
		snprintf(key, sizeof(key), "service %s", changes->services[i].name);
		apply_one(tables, key, changes->services[i].removed ? NULL : "there");
	}
	apply_endpoints(tables, "frontend", changes->frontends, changes->frontend_count);
	apply_endpoints(tables, "offloaded", changes->offloaded, changes->offloaded_count);
	for (size_t i = 0; i < changes->override_count; i++)
		apply_override(tables, &changes->overrides[i]);
	if (changes->markers) {
		snprintf(key, sizeof(key), "%u names, seed %llx", changes->markers->count,
			 changes->markers->seed);
		json_object_set_new(tables, "markers", json_string(key));
	}
	if (changes->policy)
		apply_policy(tables, changes->policy);
}

#endif
