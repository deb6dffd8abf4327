// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_checks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "user/cli/doctor_helpers.h"

#define CHECK "kernel"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define NAMES_SIZE 256

static const enum bpf_prog_type program_types[] = {
	BPF_PROG_TYPE_SCHED_CLS,
	BPF_PROG_TYPE_SOCK_OPS,
	BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	BPF_PROG_TYPE_XDP,
};

static const enum bpf_map_type map_types[] = {
	BPF_MAP_TYPE_HASH,	   BPF_MAP_TYPE_LRU_HASH, BPF_MAP_TYPE_PERCPU_HASH,
	BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_ARRAY,	  BPF_MAP_TYPE_LPM_TRIE,
	BPF_MAP_TYPE_QUEUE,	   BPF_MAP_TYPE_RINGBUF,  BPF_MAP_TYPE_SK_STORAGE,
};

bool doctor_check_rights(struct doctor *doctor)
{
	__u32 id = 0;

	/* Root may be without them, as in a container. */
	if (bpf_map_get_next_id(0, &id) == 0 || errno != EPERM)
		return true;
	report_add(&doctor->report, FINDING_FAULT, "rights",
		   geteuid() ? "run it as root" : "run it with CAP_SYS_ADMIN and CAP_NET_ADMIN",
		   "the kernel does not let us look at programs and maps");
	return false;
}

/* Adds one to a list of names. */
static void add_name(char names[NAMES_SIZE], const char *name)
{
	size_t length = strlen(names);

	snprintf(names + length, NAMES_SIZE - length, "%s%s", length ? ", " : "", name);
}

static void find_types(char names[NAMES_SIZE])
{
	for (size_t i = 0; i < COUNT(program_types); i++)
		if (libbpf_probe_bpf_prog_type(program_types[i], NULL) == 0)
			add_name(names, libbpf_bpf_prog_type_str(program_types[i]));
	for (size_t i = 0; i < COUNT(map_types); i++)
		if (libbpf_probe_bpf_map_type(map_types[i], NULL) == 0)
			add_name(names, libbpf_bpf_map_type_str(map_types[i]));
}

/* Each is used by a program of one of these types, of which the object does not say which. */
static bool has_helper(unsigned int helper)
{
	for (size_t i = 0; i < COUNT(program_types); i++)
		if (libbpf_probe_bpf_helper(program_types[i], helper, NULL) != 0)
			return true;
	return false;
}

static size_t find_helpers(char names[NAMES_SIZE])
{
	bool used[HELPERS_MAX];
	size_t count = 0;

	if (helpers_in_use(used)) {
		add_name(names, "the object of our programs cannot be read");
		return 0;
	}
	for (unsigned int i = 0; i < HELPERS_MAX; i++) {
		if (!used[i])
			continue;
		count++;
		if (!has_helper(i))
			add_name(names, helpers_name(i));
	}
	return count;
}

static void check_btf(struct doctor *doctor)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (btf) {
		report_add(&doctor->report, FINDING_OK, "btf", NULL,
			   "the kernel describes its types");
		btf__free(btf);
		return;
	}
	report_add(
		&doctor->report, FINDING_FAULT, "btf",
		"use a kernel that was built with CONFIG_DEBUG_INFO_BTF; in a container, mount "
		"/sys",
		"there is no description of the kernel's types (/sys/kernel/btf/vmlinux): shuntd "
		"cannot start");
}

void doctor_check_kernel(struct doctor *doctor)
{
	char names[NAMES_SIZE] = "";
	struct utsname system;
	size_t helpers;

	uname(&system);
	find_types(names);
	helpers = find_helpers(names);
	if (prctl(PR_GET_SECCOMP) < 0)
		add_name(names, "seccomp");
	if (names[0])
		report_add(&doctor->report, FINDING_FAULT, CHECK, "use Linux 6.1 or later",
			   "%s lacks: %s", system.release, names);
	else
		report_add(&doctor->report, FINDING_OK, CHECK, NULL,
			   "%s has the %zu kinds of programs, %zu kinds of maps and %zu helpers "
			   "that are used",
			   system.release, COUNT(program_types), COUNT(map_types), helpers);
	check_btf(doctor);
}
