// SPDX-License-Identifier: Apache-2.0
/* SYNs to addresses of an offloaded pod that are not in `offloaded`: known by the pod's link. */
#include "fence.h"

#define OWN_LINK 1 /* the test's frames come in on the loopback device */

static const char *const others[2][2] = {
	{"10.9.2.99", "10.9.2.100"},
	{"fe80::5", "fd66::5"},
};

static const struct behind_case {
	const char *name;
	int verdict;
	struct fence_case syn;
	__u32 link;
	__u16 tags;
	__u8 fence;
} cases[] = {
	{"SYN", TC_ACT_REDIRECT, {.decision = MISSING}, OWN_LINK, 0, SHUNT_FENCE_ENFORCE},
	{"SYN with data",
	 TC_ACT_REDIRECT,
	 {.decision = MISSING, .payload = 99},
	 OWN_LINK,
	 0,
	 SHUNT_FENCE_ENFORCE},
	{"hidden SYN", TC_ACT_SHOT, {.decision = MISSING}, OWN_LINK, 1, SHUNT_FENCE_ENFORCE},
	{"a passport",
	 TC_ACT_UNSPEC,
	 {.decision = PASSED, .epoch = PASSPORTS_EPOCH},
	 OWN_LINK,
	 0,
	 SHUNT_FENCE_ENFORCE},
	{"source listed",
	 TC_ACT_UNSPEC,
	 {.decision = ALLOWED, .listed = true},
	 OWN_LINK,
	 0,
	 SHUNT_FENCE_ENFORCE},
	{"another port", TC_ACT_UNSPEC, {.port = PORT + 1}, OWN_LINK, 0, SHUNT_FENCE_ENFORCE},
	{"ACK", TC_ACT_UNSPEC, {.flags = FRAME_ACK}, OWN_LINK, 0, SHUNT_FENCE_ENFORCE},
	{"observed", TC_ACT_UNSPEC, {.decision = MISSING}, OWN_LINK, 0, SHUNT_FENCE_OBSERVE},
	{"off", TC_ACT_UNSPEC, {.decision = GOES_ON}, OWN_LINK, 0, SHUNT_FENCE_OFF},
	{"another link",
	 TC_ACT_UNSPEC,
	 {.decision = GOES_ON},
	 OWN_LINK + 1,
	 0,
	 SHUNT_FENCE_ENFORCE},
};

/* The pod's addresses of both families, or of the other one only. */
static void pod_put(struct kernel *kernel, __u32 link, bool ipv6, bool both)
{
	struct bpf_map *map = kernel->programs->maps.pods;
	struct shunt_pod pod = {.addresses = {kernel_address(ends[!ipv6].pod)}};

	if (both)
		pod.addresses[1] = kernel_address(ends[ipv6].pod);
	for (__u32 other = OWN_LINK; other <= OWN_LINK + 1; other++)
		bpf_map_delete_elem(bpf_map__fd(map), &other);
	kernel_put(map, &link, &pod);
}

static void check_row(struct kernel *kernel, const struct behind_case *row, bool ipv6,
		      const char *address)
{
	struct frame_tcp tcp = fence_syn(&row->syn, ipv6), plain;
	__u32 reason = reasons[row->syn.decision], last = 0;
	__u64 counts[SHUNT_REASON_COUNT];
	static struct frame in, out;

	tcp.destination = kernel_address(address);
	if (row->syn.epoch) {
		plain = tcp;
		plain.options_length = 0;
		tcp.options_length -= SHUNT_PASSPORT_LENGTH;
		passports_add(&tcp, row->syn.epoch, passports_tag(&plain, row->syn.epoch));
	}
	frame_build(&in, &tcp);
	if (row->tags) {
		memmove(in.bytes + ETH_HLEN + 2, in.bytes + ETH_HLEN - 2, in.length - ETH_HLEN + 2);
		memcpy(in.bytes + ETH_HLEN - 2, (__u8[]){0x81, 0, 0, 0}, 4);
		in.length += 4;
	}
	if (row->syn.decision >= MISSING)
		last = row->fence == SHUNT_FENCE_OBSERVE ? SHUNT_REASON_FENCE_OBSERVED
							 : SHUNT_REASON_FENCE_REFUSED;
	fence_count_all(kernel, counts);
	assert_int_equal(kernel_run(kernel->programs->progs.to_pod, &in, &out), row->verdict);
	fence_check_counted(kernel, counts, reason, last);
	if (row->verdict == TC_ACT_REDIRECT)
		fence_check_refused(&row->syn, &tcp, &out);
	else if (row->verdict == TC_ACT_UNSPEC)
		fence_check_passed(&row->syn, &tcp, &out);
}

static void guards_every_address(void **state)
{
	struct kernel *kernel = *state;

	passports_use(kernel, &passports_keys);
	for (size_t i = 0; i < 8 * sizeof(cases) / sizeof(cases[0]); i++) {
		const struct behind_case *row = &cases[i / 8];
		bool ipv6 = i & 1;

		print_message("# %s, IPv%d\n", row->name, ipv6 ? 6 : 4);
		fence_set(kernel, row->fence);
		pod_put(kernel, row->link, ipv6, i & 2);
		check_row(kernel, row, ipv6, others[ipv6][i >> 2 & 1]);
	}
	assert_true(kernel_silent(kernel));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guards_every_address),
	};

	return cmocka_run_group_tests(tests, fence_setup, kernel_teardown);
}
