// SPDX-License-Identifier: Apache-2.0
/* The fence on the pod's link: each decision, what is counted, and what becomes of the SYN. */
#include "fence.h"

static void decides_on_the_pods_link(void **state)
{
	struct kernel *kernel = *state;
	__u64 counts[SHUNT_REASON_COUNT];
	static struct frame out;

	fence_set(kernel, SHUNT_FENCE_ENFORCE);
	for (size_t i = 0; i < 2 * FENCE_CASES; i++) {
		const struct fence_case *row = &fence_cases[i / 2];
		struct frame_tcp tcp = fence_syn(row, i & 1);
		int verdict;

		print_message("# %s, IPv%d\n", row->name, i & 1 ? 6 : 4);
		fence_count_all(kernel, counts);
		verdict = fence_run(kernel, kernel->programs->progs.to_pod, row, &tcp, &out);
		assert_int_equal(verdict, fence_is_refusal(row) ? TC_ACT_REDIRECT : TC_ACT_UNSPEC);
		if (fence_is_refusal(row))
			fence_check_refused(row, &tcp, &out);
		else
			fence_check_passed(row, &tcp, &out);
		fence_check_counted(kernel, counts, reasons[row->decision],
				    fence_is_refusal(row) ? SHUNT_REASON_FENCE_REFUSED : 0);
	}
	assert_true(kernel_silent(kernel));
}

static void refusal_passes_from_pod(void **state)
{
	struct kernel *kernel = *state;
	__u64 counts[SHUNT_REASON_COUNT];
	static struct frame out, again;

	fence_set(kernel, SHUNT_FENCE_ENFORCE);
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		const struct fence_case row = {.decision = MISSING};
		struct frame_tcp tcp = fence_syn(&row, ipv6);

		/* The client's port is a frontend, too. */
		kernel_frontend(kernel, ends[ipv6].client, CLIENT_PORT, SHUNT_FRONTEND_TRACKED);
		fence_run(kernel, kernel->programs->progs.to_pod, &row, &tcp, &out);
		fence_count_all(kernel, counts);
		assert_int_equal(kernel_run(kernel->programs->progs.from_pod, &out, &again),
				 TC_ACT_UNSPEC);
		fence_check_refused(&row, &tcp, &again);
		fence_check_counted(kernel, counts, 0, 0);
	}
}

static void comes_before_what_the_switch_does(void **state)
{
	struct kernel *kernel = *state;
	static struct frame out;

	fence_set(kernel, SHUNT_FENCE_ENFORCE);
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		for (__u32 flags = 0; flags <= SHUNT_FRONTEND_TRACKED; flags++) {
			const struct fence_case row = {.decision = MISSING};
			struct frame_tcp tcp = fence_syn(&row, ipv6);

			kernel_frontend(kernel, ends[ipv6].client, CLIENT_PORT, flags);
			assert_int_equal(
				fence_run(kernel, kernel->programs->progs.to_pod, &row, &tcp, &out),
				TC_ACT_REDIRECT);
			fence_check_refused(&row, &tcp, &out);
		}
	}
}

static void only_observes_where_it_shall(void **state)
{
	struct kernel *kernel = *state;
	__u64 counts[SHUNT_REASON_COUNT];
	static struct frame out;

	fence_set(kernel, SHUNT_FENCE_OBSERVE);
	for (size_t i = 0; i < 2 * FENCE_CASES; i++) {
		const struct fence_case *row = &fence_cases[i / 2];
		struct frame_tcp tcp = fence_syn(row, i & 1);

		fence_count_all(kernel, counts);
		assert_int_equal(fence_run(kernel, kernel->programs->progs.to_pod, row, &tcp, &out),
				 TC_ACT_UNSPEC);
		fence_check_passed(row, &tcp, &out);
		fence_check_counted(kernel, counts, reasons[row->decision],
				    fence_is_refusal(row) ? SHUNT_REASON_FENCE_OBSERVED : 0);
	}
}

static void does_nothing_where_it_is_off(void **state)
{
	struct kernel *kernel = *state;
	const struct fence_case unchanged = {.decision = GOES_ON};
	__u64 counts[SHUNT_REASON_COUNT];
	static struct frame out;

	fence_set(kernel, SHUNT_FENCE_OFF);
	fence_count_all(kernel, counts);
	for (size_t i = 0; i < 2 * FENCE_CASES; i++) {
		const struct fence_case *row = &fence_cases[i / 2];
		struct frame_tcp tcp = fence_syn(row, i & 1);

		assert_int_equal(fence_run(kernel, kernel->programs->progs.to_pod, row, &tcp, &out),
				 TC_ACT_UNSPEC);
		fence_check_passed(&unchanged, &tcp, &out);
		assert_int_equal(
			fence_run(kernel, kernel->programs->progs.fence_xdp, row, &tcp, &out),
			XDP_PASS);
		fence_check_passed(&unchanged, &tcp, &out);
	}
	fence_check_counted(kernel, counts, 0, 0);
}

/* A RST is never answered; no stack opens a connection by such a SYN either. */
static void drops_a_syn_that_is_a_rst(void **state)
{
	struct kernel *kernel = *state;
	__u64 counts[SHUNT_REASON_COUNT];
	static struct frame out;

	fence_set(kernel, SHUNT_FENCE_ENFORCE);
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		const struct fence_case row = {"", MISSING, .epoch = PASSPORTS_EPOCH,
					       .flags = FRAME_SYN | FRAME_RST};
		struct frame_tcp tcp = fence_syn(&row, ipv6);

		fence_count_all(kernel, counts);
		assert_int_equal(
			fence_run(kernel, kernel->programs->progs.to_pod, &row, &tcp, &out),
			TC_ACT_SHOT);
		fence_check_counted(kernel, counts, SHUNT_REASON_FENCE_MISSING,
				    SHUNT_REASON_FENCE_REFUSED);
		fence_count_all(kernel, counts);
		assert_int_equal(
			fence_run(kernel, kernel->programs->progs.fence_xdp, &row, &tcp, &out),
			XDP_DROP);
		fence_check_counted(kernel, counts, SHUNT_REASON_FENCE_MISSING,
				    SHUNT_REASON_FENCE_REFUSED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_on_the_pods_link),
		cmocka_unit_test(refusal_passes_from_pod),
		cmocka_unit_test(comes_before_what_the_switch_does),
		cmocka_unit_test(only_observes_where_it_shall),
		cmocka_unit_test(does_nothing_where_it_is_off),
		cmocka_unit_test(drops_a_syn_that_is_a_rst),
	};

	return cmocka_run_group_tests(tests, fence_setup, kernel_teardown);
}
