// SPDX-License-Identifier: Apache-2.0
/* What a confined process can do and what not. Each case confines a process of its own. */
#include "tests/unit/confined.h"

#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <uv.h>
#include <bpf/bpf.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include "tests/unit/forbidden_calls.h"
#include "user/lib/rtnl.h"

#define KEPT 0xc000001000ll /* CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN */
#define KEPT_AT_POD (KEPT | 0x280000) /* and CAP_SYS_ADMIN, CAP_SYS_PTRACE */

static const char *check_status(long long capabilities)
{
	const struct {
		const char *field;
		int base;
		long long expected;
	} rows[] = {
		{"CapEff", 16, capabilities},
		{"CapPrm", 16, capabilities},
		{"CapBnd", 16, capabilities},
		{"CapInh", 16, 0},
		{"CapAmb", 16, 0},
		{"NoNewPrivs", 10, 1},
		{"Seccomp", 10, 2},
		{"Seccomp_filters", 10, 2},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		long long found = read_status(rows[i].field, rows[i].base);

		if (found != rows[i].expected)
			return complain(rows[i].field, (long)found);
	}
	return NULL;
}

static const char *expect_three_capabilities(void)
{
	return check_status(KEPT);
}

static void three_capabilities_are_left(void **state)
{
	(void)state;
	run_confined(CONFINE_AT_HOST, expect_three_capabilities);
}

/* It enters network namespaces, and no others. */
static const char *expect_five_capabilities(void)
{
	const char *complaint = check_status(KEPT_AT_POD);
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (complaint)
		return complaint;
	if (setns(fd, CLONE_NEWNET))
		return complain("setns", -1);
	if (setns(mounts, CLONE_NEWNS) != -1 || errno != EPERM)
		return complain("setns to a mount namespace", 0);
	return NULL;
}

static void five_are_left_at_the_pods_ends(void **state)
{
	(void)state;
	run_confined(CONFINE_AT_POD, expect_five_capabilities);
}

static const char *expect_no_capabilities(void)
{
	return check_status(0);
}

static void a_dry_run_keeps_none(void **state)
{
	(void)state;
	run_confined(CONFINE_DRY_RUN, expect_no_capabilities);
}

static void *check_thread(void *argument)
{
	(void)argument;
	return (void *)check_status(KEPT);
}

static const char *expect_confined_thread(void)
{
	void *complaint = NULL;
	pthread_t thread;

	if (pthread_create(&thread, NULL, check_thread, NULL))
		return "no thread can be made";
	pthread_join(thread, &complaint);
	return complaint;
}

static void threads_that_come_later_are_confined_too(void **state)
{
	(void)state;
	run_confined(CONFINE_AT_HOST, expect_confined_thread);
}

static const char *expect_refusals(void)
{
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		const struct call *call = &forbidden[i];
		long result;

		errno = 0;
		result = syscall(call->number, call->arguments[0], call->arguments[1],
				 call->arguments[2], call->arguments[3], 0, 0);
		if (result != -1 || errno != EPERM)
			return complain(call->name, result);
	}
	return NULL;
}

static void calls_that_an_agent_does_not_need_give_eperm(void **state)
{
	(void)state;
	run_confined(CONFINE_AT_HOST, expect_refusals);
	run_confined(CONFINE_DRY_RUN, expect_refusals);
	run_confined(CONFINE_AT_POD, expect_refusals);
}

static const char *expect_no_clone3(void)
{
	char arguments[64] = {0};

	return syscall(SYS_clone3, arguments, sizeof(arguments)) == -1 && errno == ENOSYS
		       ? NULL
		       : complain("clone3", 0);
}

/* libc takes clone() then, as on a kernel before 5.3. */
static void clone3_seems_not_to_be_there(void **state)
{
	(void)state;
	run_confined(CONFINE_DRY_RUN, expect_no_clone3);
}

static const char *write_and_read(const char *path)
{
	char moved[64], text[8] = "";
	struct stat status;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	snprintf(moved, sizeof(moved), "%s.moved", path);
	if (fd < 0 || write(fd, "shunt", 5) != 5 || fsync(fd) || fstat(fd, &status) || close(fd) ||
	    rename(path, moved))
		return complain("a file is written", fd);
	fd = open(moved, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text)) != 5 || close(fd) || unlink(moved))
		return complain("a file is read", fd);
	return NULL;
}

static const char *expect_files(void)
{
	char path[48];

	snprintf(path, sizeof(path), "/tmp/test_confine.%d", (int)getpid());
	return write_and_read(path);
}

