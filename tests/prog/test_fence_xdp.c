// SPDX-License-Identifier: Apache-2.0
/* The fence on a physical link. */
#include "fence.h"

/* On a physical link: only what is refused is counted, and nothing else is changed. */
static void check_decisions(struct kernel *kernel, struct bpf_program *program)
{
	const struct fence_case unchanged = {.decision = GOES_ON};
	__u64 counts[SHUNT_REASON_COUNT];
	static struct frame out;

	for (__u8 fence = SHUNT_FENCE_OBSERVE; fence <= SHUNT_FENCE_ENFORCE; fence++) {
		fence_set(kernel, fence);
		for (size_t i = 0; i < 2 * FENCE_CASES; i++) {
			const struct fence_case *row = &fence_cases[i / 2];
			struct frame_tcp tcp = fence_syn(row, i & 1);
			bool refused = fence == SHUNT_FENCE_ENFORCE && fence_is_refusal(row);
			int verdict;

			print_message("# %s, IPv%d\n", row->name, i & 1 ? 6 : 4);
			fence_count_all(kernel, counts);
			verdict = fence_run(kernel, program, row, &tcp, &out);
			assert_int_equal(verdict, refused ? XDP_TX : XDP_PASS);
			if (refused)
				fence_check_refused(row, &tcp, &out);
			else
				fence_check_passed(&unchanged, &tcp, &out);
			fence_check_counted(kernel, counts, refused ? reasons[row->decision] : 0,
					    refused ? SHUNT_REASON_FENCE_REFUSED : 0);
		}
	}
}

static void decides_in_the_driver(void **state)
{
	struct kernel *kernel = *state;

	check_decisions(kernel, kernel->programs->progs.fence_xdp);
}

static void decides_behind_the_driver(void **state)
{
	struct kernel *kernel = *state;

	check_decisions(kernel, kernel->programs->progs.fence_generic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_in_the_driver),
		cmocka_unit_test(decides_behind_the_driver),
	};

	return cmocka_run_group_tests(tests, fence_setup, kernel_teardown);
}
