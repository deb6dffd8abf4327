// SPDX-License-Identifier: Apache-2.0
/*
 * Requests that begin where more is under way than themselves: behind the rest of a body that was
 * answered before it had come, before another request, behind a split one.
 */
#include "moving.h"

#define REST "0123456789"
#define MARKED "GET /a HTTP/1.1\r\nx-shunt-context: mmeng\r\n\r\n"
#define NEXT "GET /b HTTP/1.1\r\nHost: users\r\n\r\n"
#define REST_LENGTH (sizeof(REST) - 1)

/* The origin is current, and has answered all; REST_LENGTH bytes of a body are still to come. */
static void early_put(struct kernel *kernel, bool ipv6, struct shunt_flow *flow)
{
	struct shunt_connection key = flow_connection(ipv6);
	struct shunt_framing framing = {
		.requests = {.state = FRAMING_BODY,
			     .next = FLOW_CLIENT_NEXT,
			     .remaining = REST_LENGTH,
			     .count = 1},
		.responses = {.state = FRAMING_START, .next = FLOW_REPLY, .count = 1}};

	flow_put(kernel, ipv6, flow);
	kernel_put(kernel->programs->maps.framing, &key, &framing);
}

static struct shunt_flow early_flow(struct kernel *kernel, bool ipv6)
{
	struct shunt_flow flow = moving_flow(ipv6, 0);

	flow.legs[1].state = SHUNT_LEG_ABSENT;
	early_put(kernel, ipv6, &flow);
	return flow;
}

static void check_held(struct kernel *kernel, bool ipv6, const char *text)
{
	struct shunt_connection key = flow_connection(ipv6);
	static struct shunt_held entry;

	assert_true(kernel_get(kernel->programs->maps.held, &key, &entry));
	assert_int_equal(entry.length, strlen(text));
	assert_memory_equal(entry.bytes, text, strlen(text));
}

/* What is held, and goes to the new leg, is the request without the body before it. */
static void check_opens(struct kernel *kernel, bool ipv6, const char *text)
{
	struct shunt_connection leg = flow_leg_connection(ipv6);
	struct frame_tcp sent, got;
	static struct frame out;

	early_flow(kernel, ipv6);
	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.legs), &leg);
	sent = moving_request(ipv6, text, 0, strlen(text));
	assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
			 TC_ACT_UNSPEC);
	assert_int_equal(got.flags, FRAME_SYN);
	assert_int_equal(got.sequence, (__u32)(FLOW_CLIENT_NEXT + REST_LENGTH - 1));
	check_held(kernel, ipv6, text + REST_LENGTH);
	assert_int_equal(flow_get(kernel, ipv6).client_next,
			 (__u32)(FLOW_CLIENT_NEXT + strlen(text)));
	assert_true(kernel_silent(kernel));
}

static void holds_a_request_behind_the_rest_of_a_body(void **state)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++)
		check_opens(*state, ipv6, REST MARKED);
}

static void moves_a_request_that_another_one_follows(void **state)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++)
		check_opens(*state, ipv6, REST MARKED NEXT);
}

/* What is held of a split request is not replayed in the place of one that moved later. */
static void forgets_the_split_request_before(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_connection key = flow_connection(ipv6);
		struct shunt_flow flow = moving_flow(ipv6, 0);
		static struct shunt_held entry = {.length = 100};

		flow.split = 1;
		moving_put(kernel, ipv6, &flow);
		kernel_put(kernel->programs->maps.held, &key, &entry);
		moving_check(kernel, ipv6, MARKED, 1);
		assert_int_equal(flow_get(kernel, ipv6).split, 0);
		assert_false(kernel_get(kernel->programs->maps.held, &key, &entry));
		assert_true(kernel_silent(kernel));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_a_request_behind_the_rest_of_a_body),
		cmocka_unit_test(moves_a_request_that_another_one_follows),
		cmocka_unit_test(forgets_the_split_request_before),
	};

	return cmocka_run_group_tests(tests, moving_setup, kernel_teardown);
}
