// SPDX-License-Identifier: Apache-2.0
#include "user/agent/kernel.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "shunt.skel.h"
#include "user/agent/cgroup_links.h"
#include "user/agent/layout.h"
#include "user/lib/log.h"
#include "user/lib/markers.h"

static int fail(struct problems *problems, int error, const char *what, const char *name)
{
	problems_add(problems, "cannot %s %s: %s", what, name, strerror(-error));
	return error;
}

/* Maps that are pinned keep the room that they were made with. */
static int reuse_maps(struct kernel *kernel, const struct kernel_options *wanted,
		      struct problems *problems)
{
	const char *directory = wanted->directory;
	__u32 moved = wanted->moved, room = moved;
	int error = layout_reuse_maps(kernel->object, directory, &room, wanted->at_pod, problems);

	if (error)
		return error == -ESTALE ? error : fail(problems, error, "reuse maps in", directory);
	if (room != moved)
		problems_add(
			problems,
			"there is room for %u moved connections, not %u, until %s is removed by "
			"`shuntd --detach`",
			room, moved, directory);
	return 0;
}

/* On the pods' own ends programs are entered again while they work. */
static int choose_end(const struct kernel *kernel, bool at_pod)
{
	const __u32 value = at_pod;
	int error = bpf_map__set_initial_value(
		bpf_object__find_map_by_name(kernel->object, SHUNT_AT_POD), &value, sizeof(value));

	if (error || !at_pod)
		return error;
	return bpf_map__set_max_entries(
		bpf_object__find_map_by_name(kernel->object, "scratch_memory"), SHUNT_LEVELS_MAX);
}

/* Lets the system have the memory of part of our executable, which is read from its file if need be. */
static void release_pages(const void *bytes, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = ((uintptr_t)bytes + page - 1) / page * page;
	uintptr_t end = ((uintptr_t)bytes + size) / page * page;

	if (begin < end)
		madvise((void *)begin, end - begin, MADV_DONTNEED);
}

static int load(struct kernel *kernel, const struct kernel_options *wanted,
		struct problems *problems)
{
	DECLARE_LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "shunt");
	const void *bytes;
	size_t size;
	int error;

	/* Maps and programs are found by name: of the skeleton only its bytes are of use. */
	bytes = shunt__elf_bytes(&size);
	kernel->object = bpf_object__open_mem(bytes, size, &options);
	if (!kernel->object)
		return fail(problems, -errno, "open", "the BPF programs");
	error = reuse_maps(kernel, wanted, problems);
	if (error)
		return error;
	error = choose_end(kernel, wanted->at_pod);
	if (error)
		return fail(problems, error, "prepare", "the BPF programs");
	/* A verifier's refusal cannot be understood without its log. */
	log_libbpf(true);
	error = bpf_object__load(kernel->object);
	log_libbpf(false);
	release_pages(bytes, size);
	return error ? fail(problems, error, "load", "the BPF programs") : 0;
}

static int pin_maps(struct kernel *kernel, const char *directory, struct problems *problems)
{
	struct bpf_map *map;
	char path[PATH_MAX];
	int error;

	for (unsigned int i = 0; i < PINS_MAP_COUNT; i++) {
		map = bpf_object__find_map_by_name(kernel->object, pins_map_names[i]);
		kernel->maps.fds[i] = bpf_map__fd(map);
		error = pins_map_path(directory, i, path, sizeof(path));
		if (!error)
			error = bpf_obj_pin(kernel->maps.fds[i], path);
		/* It is there where the map was reused. */
		if (error && error != -EEXIST)
			return fail(problems, error, "pin map", pins_map_names[i]);
	}
	return 0;
}

static int pin_programs(struct kernel *kernel, const char *directory, struct problems *problems)
{
	struct bpf_program *program;
	char path[PATH_MAX];
	int error;

	for (unsigned int i = 0; i < PINS_PROGRAM_COUNT; i++) {
		program = bpf_object__find_program_by_name(kernel->object, pins_program_names[i]);
		kernel->programs[i] = bpf_program__fd(program);
		error = pins_program_path(directory, i, path, sizeof(path));
		if (!error)
			error = pins_replace(kernel->programs[i], path);
		if (error)
			return fail(problems, error, "pin program", pins_program_names[i]);
	}
	return 0;
}

static int write_settings(const struct kernel *kernel, const struct shunt_settings *settings)
{
	__u32 zero = 0;

	return bpf_map_update_elem(kernel->maps.fds[PINS_SETTINGS], &zero, settings, BPF_ANY);
}

