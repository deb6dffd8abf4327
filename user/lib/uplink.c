// SPDX-License-Identifier: Apache-2.0
#include "user/lib/uplink.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include "user/lib/array.h"
#include "user/lib/pins.h"

const char *const uplink_mode_names[] = {
	[UPLINK_NONE] = "none", [UPLINK_NATIVE] = "native", [UPLINK_GENERIC] = "generic"};

/*
 * Opens what is pinned for a link. -ENOENT where nothing is, or where it has no effect any more: it
 * was of a link that is gone, or somebody detached it.
 */
static int open_pinned(const char *path, int ifindex, __u32 *program_id)
{
	struct bpf_link_info info = {0};
	__u32 length = sizeof(info);
	int error, fd;

	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd;
	error = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (!error && (info.type != BPF_LINK_TYPE_XDP || info.xdp.ifindex != (__u32)ifindex))
		error = -ENOENT;
	if (error) {
		close(fd);
		return error;
	}
	*program_id = info.prog_id;
	return fd;
}

/* How the program is attached. */
static enum uplink_mode find_mode(int ifindex, __u32 program_id)
{
	DECLARE_LIBBPF_OPTS(bpf_xdp_query_opts, attached);

	if (bpf_xdp_query(ifindex, 0, &attached))
		return UPLINK_NONE;
	return attached.skb_prog_id == program_id ? UPLINK_GENERIC : UPLINK_NATIVE;
}

/* In the mode that it has. */
static int update_pinned(const char *path, int ifindex, const struct uplink_programs *programs)
{
	int error, fd, program_fd = programs->native;
	__u32 program_id = 0;

	fd = open_pinned(path, ifindex, &program_id);
	if (fd < 0)
		return fd;
	if (find_mode(ifindex, program_id) == UPLINK_GENERIC)
		program_fd = programs->generic;
	error = bpf_link_update(fd, program_fd, NULL);
	close(fd);
	return error;
}

static int create(int ifindex, int program_fd, __u32 mode)
{
	DECLARE_LIBBPF_OPTS(bpf_link_create_opts, options, .flags = mode);

	return bpf_link_create(program_fd, ifindex, BPF_XDP, &options);
}

/* Drivers give many reasons; these are none of theirs. */
static bool is_refused_by_driver(int error)
{
	return error != -EBUSY && error != -EEXIST && error != -EPERM;
}

static int attach_new(const char *path, int ifindex, const struct uplink_programs *programs,
		      int *refused)
{
	int native, error, fd;

	/* One without effect. */
	if (unlink(path) && errno != ENOENT)
		return -errno;
	native = fd = create(ifindex, programs->native, XDP_FLAGS_DRV_MODE);
	if (fd < 0 && is_refused_by_driver(fd))
		fd = create(ifindex, programs->generic, XDP_FLAGS_SKB_MODE);
	if (fd < 0)
		return fd;
	error = bpf_obj_pin(fd, path);
	close(fd);
	if (!error)
		*refused = native < 0 ? native : 0;
	return error;
}

int uplink_attach(const char *directory, int ifindex, const struct uplink_programs *programs,
		  int *refused)
{
	char path[PATH_MAX];
	int error;

	error = pins_uplink_path(directory, ifindex, path, sizeof(path));
	if (error)
		return error;
	*refused = 0;
	error = update_pinned(path, ifindex, programs);
	return error == -ENOENT ? attach_new(path, ifindex, programs, refused) : error;
}

/* Of which program ours is the attachment; 0 where there is none. */
static __u32 attached_id(const char *directory, int ifindex)
{
	char path[PATH_MAX];
	__u32 program_id = 0;
	int fd;

	if (pins_uplink_path(directory, ifindex, path, sizeof(path)))
		return 0;
	fd = open_pinned(path, ifindex, &program_id);
	if (fd < 0)
		return 0;
	close(fd);
	return program_id;
}

bool uplink_is_attached(const char *directory, int ifindex)
{
	return attached_id(directory, ifindex) != 0;
}

enum uplink_mode uplink_query(const char *directory, int ifindex)
{
	__u32 program_id = attached_id(directory, ifindex);

	return program_id ? find_mode(ifindex, program_id) : UPLINK_NONE;
}

int uplink_detach(const char *directory, int ifindex, bool *removed)
{
	char path[PATH_MAX];
	int error, fd;

	*removed = false;
	error = pins_uplink_path(directory, ifindex, path, sizeof(path));
	if (error)
		return error;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	/* At once, although another process may still hold it open. */
	error = bpf_link_detach(fd);
	close(fd);
	if (!error && unlink(path))
		error = -errno;
	*removed = !error;
	return error;
}

struct indexes {
	int *items;
	size_t count;
	size_t capacity;
};

static int add_index(struct indexes *indexes, const char *name)
{
	char *end;
	long ifindex = strtol(name, &end, 10);
	int error;

	if (*end || ifindex <= 0 || ifindex > INT_MAX)
		return 0;
	error = array_grow(&indexes->items, &indexes->capacity, indexes->count,
			   sizeof(*indexes->items));
	if (!error)
		indexes->items[indexes->count++] = (int)ifindex;
	return error;
}

static int read_indexes(const char *directory, struct indexes *indexes)
{
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *uplinks;
	int error;

	error = pins_uplinks_path(directory, path, sizeof(path));
	if (error)
		return error;
	uplinks = opendir(path);
	if (!uplinks)
		return errno == ENOENT ? 0 : -errno;
	while (!error && (entry = readdir(uplinks)))
		error = add_index(indexes, entry->d_name);
	closedir(uplinks);
	return error;
}

int uplink_each(const char *directory, uplink_visit visit, void *argument)
{
	struct indexes indexes = {0};
	int error;

	/* All first: a directory that changes while it is read may not show everything. */
	error = read_indexes(directory, &indexes);
	for (size_t i = 0; !error && i < indexes.count; i++)
		error = visit(argument, indexes.items[i]);
	free(indexes.items);
	return error;
}

void uplink_look(int ifindex, struct uplink_program *program)
{
	DECLARE_LIBBPF_OPTS(bpf_xdp_query_opts, attached);
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);
	int fd;

	*program = (struct uplink_program){0};
	if (bpf_xdp_query(ifindex, 0, &attached))
		return;
	program->id = attached.drv_prog_id   ? attached.drv_prog_id
		      : attached.skb_prog_id ? attached.skb_prog_id
					     : attached.prog_id;
	if (!program->id)
		return;
	fd = bpf_prog_get_fd_by_id(program->id);
	if (fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, &info, &length) == 0)
		memcpy(program->name, info.name, sizeof(program->name));
	close(fd);
}
