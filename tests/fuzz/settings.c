// SPDX-License-Identifier: Apache-2.0
/*
 * Fuzz target: manifests, Settings above all. What is refused has a reason; what is accepted resolves
 * to tables that are sorted, hold no target that is refused, and never widen what was said.
 */
#include "fuzz.h"
#include "user/lib/resolver.h"
#include "user/lib/target.h"

static int read_objects(const char *text, size_t length, struct object_set *set)
{
	struct problems problems = {0};
	struct document document = {0};
	int error = document_parse("input", text, length, &document, &problems);

	for (size_t i = 0; !error && i < document.root_count; i++)
		error = object_set_add(set, &document.roots[i], "input", &problems);
	if (!error)
		error = object_set_finish(set, &problems);
	must_hold(!error == !problems.count);
	document_clear(&document);
	problems_clear(&problems);
	return error;
}

static void check_prefix(const struct shunt_prefix *prefix)
{
	char text[ADDRESS_PREFIX_TEXT_SIZE];
	struct shunt_prefix again;

	address_format_prefix(prefix, text);
	must_hold(!address_parse_prefix(text, &again));
	must_hold(!policy_compare_prefix(prefix, &again));
}

static void check_settings(const struct object_settings *settings)
{
	must_hold(settings->markers);
	must_hold(settings->fence <= SHUNT_FENCE_ENFORCE);
	for (size_t i = 0; i < settings->fence_count; i++)
		must_hold(settings->fences[i].mode <= SHUNT_FENCE_ENFORCE);
	for (size_t i = 0; i < settings->target_count; i++)
		must_hold(!target_refuse_address(&settings->targets[i].endpoint.address));
	for (size_t i = 0; i < settings->fence_allowed.count; i++)
		check_prefix(&settings->fence_allowed.items[i]);
	for (size_t i = 0; i < settings->edge_addresses.count; i++)
		check_prefix(&settings->edge_addresses.items[i]);
}

static void check_policy(const struct object_settings *settings, const struct policy *policy)
{
	bool restricted =
		settings->sources_listed || settings->edge_count || settings->edge_addresses.count;

	must_hold(restricted == !!policy->source_count);
	must_hold(!restricted || !policy->sources[0].prefix.length);
	for (size_t i = 0; i < policy->source_count; i++) {
		__u32 flags = policy->sources[i].flags;

		must_hold(flags == 0 || flags & SHUNT_SOURCE_OBEYED);
		must_hold(!i || policy_compare_prefix(&policy->sources[i - 1].prefix,
						      &policy->sources[i].prefix) < 0);
	}
	for (size_t i = 1; i < policy->allowed_count; i++)
		must_hold(policy_compare_prefix(&policy->allowed[i - 1], &policy->allowed[i]) < 0);
}

static void check_offloaded(const struct object_set *set, const struct tables *tables)
{
	struct target_guarded guarded;

	must_hold(!target_guarded_find(set, &guarded));
	for (size_t i = 0; i < tables->offloaded_count; i++) {
		const struct tables_offloaded *row = &tables->offloaded[i];

		must_hold(!target_check(&guarded, &row->endpoint.address));
		must_hold(row->fence <= SHUNT_FENCE_ENFORCE);
		must_hold(!i || address_compare_endpoint(&row[-1].endpoint, &row->endpoint) < 0);
	}
	target_guarded_clear(&guarded);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct object_set set = {0};
	struct problems warnings = {0};
	struct tables tables = {0};
	struct resolver *resolver;

	if (!read_objects((const char *)data, size, &set)) {
		must_hold(!resolver_new(&set, &tables, &warnings, &resolver));
		if (set.settings_count) {
			check_settings(&set.settings[0]);
			check_policy(&set.settings[0], &tables.policy);
		}
		check_offloaded(&set, &tables);
		resolver_free(resolver);
		tables_clear(&tables);
		problems_clear(&warnings);
	}
	object_set_clear(&set);
	return 0;
}
