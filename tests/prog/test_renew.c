// SPDX-License-Identifier: Apache-2.0
/* An override that is replaced or removed while a leg to one of its endpoints opens. */
#include "opening.h"

#define RENEWALS (SHUNT_HELD_RENEWED / SHUNT_HELD_RENEWAL)

/* In force from now on: an override whose one endpoint is the second one. */
static struct shunt_override replacement(bool ipv6)
{
	struct shunt_override override = {.id = 9, .service = KERNEL_SERVICE, .endpoint_count = 1};

	override.endpoints[0].address = kernel_address(opening_second[ipv6]);
	override.endpoints[0].port = FLOW_ENDPOINT_PORT;
	return override;
}

static void put(struct kernel *kernel, const struct shunt_override *override)
{
	struct shunt_override_key key = opening_override_key();

	kernel_put(kernel->programs->maps.overrides, &key, override);
}

static void refuse(struct kernel *kernel, bool ipv6, int verdict, struct frame_tcp *got)
{
	struct frame_tcp refusal = opening_answer(ipv6, FRAME_RST | FRAME_ACK);
	static struct frame out;

	assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, got), verdict);
}

static void forget_second(struct kernel *kernel, bool ipv6)
{
	struct shunt_connection second = flow_leg_connection(ipv6);

	second.remote = kernel_address(opening_second[ipv6]);
	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.legs), &second);
}

static void the_endpoint_that_took_its_place_is_tried(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_override now = replacement(ipv6);
		struct frame_tcp got;

		opening_register(kernel, ipv6, KERNEL_SERVICE);
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0);
		now.id = 10;
		put(kernel, &now);
		refuse(kernel, ipv6, TC_ACT_REDIRECT, &got);
		opening_check_syn(&got, opening_second[ipv6]);
		assert_int_equal(flow_get(kernel, ipv6).legs[1].override_id, 10);
		forget_second(kernel, ipv6);
	}
}

static void no_other_is_tried_where_the_marker_would_have_to_be_read_again(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_override now = replacement(false);
	struct frame_tcp got;

	opening_register(kernel, false, KERNEL_SERVICE);
	opening_put(kernel, false, SHUNT_UNREACHABLE_ERROR, 1, 0);
	now.flags = SHUNT_OVERRIDE_SIGNED;
	put(kernel, &now);
	refuse(kernel, false, TC_ACT_UNSPEC, &got);
	assert_int_equal(flow_get(kernel, false).state, SHUNT_FLOW_ANSWERED);
	opening_put(kernel, false, SHUNT_UNREACHABLE_ERROR, 1, 0);
	now.flags = 0;
	now.tag = 5;
	put(kernel, &now);
	refuse(kernel, false, TC_ACT_UNSPEC, &got);
	assert_int_equal(flow_get(kernel, false).state, SHUNT_FLOW_ANSWERED);
}

static void an_override_that_changes_again_and_again_is_an_error_in_the_end(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_connection key = flow_connection(false);
	struct shunt_override now = replacement(false);
	static struct shunt_held entry;
	struct frame_tcp got;

	opening_register(kernel, false, KERNEL_SERVICE);
	opening_put(kernel, false, SHUNT_UNREACHABLE_ERROR, 1, 0);
	assert_true(kernel_get(kernel->programs->maps.held, &key, &entry));
	entry.flags |= RENEWALS * SHUNT_HELD_RENEWAL;
	kernel_put(kernel->programs->maps.held, &key, &entry);
	put(kernel, &now);
	refuse(kernel, false, TC_ACT_UNSPEC, &got);
	assert_int_equal(flow_get(kernel, false).state, SHUNT_FLOW_ANSWERED);
}

/* As it is with the next request. */
static void the_origin_gets_the_request_of_a_context_that_is_gone(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_override_key key = opening_override_key();

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp got;

		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0);
		bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.overrides), &key);
		refuse(kernel, ipv6, TC_ACT_SHOT, &got);
		opening_check_replay(kernel, ipv6, ipv6 ? 1220 : 536, flow_ends[ipv6].origin,
				     FLOW_ORIGIN_SEQUENCE);
		assert_int_equal(flow_get(kernel, ipv6).current, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_endpoint_that_took_its_place_is_tried),
		cmocka_unit_test(no_other_is_tried_where_the_marker_would_have_to_be_read_again),
		cmocka_unit_test(an_override_that_changes_again_and_again_is_an_error_in_the_end),
		cmocka_unit_test(the_origin_gets_the_request_of_a_context_that_is_gone),
	};

	return cmocka_run_group_tests(tests, opening_setup, kernel_teardown);
}
