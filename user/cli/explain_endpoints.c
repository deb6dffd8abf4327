// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include <bpf/bpf.h>
#include "user/cli/explain_state.h"
#include "user/cli/visible.h"
#include "user/lib/address.h"

static const char *const fences[] = {
	[SHUNT_FENCE_OFF] = "no fence",
	[SHUNT_FENCE_OBSERVE] = "its fence observes",
	[SHUNT_FENCE_ENFORCE] = "its fence is closed to others",
};

static const char *name_fence(const struct shunt_offloaded *found)
{
	return found->fence <= SHUNT_FENCE_ENFORCE ? fences[found->fence] : "an unknown fence";
}

/* What is known of the endpoints of one address family. */
struct family {
	unsigned int usable;
	unsigned int dead; /* could not be reached when last tried */
	unsigned int alive; /* could */
};

/* Why no leg is opened to the endpoint, or NULL. */
static const char *find_obstacle(const struct explain *explain,
				 const struct shunt_endpoint *endpoint,
				 struct shunt_offloaded *found)
{
	if (bpf_map_lookup_elem(explain->maps->fds[PINS_OFFLOADED], endpoint, found))
		return "is no registered endpoint of an offloaded pod";
	if (found->service != explain->service)
		return "is registered for another service";
	if (!(found->flags & SHUNT_OFFLOADED_TARGET))
		return "is not Ready any more, or withdrawn";
	return NULL;
}

/* Tells of an endpoint by its last event. */
static void add_event(struct explain *explain, const char *text, const char *fence,
		      struct family *family)
{
	const json_t *event = explain_last(explain, text);
	const char *what = json_string_value(json_object_get(event, "text"));
	const char *pod = json_string_value(json_object_get(event, "target_pod"));
	bool is_dead = json_is_true(json_object_get(event, "failure"));
	char copy[2][VISIBLE_SIZE], age[EXPLAIN_AGE_SIZE];

	family->usable++;
	family->dead += is_dead;
	family->alive += event && !is_dead;
	if (!event)
		explain_add(explain, "endpoint", EXPLAIN_OK, "%s: registered, %s; not used lately",
			    text, fence);
	else
		explain_add(explain, "endpoint", is_dead ? EXPLAIN_WARNING : EXPLAIN_OK,
			    "%s%s%s%s: registered, %s; %s: %s", text, pod ? " (" : "",
			    visible(pod ? pod : "", copy[0]), pod ? ")" : "", fence,
			    explain_age(event, age), visible(what ? what : "?", copy[1]));
}

static void add_endpoint(struct explain *explain, const struct shunt_endpoint *endpoint,
			 struct family families[2])
{
	bool ipv4 = address_is_ipv4(&endpoint->address);
	char text[ADDRESS_ENDPOINT_TEXT_SIZE];
	struct shunt_offloaded found;
	const char *obstacle = find_obstacle(explain, endpoint, &found);

	address_format_endpoint(endpoint, text);
	if (obstacle)
		explain_add(explain, "endpoint", EXPLAIN_WARNING, "%s %s", text, obstacle);
	else if (explain->has_client && ipv4 != address_is_ipv4(&explain->client))
		explain_add(explain, "endpoint", EXPLAIN_NOTE,
			    "%s is of another address family than the client", text);
	else
		add_event(explain, text, name_fence(&found), &families[ipv4]);
}

/* A client of one family has no use for endpoints of the other one. */
static bool is_dead(const struct family *family, const struct family *other)
{
	return family->usable && family->dead == family->usable && !other->alive;
}

void explain_endpoints(struct explain *explain)
{
	const struct shunt_override *override = &explain->override;
	bool main = override->on_unreachable == SHUNT_UNREACHABLE_MAIN;
	struct family families[2] = {0};

	if (!explain->has_override)
		return;
	for (unsigned int i = 0; i < override->endpoint_count && i < SHUNT_ENDPOINTS_MAX; i++)
		add_endpoint(explain, &override->endpoints[i], families);
	explain->usable = families[0].usable + families[1].usable;
	if (!explain->usable)
		explain_add(explain, "endpoints", EXPLAIN_FAILED,
			    "no endpoint can be used: a request %s",
			    main ? "goes to the origin" : "is answered with 503");
	else if (is_dead(&families[0], &families[1]) || is_dead(&families[1], &families[0]))
		explain_add(explain, "endpoints", EXPLAIN_FAILED,
			    "no endpoint could be reached when last tried: a request %s",
			    main ? "goes to the origin" : "is answered with 503 or 504");
}
