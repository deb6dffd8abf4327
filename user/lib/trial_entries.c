// SPDX-License-Identifier: Apache-2.0
#include "user/lib/trial_entries.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "user/lib/address.h"
#include "user/lib/marker_line.h"

#define SERVICE 0 /* an agent's ids begin with 1 */

struct entries {
	struct shunt_endpoint frontend;
	struct shunt_endpoint offloaded;
	struct shunt_override_key key;
	struct shunt_override override; /* its id is the origin's, of which moves are not counted */
	struct shunt_prefix source;
	__u32 ifindex;
};

static struct shunt_endpoint endpoint(const char *address, __u16 port)
{
	struct shunt_address parsed = {{0}};

	address_parse(address, &parsed);
	return address_with_port(&parsed, port);
}

static void make(unsigned int family, struct entries *entries)
{
	struct shunt_endpoint client = endpoint(trial_client[family], 0);

	*entries = (struct entries){
		.frontend = endpoint(trial_origin[family], TRIAL_ORIGIN_PORT),
		.offloaded = endpoint(trial_offloaded[family], TRIAL_OFFLOADED_PORT),
		.key = {.context = TRIAL_CONTEXT, .service = SERVICE},
		.override = {.service = SERVICE, .endpoint_count = 1},
		.source = address_prefix(&client.address),
		.ifindex = TRIAL_IFINDEX,
	};
	entries->override.endpoints[0] = entries->offloaded;
}

static int write_one(const struct maps *maps, enum pins_map map, const void *key, const void *value,
		     const char **failed)
{
	*failed = pins_map_names[map];
	return bpf_map_update_elem(maps->fds[map], key, value, BPF_ANY);
}

int trial_entries_write(const struct maps *maps, unsigned int family, const char **failed)
{
	const struct shunt_offloaded offloaded = {
		.service = SERVICE, .fence = SHUNT_FENCE_OFF, .flags = SHUNT_OFFLOADED_TARGET};
	const struct shunt_frontend frontend = {SERVICE, SHUNT_FRONTEND_TRACKED};
	const struct shunt_source source = {SHUNT_SOURCE_OBEYED};
	const struct shunt_link link = {.netns_id = TRIAL_NETNS_ID};
	struct shunt_settings settings;
	struct entries entries;
	int error;

	make(family, &entries);
	*failed = pins_map_names[PINS_SETTINGS];
	error = maps_read_settings(maps, &settings);
	if (!error && settings.flags & SHUNT_SETTINGS_SOURCES)
		error = write_one(maps, PINS_SOURCES, &entries.source, &source, failed);
	if (!error)
		error = write_one(maps, PINS_LINKS, &entries.ifindex, &link, failed);
	if (!error)
		error = write_one(maps, PINS_OFFLOADED, &entries.offloaded, &offloaded, failed);
	if (!error)
		error = write_one(maps, PINS_FRONTENDS, &entries.frontend, &frontend, failed);
	if (!error)
		error = write_one(maps, PINS_OVERRIDES, &entries.key, &entries.override, failed);
	return error;
}

/* Its flow and leg go by themselves, a second after the client's end of it. */
static void remove_connection(const struct maps *maps, const struct entries *entries, __u16 port)
{
	struct shunt_connection connection = {
		.client = entries->source.address,
		.remote = entries->frontend.address,
		.client_port = port,
		.remote_port = entries->frontend.port,
	};

	bpf_map_delete_elem(maps->fds[PINS_HELD], &connection);
	bpf_map_delete_elem(maps->fds[PINS_FRAMING], &connection);
}

void trial_entries_remove(const struct maps *maps, unsigned int family, __u16 port)
{
	struct entries entries;

	make(family, &entries);
	bpf_map_delete_elem(maps->fds[PINS_OVERRIDES], &entries.key);
	bpf_map_delete_elem(maps->fds[PINS_FRONTENDS], &entries.frontend);
	bpf_map_delete_elem(maps->fds[PINS_OFFLOADED], &entries.offloaded);
	bpf_map_delete_elem(maps->fds[PINS_LINKS], &entries.ifindex);
	bpf_map_delete_elem(maps->fds[PINS_SOURCES], &entries.source);
	bpf_map_delete_elem(maps->fds[PINS_OVERRIDE_STATS], &entries.override.id);
	if (port)
		remove_connection(maps, &entries, port);
}

static int write_request(const struct marker *marker, char text[TRIAL_REQUEST_SIZE])
{
	struct marker_line line;
	char *marked;
	int error = marker_line_make(marker, TRIAL_CONTEXT, &line);
	bool is_field;

	if (error)
		return error;
	is_field = line.is_field;
	marked = marker_line_text(&line);
	marker_line_clear(&line);
	if (!marked)
		return -ENOMEM;
	snprintf(text, TRIAL_REQUEST_SIZE, "GET /%s%s HTTP/1.1\r\nhost: shunt\r\n%s%s\r\n",
		 is_field ? "" : "?", is_field ? "" : marked, is_field ? marked : "",
		 is_field ? "\r\n" : "");
	free(marked);
	return 0;
}

int trial_entries_request(const struct maps *maps, char text[TRIAL_REQUEST_SIZE])
{
	struct marker list[SHUNT_MARKERS_MAX];
	struct shunt_markers table;
	size_t count;
	int error = maps_read_markers(maps, &table);

	if (error)
		return error;
	count = markers_list(&table, list);
	for (size_t i = 0; i < count; i++)
		if (list[i].form != SHUNT_MARKER_OVERRIDES)
			return write_request(&list[i], text);
	return -ENOENT;
}
