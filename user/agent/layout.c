// SPDX-License-Identifier: Apache-2.0
#include "user/agent/layout.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <shunt/tables.h>
#include "user/lib/pins.h"

static int refuse(struct problems *problems, const char *map, const char *what, __u32 found,
		  __u32 wanted)
{
	problems_add(problems, "pinned map %s has %s %u, but this version needs %u", map, what,
		     found, wanted);
	return -ESTALE;
}

/* How many elements of the map a moved connection has at most; 0 where its room is not the operator's
 * to say. What is there already keeps its room. */
static __u32 elements_of_moved(enum pins_map id)
{
	switch (id) {
	case PINS_FLOWS:
	case PINS_CLOSING:
		return 1;
	case PINS_LEGS:
		return SHUNT_LEGS_MAX - 1;
	default:
		return 0;
	}
}

static int compare(const struct bpf_map *map, enum pins_map id, const struct bpf_map_info *info,
		   struct problems *problems)
{
	__u32 capacity = elements_of_moved(id) ? info->max_entries : bpf_map__max_entries(map);
	const struct {
		const char *what;
		__u32 found;
		__u32 wanted;
	} facts[] = {
		{"type", info->type, bpf_map__type(map)},
		{"key size", info->key_size, bpf_map__key_size(map)},
		{"value size", info->value_size, bpf_map__value_size(map)},
		{"capacity", info->max_entries, capacity},
		{"flags", info->map_flags, bpf_map__map_flags(map)},
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (facts[i].found != facts[i].wanted)
			return refuse(problems, bpf_map__name(map), facts[i].what, facts[i].found,
				      facts[i].wanted);
	return 0;
}

static int check_end(const struct shunt_settings *settings, bool at_pod, struct problems *problems)
{
	bool found = settings->flags & SHUNT_SETTINGS_AT_POD;

	if (found == at_pod)
		return 0;
	problems_add(problems, "the programs are attached by --attach %s", found ? "pod" : "host");
	return -ESTALE;
}

/* The version is 0 where a first start was interrupted before it wrote the settings. */
static int check_settings(int fd, bool at_pod, struct problems *problems)
{
	struct shunt_settings settings;
	__u32 zero = 0;
	int error;

	error = bpf_map_lookup_elem(fd, &zero, &settings);
	if (error || !settings.layout_version)
		return error;
	if (settings.layout_version == SHUNT_LAYOUT_VERSION)
		return check_end(&settings, at_pod, problems);
	return refuse(problems, "settings", "layout version", settings.layout_version,
		      SHUNT_LAYOUT_VERSION);
}

static int reuse_map(struct bpf_object *object, const char *directory, enum pins_map id,
		     bool at_pod, struct problems *problems)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, pins_map_names[id]);
	struct bpf_map_info info = {0};
	__u32 length = sizeof(info);
	char path[PATH_MAX];
	int error, fd;

	error = map ? pins_map_path(directory, id, path, sizeof(path)) : -ENOENT;
	if (error)
		return error;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	error = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (!error)
		error = compare(map, id, &info, problems);
	if (!error && id == PINS_SETTINGS)
		error = check_settings(fd, at_pod, problems);
	if (!error)
		error = bpf_map__reuse_fd(map, fd);
	close(fd);
	return error;
}

/* The map with room for so many moved connections; one that is not pinned is made with it. */
static int size_map(struct bpf_object *object, enum pins_map id, __u32 moved)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, pins_map_names[id]);

	if (!map)
		return -ENOENT;
	if (!elements_of_moved(id))
		return 0;
	return bpf_map__set_max_entries(map, moved * elements_of_moved(id));
}

int layout_reuse_maps(struct bpf_object *object, const char *directory, __u32 *moved, bool at_pod,
		      struct problems *problems)
{
	__u32 room = *moved;
	int error = 0;

	/* The version first: it says best what is wrong. */
	error = reuse_map(object, directory, PINS_SETTINGS, at_pod, problems);
	for (unsigned int i = 0; !error && i < PINS_MAP_COUNT; i++) {
		if (i == PINS_SETTINGS)
			continue;
		error = size_map(object, i, room);
		if (!error)
			error = reuse_map(object, directory, i, at_pod, problems);
		/* The others, which come later, are made to go with it. */
		if (!error && i == PINS_FLOWS)
			room = bpf_map__max_entries(
				bpf_object__find_map_by_name(object, pins_map_names[i]));
	}
	if (!error)
		*moved = room;
	return error;
}
