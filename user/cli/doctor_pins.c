// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_checks.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "user/lib/cgroup.h"
#include "user/lib/uplink.h"

#define CHECK "pins"
#define RESTART "start shuntd again: it makes what is missing"
#define ROOT_CGROUP 1 /* the id of the root of cgroup v2 */

static void explain_maps(struct doctor *doctor, int error, const char *failed)
{
	if (error == -ENOENT && access(doctor->bpffs, F_OK))
		report_add(&doctor->report, FINDING_FAULT, CHECK,
			   "start shuntd, or name the place with --bpffs",
			   "nothing is at %s: shuntd has not run since this node started, or was "
			   "detached",
			   doctor->bpffs);
	else if (error == -ENOENT)
		report_add(&doctor->report, FINDING_FAULT, CHECK, RESTART,
			   "the map %s is not at %s", failed, doctor->bpffs);
	else if (error == -ESTALE)
		report_add(&doctor->report, FINDING_FAULT, CHECK,
			   "`shuntd --detach` of that version removes it and ends what was moved; "
			   "then start shuntd",
			   "the map %s at %s is laid out for another version", failed,
			   doctor->bpffs);
	else
		report_add(&doctor->report, FINDING_FAULT, CHECK, NULL,
			   "cannot open the map %s at %s: %s", failed, doctor->bpffs,
			   strerror(-error));
}

static bool open_maps(struct doctor *doctor)
{
	const char *failed;
	int error;

	/* It was told already that there is no place for them. */
	if (!doctor->mounted)
		return false;
	error = maps_open(doctor->bpffs, &doctor->maps, &failed);
	if (error) {
		explain_maps(doctor, error, failed);
		return false;
	}
	error = maps_read_settings(&doctor->maps, &doctor->settings);
	if (!error && doctor->settings.layout_version == SHUNT_LAYOUT_VERSION)
		return true;
	report_add(
		&doctor->report, FINDING_FAULT, CHECK,
		"`shuntd --detach` of that version removes it and ends what was moved; then start "
		"shuntd",
		"the maps at %s are of layout %u, this version's is %u", doctor->bpffs,
		doctor->settings.layout_version, SHUNT_LAYOUT_VERSION);
	maps_close(&doctor->maps);
	return false;
}

static __u32 program_id(const char *path)
{
	struct bpf_prog_info info = {0};
	__u32 length = sizeof(info);
	int fd = bpf_obj_get(path);

	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		info.id = 0;
	close(fd);
	return info.id;
}

void doctor_check_pins(struct doctor *doctor)
{
	unsigned int missing = 0;
	char path[PATH_MAX];

	doctor->has_maps = open_maps(doctor);
	if (!doctor->has_maps)
		return;
	for (unsigned int i = 0; i < PINS_PROGRAM_COUNT; i++) {
		if (pins_program_path(doctor->bpffs, i, path, sizeof(path)) == 0)
			doctor->programs[i] = program_id(path);
		if (doctor->programs[i])
			continue;
		missing++;
		report_add(&doctor->report, FINDING_FAULT, CHECK, RESTART,
			   "the program %s is not pinned at %s", pins_program_names[i],
			   doctor->bpffs);
	}
	if (!missing)
		report_add(&doctor->report, FINDING_OK, CHECK, NULL,
			   "%d maps of layout %u and %d programs are at %s", PINS_MAP_COUNT,
			   SHUNT_LAYOUT_VERSION, PINS_PROGRAM_COUNT, doctor->bpffs);
}

static bool read_link(const struct doctor *doctor, enum pins_program program,
		      struct bpf_link_info *info)
{
	__u32 length = sizeof(*info);
	char path[PATH_MAX];
	bool read;
	int fd;

	*info = (struct bpf_link_info){0};
	if (pins_cgroup_link_path(doctor->bpffs, program, path, sizeof(path)))
		return false;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return false;
	read = bpf_obj_get_info_by_fd(fd, info, &length) == 0;
	close(fd);
	return read;
}

/* Returns whether all is well with the attachment of one. */
static bool check_cgroup_program(struct doctor *doctor, enum pins_program program, __u64 wanted)
{
	const char *name = pins_program_names[program];
	struct bpf_link_info info;

	if (!read_link(doctor, program, &info) || !info.cgroup.cgroup_id)
		report_add(&doctor->report, FINDING_FAULT, "cgroup", RESTART,
			   "the program %s is not attached to any cgroup", name);
	else if (info.prog_id != doctor->programs[program])
		report_add(&doctor->report, FINDING_FAULT, "cgroup", RESTART,
			   "another program (id %u) than the pinned %s (id %u) is attached",
			   info.prog_id, name, doctor->programs[program]);
	else if (info.cgroup.cgroup_id != wanted)
		report_add(&doctor->report, FINDING_WARNING, "cgroup",
			   "start shuntd with the root of cgroup v2 as --cgroup: in a container, "
			   "mount the node's",
			   "%s is attached to the cgroup with the id %llu, not %llu: it sees no "
			   "sockets outside of that",
			   name, (unsigned long long)info.cgroup.cgroup_id,
			   (unsigned long long)wanted);
	else
		return true;
	return false;
}

static void check_cgroup_programs(struct doctor *doctor)
{
	__u64 wanted = ROOT_CGROUP;
	bool well = true;

	if (doctor->cgroup && cgroup_id(doctor->cgroup, &wanted)) {
		report_add(&doctor->report, FINDING_FAULT, "cgroup", "give --cgroup as to shuntd",
			   "%s is not a cgroup v2 directory", doctor->cgroup);
		return;
	}
	for (unsigned int i = 0; i < PINS_CGROUP_PROGRAM_COUNT; i++)
		well &= check_cgroup_program(doctor, pins_cgroup_programs[i], wanted);
	if (well)
		report_add(&doctor->report, FINDING_OK, "cgroup", NULL,
			   "%d programs are attached: those that steer, and the watch",
			   PINS_CGROUP_PROGRAM_COUNT);
}

static int check_uplink(void *argument, int ifindex)
{
	struct doctor *doctor = argument;
	char name[IFNAMSIZ];

	if (!if_indextoname((unsigned int)ifindex, name))
		return 0;
	switch (uplink_query(doctor->bpffs, ifindex)) {
	case UPLINK_NATIVE:
		report_add(&doctor->report, FINDING_OK, "uplink", NULL, "%s has the fence", name);
		break;
	case UPLINK_GENERIC:
		report_add(&doctor->report, FINDING_NOTE, "uplink", NULL,
			   "%s has the fence behind its driver, which is slower; where checksums "
			   "are left to the device, who is refused hears nothing",
			   name);
		break;
	default:
		report_add(&doctor->report, FINDING_WARNING, "uplink", RESTART,
			   "%s has lost its fence; that of the pods' links guards", name);
	}
	return 0;
}

void doctor_check_attachments(struct doctor *doctor)
{
	check_cgroup_programs(doctor);
	uplink_each(doctor->bpffs, check_uplink, doctor);
}
