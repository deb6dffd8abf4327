/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs in the running kernel, run on single frames by BPF_PROG_TEST_RUN, in a network
 * namespace of the test's own: frames come in on its loopback device, and what the programs
 * inject there is captured.
 */
#ifndef SHUNT_TESTS_PROG_KERNEL_H
#define SHUNT_TESTS_PROG_KERNEL_H

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "frame.h"
#include <shunt/tables.h>
#include "user/lib/markers.h"
#include "shunt.skel.h"

#define KERNEL_SERVICE 7
#define KERNEL_CAPTURE_MS 1000 /* longest wait for an injected packet */

/* Set before the programs are loaded: they are on the pod's own end of the link. */
static __u32 kernel_at_pod;

struct kernel {
	struct shunt *programs;
	int capture; /* packet socket on the loopback device */
};

static inline struct shunt_address kernel_address(const char *text)
{
	struct shunt_address address;

	assert_int_equal(address_parse(text, &address), 0);
	return address;
}

/* The clock of bpf_ktime_get_ns(). */
static inline __u64 kernel_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static inline void kernel_put(struct bpf_map *map, const void *key, const void *value)
{
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY), 0);
}

/* Whether the map has the key; *value is written only then. */
static inline bool kernel_get(struct bpf_map *map, const void *key, void *value)
{
	return !bpf_map_lookup_elem(bpf_map__fd(map), key, value);
}

static inline void kernel_frontend(struct kernel *kernel, const char *address, __u16 port,
				   __u32 flags)
{
	struct shunt_endpoint key = {.address = kernel_address(address), .port = port};
	struct shunt_frontend value = {.service = KERNEL_SERVICE, .flags = flags};

	kernel_put(kernel->programs->maps.frontends, &key, &value);
}

/* Enters an endpoint of an offloaded pod, a target of the service port, or replaces it. */
static inline void kernel_offloaded(struct kernel *kernel, const struct shunt_endpoint *endpoint,
				    __u32 service, __u8 fence)
{
	struct shunt_offloaded value = {
		.service = service, .fence = fence, .flags = SHUNT_OFFLOADED_TARGET};

	kernel_put(kernel->programs->maps.offloaded, endpoint, &value);
}

static inline __u64 kernel_count(struct kernel *kernel, __u32 reason)
{
	__u64 values[libbpf_num_possible_cpus()], sum = 0;

	assert_true(kernel_get(kernel->programs->maps.stats, &reason, values));
	for (int i = 0; i < libbpf_num_possible_cpus(); i++)
		sum += values[i];
	return sum;
}

/* Requests to KERNEL_SERVICE that ended so. */
static inline __u64 kernel_outcome(struct kernel *kernel, enum shunt_outcome outcome)
{
	struct shunt_service_stats values[libbpf_num_possible_cpus()];
	__u32 service = KERNEL_SERVICE;
	__u64 sum = 0;

	assert_true(kernel_get(kernel->programs->maps.service_stats, &service, values));
	for (int i = 0; i < libbpf_num_possible_cpus(); i++)
		sum += values[i].outcomes[outcome];
	return sum;
}

/* Runs the program on *in; returns its verdict, and what has become of the frame in *out. */
static inline int kernel_run(struct bpf_program *program, const struct frame *in, struct frame *out)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->bytes, .data_size_in = in->length,
		    .data_out = out->bytes, .data_size_out = sizeof(out->bytes));

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(program), &opts), 0);
	out->length = opts.data_size_out;
	return opts.retval;
}

/* The next frame that was injected on the loopback device; false where none comes. */
static inline bool kernel_injected(struct kernel *kernel, struct frame *frame)
{
	struct pollfd waiting = {.fd = kernel->capture, .events = POLLIN};
	ssize_t length;

	if (poll(&waiting, 1, KERNEL_CAPTURE_MS) != 1)
		return false;
	length = recv(kernel->capture, frame->bytes, sizeof(frame->bytes), 0);
	assert_true(length > 0);
	frame->length = length;
	return true;
}

/* Whether nothing was injected that is still to be looked at. */
static inline bool kernel_silent(struct kernel *kernel)
{
	__u8 byte;

	return recv(kernel->capture, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

/* A namespace with its loopback device up, on which the socket captures. */
static inline void kernel_network(struct kernel *kernel)
{
	struct ifreq request = {.ifr_name = "lo"};
	struct sockaddr_ll loopback = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	kernel->capture = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	assert_true(kernel->capture >= 0);
	request.ifr_flags = IFF_UP;
	assert_int_equal(ioctl(kernel->capture, SIOCSIFFLAGS, &request), 0);
	loopback.sll_ifindex = if_nametoindex("lo");
	assert_int_equal(bind(kernel->capture, (struct sockaddr *)&loopback, sizeof(loopback)), 0);
}

static inline void kernel_choose_end(struct kernel *kernel)
{
	struct bpf_map *map = bpf_object__find_map_by_name(kernel->programs->obj, SHUNT_AT_POD);

	assert_int_equal(bpf_map__set_initial_value(map, &kernel_at_pod, sizeof(kernel_at_pod)), 0);
	if (kernel_at_pod)
		bpf_map__set_max_entries(kernel->programs->maps.scratch_memory, SHUNT_LEVELS_MAX);
}

/* The programs loaded, with room for so many overrides. */
static inline void kernel_load(struct kernel *kernel, __u32 overrides)
{
	struct shunt_settings settings = {.layout_version = SHUNT_LAYOUT_VERSION};
	struct shunt_markers markers;
	__u32 zero = 0;

	kernel_network(kernel);
	kernel->programs = shunt__open();
	assert_non_null(kernel->programs);
	bpf_map__set_max_entries(kernel->programs->maps.overrides, overrides);
	bpf_map__set_max_entries(kernel->programs->maps.override_stats, overrides);
	bpf_map__set_max_entries(kernel->programs->maps.framing, 4096);
	bpf_map__set_max_entries(kernel->programs->maps.held, 64);
	bpf_map__set_max_entries(kernel->programs->maps.legs, 256);
	kernel_choose_end(kernel);
	assert_int_equal(shunt__load(kernel->programs), 0);
	assert_int_equal(markers_compile(markers_default, MARKERS_DEFAULT_COUNT, &markers, NULL),
			 0);
	kernel_put(kernel->programs->maps.settings, &zero, &settings);
	kernel_put(kernel->programs->maps.markers, &zero, &markers);
}

/* Group setup: the programs loaded, with small tables. */
static inline int kernel_setup(void **state)
{
	static struct kernel kernel;

	kernel_load(&kernel, 1024);
	*state = &kernel;
	return 0;
}

static inline int kernel_teardown(void **state)
{
	struct kernel *kernel = *state;

	shunt__destroy(kernel->programs);
	close(kernel->capture);
	return 0;
}

#endif
