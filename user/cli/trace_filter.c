// SPDX-License-Identifier: Apache-2.0
#include "user/cli/trace_filter.h"

#include <errno.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/reason.h"
#include "user/lib/service_name.h"

int trace_filter_client(struct trace_filter *filter, const char *text)
{
	struct shunt_endpoint endpoint;
	int error = address_parse_prefix(text, &filter->clients);

	if (error && !address_parse_endpoint(text, &endpoint)) {
		filter->clients = address_prefix(&endpoint.address);
		filter->client_port = endpoint.port;
		error = 0;
	}
	filter->has_clients = !error;
	return error ? -EINVAL : 0;
}

int trace_filter_outcomes(struct trace_filter *filter, char *list, const char **unknown)
{
	char *rest = list, *name;

	while ((name = strsep(&rest, ","))) {
		*unknown = name;
		if (!reason_is_known(name))
			return -EINVAL;
		if (filter->outcome_count == TRACE_OUTCOMES_MAX)
			return -E2BIG;
		filter->outcomes[filter->outcome_count++] = name;
	}
	return 0;
}

static const char *get(const json_t *event, const char *field)
{
	const char *text = json_string_value(json_object_get(event, field));

	return text ? text : "";
}

static bool is_client(const struct trace_filter *filter, const json_t *event)
{
	struct shunt_endpoint client;
	struct shunt_prefix prefix;

	if (!filter->has_clients)
		return true;
	if (address_parse_endpoint(get(event, "client"), &client))
		return false;
	prefix = address_prefix(&client.address);
	return address_prefix_covers(&filter->clients, &prefix) &&
	       (!filter->client_port || filter->client_port == client.port);
}

static bool is_outcome(const struct trace_filter *filter, const json_t *event)
{
	for (size_t i = 0; i < filter->outcome_count; i++)
		if (strcmp(filter->outcomes[i], get(event, "outcome")) == 0 ||
		    strcmp(filter->outcomes[i], get(event, "reason")) == 0 ||
		    strcmp(filter->outcomes[i], get(event, "then")) == 0)
			return true;
	return !filter->outcome_count;
}

bool trace_filter_passes(const struct trace_filter *filter, const json_t *event)
{
	if (strcmp(get(event, "outcome"), reason_outcome_names[REASON_OUTCOME_LOST]) == 0)
		return true;
	return (!filter->context || strcmp(filter->context, get(event, "context")) == 0) &&
	       (!filter->service || service_name_matches(get(event, "service"), filter->service)) &&
	       is_client(filter, event) && is_outcome(filter, event);
}
