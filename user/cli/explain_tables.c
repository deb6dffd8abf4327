// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include "user/cli/explain_state.h"
#include "user/lib/address.h"
#include "user/lib/clock.h"
#include "user/lib/format.h"
#include "user/lib/markers.h"

/* "header x-shunt-context, cookie shunt_context", in order of precedence. */
static void list_markers(const struct marker *markers, size_t count, char text[EXPLAIN_TEXT_SIZE])
{
	size_t used = 0;

	text[0] = 0;
	for (size_t i = 0; i < count && used < EXPLAIN_TEXT_SIZE; i++)
		used += (size_t)snprintf(text + used, EXPLAIN_TEXT_SIZE - used, "%s%s %s",
					 i ? ", " : "", markers_form_label(markers[i].form),
					 markers[i].name);
}

void explain_marker(struct explain *explain)
{
	struct marker markers[SHUNT_MARKERS_MAX];
	char text[EXPLAIN_TEXT_SIZE];
	struct shunt_markers table;
	size_t count = 0;

	if (!maps_read_markers(explain->maps, &table))
		count = markers_list(&table, markers);
	list_markers(markers, count, text);
	if (!count)
		explain_add(explain, "marker", EXPLAIN_FAILED,
			    "no marker is obeyed, as Settings list none");
	else if (markers[0].form == SHUNT_MARKER_HEADER)
		explain_add(explain, "marker", EXPLAIN_OK,
			    "send `%s: %s`; obeyed are, the first that a request has: %s",
			    markers[0].name, explain->context, text);
	else
		explain_add(
			explain, "marker", EXPLAIN_OK,
			"`shunt header %s --form all` prints what to send; obeyed are, the first "
			"that a request has: %s",
			explain->context, text);
}

struct frontends {
	const struct explain *explain;
	size_t count;
	size_t tracked;
	size_t steered;
	char text[EXPLAIN_TEXT_SIZE / 2];
	size_t used;
};

static int on_frontend(void *argument, const void *key, const void *value)
{
	const struct shunt_frontend *frontend = value;
	struct frontends *frontends = argument;
	char endpoint[ADDRESS_ENDPOINT_TEXT_SIZE];
	struct shunt_steer steer;

	if (frontend->service != frontends->explain->service)
		return 0;
	frontends->count++;
	frontends->tracked += frontend->flags & SHUNT_FRONTEND_TRACKED;
	frontends->steered +=
		!bpf_map_lookup_elem(frontends->explain->maps->fds[PINS_STEERED], key, &steer);
	if (frontends->used + ADDRESS_ENDPOINT_TEXT_SIZE + 2 < sizeof(frontends->text))
		frontends->used += (size_t)sprintf(frontends->text + frontends->used, "%s%s",
						   frontends->used ? ", " : "",
						   address_format_endpoint(key, endpoint));
	return 0;
}

void explain_service(struct explain *explain)
{
	struct frontends frontends = {.explain = explain};

	if (!explain->service) {
		explain_add(
			explain, "service", EXPLAIN_FAILED,
			"the tables have no service %s, or it has no port that can be overridden",
			explain->name);
		return;
	}
	if (maps_each(explain->maps->fds[PINS_FRONTENDS], 0, on_frontend, &frontends))
		return;
	if (frontends.count)
		explain_add(explain, "service", EXPLAIN_OK, "clients dial %s", frontends.text);
	else
		explain_add(explain, "service", EXPLAIN_FAILED,
			    "the tables have no address that clients of the service dial");
	if (explain->has_override && frontends.tracked < frontends.count)
		explain_add(explain, "service", EXPLAIN_FAILED,
			    "%zu of %zu addresses are not looked at, though there is an override",
			    frontends.count - frontends.tracked, frontends.count);
	if (frontends.steered)
		explain_add(
			explain, "steer", EXPLAIN_NOTE,
			"its selector matches an offloaded pod, which is kept out of the choice "
			"at %zu addresses",
			frontends.steered);
}