int kernel_set_markers(const struct kernel *kernel, const struct shunt_markers *markers)
{
	struct shunt_settings settings;
	int error;

	error = maps_read_settings(&kernel->maps, &settings);
	if (error)
		return error;
	settings.markers ^= 1;
	error = bpf_map_update_elem(kernel->maps.fds[PINS_MARKERS], &settings.markers, markers,
				    BPF_ANY);
	return error ? error : write_settings(kernel, &settings);
}

int kernel_set_keys(const struct kernel *kernel, const struct shunt_keys *keys)
{
	struct shunt_settings settings;
	int error;

	error = maps_read_settings(&kernel->maps, &settings);
	if (error)
		return error;
	settings.keys ^= 1;
	error = bpf_map_update_elem(kernel->maps.fds[PINS_KEYS], &settings.keys, keys, BPF_ANY);
	return error ? error : write_settings(kernel, &settings);
}

int kernel_set_flags(const struct kernel *kernel, __u32 mask, __u32 flags)
{
	struct shunt_settings settings;
	int error;

	error = maps_read_settings(&kernel->maps, &settings);
	flags = (settings.flags & ~mask) | (flags & mask);
	if (error || settings.flags == flags)
		return error;
	settings.flags = flags;
	return write_settings(kernel, &settings);
}

/* The generation, markers, keys and flags go on from where they are. */
static int prepare_settings(const struct kernel *kernel, bool at_pod)
{
	struct shunt_settings settings;
	struct shunt_markers table;
	int error;

	error = maps_read_settings(&kernel->maps, &settings);
	if (error)
		return error;
	if (settings.layout_version)
		return 0;
	settings.layout_version = SHUNT_LAYOUT_VERSION;
	settings.flags = at_pod ? SHUNT_SETTINGS_AT_POD : 0;
	error = write_settings(kernel, &settings);
	if (!error)
		error = markers_compile(markers_default, MARKERS_DEFAULT_COUNT, &table, NULL);
	return error ? error : kernel_set_markers(kernel, &table);
}

static int attach(const struct kernel *kernel, const char *directory, const char *cgroup,
		  struct problems *problems)
{
	const char *name;
	int error;

	for (unsigned int i = 0; i < PINS_CGROUP_PROGRAM_COUNT; i++) {
		enum pins_program program = pins_cgroup_programs[i];

		error = cgroup_links_attach(directory, cgroup, program, kernel->programs[program]);
		if (!error)
			continue;
		name = pins_program_names[program];
		problems_add(problems, "cannot attach program %s to %s: %s", name, cgroup,
			     strerror(-error));
		if (error == -EPERM)
			problems_add(problems,
				     "does an exclusive program of the kind of %s hold that "
				     "cgroup or one above? `bpftool cgroup tree` tells",
				     name);
		return error;
	}
	return 0;
}

int kernel_start(const struct kernel_options *options, struct kernel *kernel,
		 struct problems *problems)
{
	const char *directory = options->directory;
	struct kernel started = {0};
	int error;

	error = pins_make_directories(directory);
	if (error)
		error = fail(problems, error, "make directories in", directory);
	if (!error)
		error = load(&started, options, problems);
	if (!error)
		error = pin_maps(&started, directory, problems);
	if (!error) {
		error = prepare_settings(&started, options->at_pod);
		if (error)
			fail(problems, error, "write", "the settings");
	}
	if (!error)
		error = pin_programs(&started, directory, problems);
	if (!error)
		error = attach(&started, directory, options->cgroup, problems);
	if (error)
		kernel_stop(&started);
	else
		*kernel = started;
	return error;
}

void kernel_stop(struct kernel *kernel)
{
	bpf_object__close(kernel->object);
	*kernel = (struct kernel){0};
}

int kernel_sweep(const struct kernel *kernel)
{
	char packet[64] = {0}; /* of no meaning, but there must be one */
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet,
			    .data_size_in = sizeof(packet));

	return bpf_prog_test_run_opts(kernel->programs[PINS_SWEEP], &options);
}

int kernel_set_generation(const struct kernel *kernel, __u64 generation, __u64 applied_at)
{
	struct shunt_settings settings;
	int error;

	error = maps_read_settings(&kernel->maps, &settings);
	if (error)
		return error;
	settings.generation = generation;
	settings.applied_at = applied_at;
	return write_settings(kernel, &settings);
}
