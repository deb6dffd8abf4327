// SPDX-License-Identifier: Apache-2.0
#include "user/agent/confine.h"

#include <errno.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include "user/agent/confine_calls.h"

/* Maps and programs; filters, links and rtnetlink; programs that follow pointers. Then, for the pods'
 * own ends: to enter their network namespaces, and to find these by any process. */
static const cap_value_t kept[] = {CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON, CAP_SYS_ADMIN,
				   CAP_SYS_PTRACE};
static const int kept_counts[] = {
	[CONFINE_DRY_RUN] = 0,
	[CONFINE_AT_HOST] = 3,
	[CONFINE_AT_POD] = 5,
};

static bool is_kept(cap_value_t capability, int kept_count)
{
	for (int i = 0; i < kept_count; i++)
		if (kept[i] == capability)
			return true;
	return false;
}

static bool has(cap_t process, cap_value_t capability, cap_flag_t set)
{
	cap_flag_value_t value;

	return cap_get_flag(process, capability, set, &value) == 0 && value == CAP_SET;
}

static int check_kept(cap_t process, int kept_count, struct problems *problems)
{
	char *name;

	for (int i = 0; i < kept_count; i++) {
		if (has(process, kept[i], CAP_PERMITTED))
			continue;
		name = cap_to_name(kept[i]);
		problems_add(problems,
			     "cap_bpf, cap_net_admin and cap_perfmon%s are needed: %s is missing",
			     kept_count > kept_counts[CONFINE_AT_HOST]
				     ? ", cap_sys_admin and cap_sys_ptrace"
				     : "",
			     name ? name : "one");
		cap_free(name);
		return -EPERM;
	}
	return 0;
}

/*
 * Without CAP_SETPCAP it cannot be cut. All that it is good for is to get capabilities by running
 * another program, which the rest of confine() rules out.
 */
static int cut_bounding_set(cap_t process, int kept_count)
{
	if (!has(process, CAP_SETPCAP, CAP_EFFECTIVE))
		return 0;
	for (cap_value_t i = 0; i < cap_max_bits(); i++)
		if (!is_kept(i, kept_count) && cap_get_bound(i) == 1 && cap_drop_bound(i))
			return -errno;
	return 0;
}

static int set_capabilities(int kept_count)
{
	cap_t wanted = cap_init();
	int error = 0;

	if (!wanted)
		return -errno;
	if (kept_count && (cap_set_flag(wanted, CAP_PERMITTED, kept_count, kept, CAP_SET) ||
			   cap_set_flag(wanted, CAP_EFFECTIVE, kept_count, kept, CAP_SET)))
		error = -errno;
	if (!error && (cap_reset_ambient() || cap_set_proc(wanted)))
		error = -errno;
	cap_free(wanted);
	return error;
}

static int drop_capabilities(int kept_count, struct problems *problems)
{
	cap_t process = cap_get_proc();
	int error = process ? check_kept(process, kept_count, problems) : -errno;

	if (!error)
		error = cut_bounding_set(process, kept_count);
	if (!error)
		error = set_capabilities(kept_count);
	if (!error && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		error = -errno;
	cap_free(process);
	return error;
}

int confine(enum confine_need need, struct problems *problems)
{
	int error = drop_capabilities(kept_counts[need], problems);

	if (error) {
		problems_add(problems, "cannot drop capabilities: %s", strerror(-error));
		return error;
	}
	error = confine_calls(need == CONFINE_AT_POD);
	if (error)
		problems_add(problems, "cannot filter system calls: %s", strerror(-error));
	return error;
}