/* The element in force, as the switch finds it. */
static int read_override(struct explain *explain)
{
	struct shunt_override_key key = {.service = explain->service};
	const struct shunt_settings *settings = &explain->settings;
	struct shunt_override *override = &explain->override;
	int error;

	memcpy(key.context, explain->context, strlen(explain->context));
	error = bpf_map_lookup_elem(explain->maps->fds[PINS_STAGED], &key, override);
	if (error || !(settings->flags & SHUNT_SETTINGS_STAGED) ||
	    override->stage != (__u32)settings->generation + 1)
		error = bpf_map_lookup_elem(explain->maps->fds[PINS_OVERRIDES], &key, override);
	if (error == -ENOENT)
		return 0;
	explain->has_override = !error && override->endpoint_count;
	return error;
}

int explain_override(struct explain *explain)
{
	const struct shunt_override *override = &explain->override;
	bool main = override->on_unreachable == SHUNT_UNREACHABLE_MAIN;
	__u64 sums[3] = {0};
	int error;

	error = explain->service ? read_override(explain) : 0;
	if (error)
		return error;
	if (!explain->has_override) {
		explain_missing(explain);
		return 0;
	}
	maps_sum(explain->maps->fds[PINS_OVERRIDE_STATS], &override->id, sums, 3);
	explain_add(
		explain, "override", EXPLAIN_OK,
		"number %u, %u endpoint%s; where none can be reached %s; used by %llu requests so "
		"far, %llu of them moved, %llu failed",
		override->id, override->endpoint_count, override->endpoint_count == 1 ? "" : "s",
		main ? "the request goes to the origin" : "it is answered with 503 or 504",
		(unsigned long long)sums[0], (unsigned long long)sums[1],
		(unsigned long long)sums[2]);
	return 0;
}

/* What the markers of the client are worth: SHUNT_SOURCE_*. */
static __u32 read_source(const struct explain *explain)
{
	struct shunt_prefix key = address_prefix(&explain->client);
	struct shunt_source source;

	return bpf_map_lookup_elem(explain->maps->fds[PINS_SOURCES], &key, &source) ? 0
										    : source.flags;
}

static void explain_listed(struct explain *explain)
{
	char address[ADDRESS_TEXT_SIZE];
	__u32 flags;

	if (!explain->has_client) {
		explain->needs_source = true;
		explain_add(
			explain, "sources", EXPLAIN_WARNING,
			"only some clients may name contexts; --client says whose request it is");
		return;
	}
	address_format(&explain->client, address);
	flags = read_source(explain);
	if (!flags)
		explain_add(explain, "sources", EXPLAIN_FAILED,
			    "client %s may not name a context: its markers are ignored", address);
	else
		explain_add(explain, "sources", EXPLAIN_OK, "client %s may name contexts%s",
			    address, flags & SHUNT_SOURCE_SIGNED ? ", by signed markers" : "");
	explain->needs_signature = explain->needs_signature || flags & SHUNT_SOURCE_SIGNED;
}

void explain_permission(struct explain *explain)
{
	explain->needs_signature =
		explain->has_override && explain->override.flags & SHUNT_OVERRIDE_SIGNED;
	if (explain->settings.flags & SHUNT_SETTINGS_SOURCES)
		explain_listed(explain);
	else
		explain_add(explain, "sources", EXPLAIN_OK, "every client may name contexts");
	if (explain->needs_signature && explain->override.tag)
		explain_add(explain, "signature", EXPLAIN_WARNING,
			    "only signed markers count: `shunt header %s --signed` prints one",
			    explain->context);
	else if (explain->needs_signature)
		explain_add(explain, "signature", EXPLAIN_FAILED,
			    "only signed markers count, and there is no key to sign with");
}

/* Where a table has no room left, nothing new is moved. */
void explain_room(struct explain *explain)
{
	static const enum pins_map tables[] = {PINS_FLOWS, PINS_HELD};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		int fd = explain->maps->fds[tables[i]];
		__u32 count, capacity;

		if (maps_count(fd, &count) || maps_capacity(fd, &capacity))
			continue;
		if (count >= capacity)
			explain_add(
				explain, "room", EXPLAIN_FAILED,
				"the table %s is full, with %u entries: no further connection is "
				"moved",
				pins_map_names[tables[i]], count);
		else if (tables[i] == PINS_FLOWS)
			explain_add(explain, "room", EXPLAIN_OK,
				    "%u connections are moved, of %u that there is room for", count,
				    capacity);
	}
}