static const char *expect_names(void)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *addresses;
	int error = getaddrinfo("localhost", "80", &hints, &addresses);

	if (error)
		return complain("localhost is resolved", error);
	freeaddrinfo(addresses);
	return NULL;
}

static void count_link(void *argument, const struct rtnl_event *event)
{
	*(int *)argument += event->change == RTNL_IS;
}

static const char *expect_links(void)
{
	int count = 0, error = rtnl_dump(count_link, &count);

	return error || !count ? complain("links are listed", error) : NULL;
}

static void on_work(uv_work_t *work)
{
	work->data = (void *)expect_names();
}

static void on_done(uv_work_t *work, int status)
{
	(void)work;
	(void)status;
}

static void on_timer(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
}

/* As the cache is written, and as libcurl resolves names: in a thread, while the loop runs. */
static const char *expect_loop(void)
{
	uv_timer_t timer;
	uv_work_t work;
	uv_loop_t loop;

	if (uv_loop_init(&loop) || uv_timer_init(&loop, &timer) ||
	    uv_timer_start(&timer, on_timer, 1, 0) || uv_queue_work(&loop, &work, on_work, on_done))
		return complain("a loop is made", -1);
	uv_run(&loop, UV_RUN_DEFAULT);
	return work.data;
}

static const char *expect_work(void)
{
	const confined_case cases[] = {expect_files, expect_names, expect_links, expect_loop};
	const char *complaint = NULL;

	for (size_t i = 0; !complaint && i < sizeof(cases) / sizeof(cases[0]); i++)
		complaint = cases[i]();
	return complaint;
}

static void what_the_loop_needs_works(void **state)
{
	(void)state;
	run_confined(CONFINE_AT_HOST, expect_work);
	run_confined(CONFINE_DRY_RUN, expect_work);
}

static const char *expect_maps(void)
{
	__u32 key = 1, value = 2, found = 0;
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "test", sizeof(key), sizeof(value), 1, NULL);

	if (fd < 0 || bpf_map_update_elem(fd, &key, &value, BPF_ANY) ||
	    bpf_map_lookup_elem(fd, &key, &found) || found != value || close(fd))
		return complain("a map is used", fd);
	return NULL;
}

static void maps_work(void **state)
{
	(void)state;
	run_confined(CONFINE_AT_HOST, expect_maps);
}

static int drop(cap_value_t capability)
{
	cap_t process = cap_get_proc();
	int error = !process || cap_set_flag(process, CAP_PERMITTED, 1, &capability, CAP_CLEAR) ||
		    cap_set_flag(process, CAP_EFFECTIVE, 1, &capability, CAP_CLEAR) ||
		    cap_set_proc(process);

	cap_free(process);
	return error ? -errno : 0;
}

static const char *expect_perfmon_is_named(void)
{
	struct problems problems = {0};

	if (drop(CAP_PERFMON))
		return complain("cap_perfmon is dropped", -1);
	if (confine(CONFINE_AT_HOST, &problems) != -EPERM ||
	    !strstr(problems.texts[0], "cap_perfmon is missing"))
		return complain(problems.count ? problems.texts[0] : "nothing is said", 0);
	return NULL;
}

static void one_that_is_missing_is_named(void **state)
{
	(void)state;
	run_apart(expect_perfmon_is_named);
}

/* Its bounding set stays as it is, of no use: it can run no program. */
static const char *expect_all_but_the_bounding_set(void)
{
	struct problems problems = {0};
	long long bounding = read_status("CapBnd", 16);

	if (drop(CAP_SETPCAP) || confine(CONFINE_AT_HOST, &problems))
		return complain("confined without cap_setpcap", -1);
	if (read_status("CapPrm", 16) != KEPT || read_status("CapEff", 16) != KEPT ||
	    read_status("CapBnd", 16) != bounding)
		return complain("capabilities", (long)read_status("CapPrm", 16));
	return expect_refusals();
}

static void without_setpcap_all_else_is_given_up(void **state)
{
	(void)state;
	run_apart(expect_all_but_the_bounding_set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_capabilities_are_left),
		cmocka_unit_test(five_are_left_at_the_pods_ends),
		cmocka_unit_test(a_dry_run_keeps_none),
		cmocka_unit_test(threads_that_come_later_are_confined_too),
		cmocka_unit_test(calls_that_an_agent_does_not_need_give_eperm),
		cmocka_unit_test(clone3_seems_not_to_be_there),
		cmocka_unit_test(what_the_loop_needs_works),
		cmocka_unit_test(maps_work),
		cmocka_unit_test(one_that_is_missing_is_named),
		cmocka_unit_test(without_setpcap_all_else_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
