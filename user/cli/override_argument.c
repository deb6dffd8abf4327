// SPDX-License-Identifier: Apache-2.0
#include "user/cli/override_argument.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/text.h"

#define SERVICE_SIZE 128 /* two labels and a slash */

static bool is_endpoint(const char *text)
{
	struct shunt_endpoint endpoint;

	return !address_parse_endpoint(text, &endpoint);
}

static const struct kind {
	const char *name;
	bool (*is_valid)(const char *target);
	const char *rule;
} kinds[] = {
	{"sha", text_is_label_value, "1 to 63 of A-Z a-z 0-9 - _ ."},
	{"pod", text_is_dns_name, "the name of a pod"},
	{"address", is_endpoint, "ip:port or [ipv6]:port"},
};

bool override_argument_is_service(const char *text)
{
	const char *slash = strchr(text, '/');
	char namespace[SERVICE_SIZE];

	if (!slash)
		return text_is_dns_label(text);
	if ((size_t)(slash - text) >= sizeof(namespace))
		return false;
	snprintf(namespace, sizeof(namespace), "%.*s", (int)(slash - text), text);
	return text_is_dns_label(namespace) && text_is_dns_label(slash + 1);
}

static const struct kind *find_kind(const char *text, size_t length)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].name) == length && !memcmp(kinds[i].name, text, length))
			return &kinds[i];
	return NULL;
}

int override_argument_parse(const char *text, json_t **override,
			    char problem[OVERRIDE_PROBLEM_SIZE])
{
	const char *equals = strchr(text, '='), *colon = equals ? strchr(equals, ':') : NULL;
	char service[SERVICE_SIZE];
	const struct kind *kind;

	kind = colon ? find_kind(equals + 1, (size_t)(colon - equals - 1)) : NULL;
	if (!kind) {
		snprintf(problem, OVERRIDE_PROBLEM_SIZE,
			 "'%s' has to be SERVICE=sha:COMMIT, SERVICE=pod:NAME or "
			 "SERVICE=address:IP:PORT",
			 text);
		return -EINVAL;
	}
	snprintf(service, sizeof(service), "%.*s", (int)(equals - text), text);
	if ((size_t)(equals - text) >= sizeof(service) || !override_argument_is_service(service)) {
		snprintf(problem, OVERRIDE_PROBLEM_SIZE,
			 "'%s': the service has to be namespace/name or name, each of a-z 0-9 "
			 "and -",
			 text);
		return -EINVAL;
	}
	if (!kind->is_valid(colon + 1)) {
		snprintf(problem, OVERRIDE_PROBLEM_SIZE, "'%s': %s has to be %s", text, kind->name,
			 kind->rule);
		return -EINVAL;
	}
	*override = json_pack("{s:s, s:s}", "service", service, kind->name, colon + 1);
	return *override ? 0 : -ENOMEM;
}
