// SPDX-License-Identifier: Apache-2.0
/* The SYN of a leg: when it has a passport, and what a client's request gets that a fence refuses. */
#include <stdio.h>
#include "opening.h"
#include "passports.h"

/* Without a key that may be used there is none. */
static const struct keys_case {
	const char *name;
	__u32 epochs[2], current;
	bool made;
} keys_cases[] = {
	{"two epochs, the second current",
	 {PASSPORTS_EPOCH - 1, PASSPORTS_EPOCH},
	 PASSPORTS_EPOCH,
	 true},
	{"two epochs, the first current",
	 {PASSPORTS_EPOCH - 1, PASSPORTS_EPOCH},
	 PASSPORTS_EPOCH - 1,
	 true},
	{"one epoch", {0, PASSPORTS_EPOCH}, PASSPORTS_EPOCH, true},
	{"no epoch", {0, 0}, 0, false},
	{"none current", {PASSPORTS_EPOCH - 1, PASSPORTS_EPOCH}, 0, false},
	{"the current one has no key",
	 {PASSPORTS_EPOCH - 1, PASSPORTS_EPOCH},
	 PASSPORTS_EPOCH + 2,
	 false},
};

static struct shunt_endpoint endpoint(bool ipv6)
{
	return (struct shunt_endpoint){.address = kernel_address(flow_ends[ipv6].endpoint),
				       .port = FLOW_ENDPOINT_PORT};
}

/* The SYN has, behind its other options, the passport that is its own. */
static void check_passport(const struct frame_tcp *got, const char *address, __u32 epoch)
{
	__u8 expected[SHUNT_PASSPORT_LENGTH];

	opening_check_syn_with(got, address, SHUNT_PASSPORT_LENGTH);
	passport_write(expected, epoch, passports_tag(got, epoch));
	assert_memory_equal(got->options + OPENING_SYN_OPTIONS, expected, sizeof(expected));
}

static void is_made_with_the_current_key_only(void **state)
{
	struct kernel *kernel = *state;

	for (size_t i = 0; i < 2 * sizeof(keys_cases) / sizeof(keys_cases[0]); i++) {
		const struct keys_case *row = &keys_cases[i / 2];
		bool ipv6 = i & 1;
		struct shunt_endpoint to = endpoint(ipv6);
		struct frame_tcp again = opening_client_again(ipv6), got;
		struct shunt_keys keys = passports_keys;
		static struct frame out;

		print_message("# %s, IPv%d\n", row->name, ipv6 ? 6 : 4);
		memcpy(keys.epochs, row->epochs, sizeof(keys.epochs));
		keys.current = row->current;
		passports_use(kernel, &keys);
		kernel_offloaded(kernel, &to, KERNEL_SERVICE, SHUNT_FENCE_ENFORCE);
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, kernel_now());
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_UNSPEC);
		if (row->made)
			check_passport(&got, flow_ends[ipv6].endpoint, row->current);
		else
			opening_check_syn(&got, flow_ends[ipv6].endpoint);
	}
}

static void is_made_for_endpoints_with_a_fence_only(void **state)
{
	struct kernel *kernel = *state;

	passports_use(kernel, &passports_keys);
	for (__u8 fence = SHUNT_FENCE_OFF; fence <= SHUNT_FENCE_ENFORCE; fence++) {
		struct shunt_endpoint to = endpoint(false);
		struct frame_tcp again = opening_client_again(false), got;
		static struct frame out;

		kernel_offloaded(kernel, &to, KERNEL_SERVICE, fence);
		opening_put(kernel, false, SHUNT_UNREACHABLE_ERROR, 1, kernel_now());
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_UNSPEC);
		if (fence == SHUNT_FENCE_OFF)
			opening_check_syn(&got, flow_ends[0].endpoint);
		else
			check_passport(&got, flow_ends[0].endpoint, PASSPORTS_EPOCH);
	}
}

/* The origin may be an offloaded pod's address, but its leg is no move. */
static void is_not_made_for_the_origin(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_endpoint origin = {.address = kernel_address(flow_ends[0].origin),
					.port = FLOW_ORIGIN_PORT};
	struct frame_tcp again = opening_client_again(false), got;
	struct shunt_connection connection = flow_connection(false);
	struct shunt_flow flow;
	static struct frame out;

	passports_use(kernel, &passports_keys);
	kernel_offloaded(kernel, &origin, KERNEL_SERVICE, SHUNT_FENCE_ENFORCE);
	opening_put(kernel, false, SHUNT_UNREACHABLE_ERROR, 1, kernel_now());
	flow = flow_get(kernel, false);
	flow.current = 0;
	flow.legs[0].state = SHUNT_LEG_OPENING;
	kernel_put(kernel->programs->maps.flows, &connection, &flow);
	assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
			 TC_ACT_UNSPEC);
	assert_int_equal(got.flags, FRAME_SYN);
	assert_int_equal(got.destination_port, FLOW_ORIGIN_PORT);
	assert_int_equal(got.options_length, OPENING_SYN_OPTIONS);
}

static void is_of_the_next_endpoint_where_one_refuses(void **state)
{
	struct kernel *kernel = *state;

	passports_use(kernel, &passports_keys);
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_endpoint second = {.address = kernel_address(opening_second[ipv6]),
						.port = FLOW_ENDPOINT_PORT};
		struct shunt_connection leg = flow_leg_connection(ipv6);
		struct frame_tcp refusal = opening_answer(ipv6, FRAME_RST | FRAME_ACK), got;
		static struct frame out;

		kernel_offloaded(kernel, &second, KERNEL_SERVICE, SHUNT_FENCE_OBSERVE);
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 2, 0);
		refusal.window = SHUNT_REFUSAL_FORGED;
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_REDIRECT);
		check_passport(&got, opening_second[ipv6], PASSPORTS_EPOCH);
		leg.remote = second.address;
		bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.legs), &leg);
	}
}

static void is_made_again_where_the_tuple_is_remembered(void **state)
{
	struct kernel *kernel = *state;

	passports_use(kernel, &passports_keys);
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_endpoint to = endpoint(ipv6);
		struct frame_tcp challenge = opening_answer(ipv6, FRAME_ACK), got;
		static struct frame out;

		challenge.acknowledgement = 0x12345678;
		kernel_offloaded(kernel, &to, KERNEL_SERVICE, SHUNT_FENCE_ENFORCE);
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &challenge, &out, &got),
				 TC_ACT_SHOT);
		assert_true(kernel_injected(kernel, &out));
		assert_true(frame_read(&out, &got));
		assert_int_equal(got.flags, FRAME_RST);
		assert_int_equal(got.options_length, 0);
		assert_true(kernel_injected(kernel, &out));
		assert_true(frame_read(&out, &got));
		check_passport(&got, flow_ends[ipv6].endpoint, PASSPORTS_EPOCH);
	}
	assert_true(kernel_silent(kernel));
}

static const struct refusal_case {
	__u16 window;
	__u32 reason;
	const char *label;
} refusal_cases[] = {
	{0, SHUNT_REASON_REFUSED, "refused"},
	{SHUNT_REFUSAL_MISSING - 1, SHUNT_REASON_REFUSED, "refused"},
	{SHUNT_REFUSAL_MISSING, SHUNT_REASON_PASSPORT_LOST, "passport_lost"},
	{SHUNT_REFUSAL_EXPIRED, SHUNT_REASON_PASSPORT_REFUSED, "passport_refused"},
	{SHUNT_REFUSAL_FORGED, SHUNT_REASON_PASSPORT_REFUSED, "passport_refused"},
	{SHUNT_REFUSAL_FORGED + 1, SHUNT_REASON_REFUSED, "refused"},
};

static void answer_names_why_the_fence_refused(void **state)
{
	struct kernel *kernel = *state;

	for (size_t i = 0; i < 2 * sizeof(refusal_cases) / sizeof(refusal_cases[0]); i++) {
		const struct refusal_case *row = &refusal_cases[i / 2];
		bool ipv6 = i & 1;
		struct frame_tcp refusal = opening_answer(ipv6, FRAME_RST | FRAME_ACK), got;
		__u64 before = kernel_count(kernel, row->reason);
		char expected[64], text[512];
		static struct frame out;

		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0);
		refusal.window = row->window;
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_UNSPEC);
		assert_true(got.payload_length < sizeof(text));
		memcpy(text, got.payload, got.payload_length);
		text[got.payload_length] = '\0';
		snprintf(expected, sizeof(expected), "; reason=%s\r\n", row->label);
		assert_ptr_equal(strstr(text, "HTTP/1.1 503 "), text);
		assert_non_null(strstr(text, expected));
		assert_int_equal(kernel_count(kernel, row->reason), before + 1);
	}
}

static void refused_passport_leads_to_the_origin_by_policy(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp refusal = opening_answer(ipv6, FRAME_RST | FRAME_ACK), got;
		static struct frame out;

		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_MAIN, 1, 0);
		refusal.window = SHUNT_REFUSAL_MISSING;
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_SHOT);
		assert_int_equal(flow_get(kernel, ipv6).current, 0);
		opening_check_replay(kernel, ipv6, ipv6 ? 1220 : 536, flow_ends[ipv6].origin,
				     FLOW_ORIGIN_SEQUENCE);
	}
}

/* A pod that is not ready is fenced too, but no override may name it. */
static void endpoint_that_is_no_target_is_not_chosen(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_endpoint second = {.address = kernel_address(opening_second[ipv6]),
						.port = FLOW_ENDPOINT_PORT};
		struct shunt_offloaded row = {.service = KERNEL_SERVICE,
					      .fence = SHUNT_FENCE_ENFORCE};
		struct frame_tcp refusal = opening_answer(ipv6, FRAME_RST | FRAME_ACK), got;
		static struct frame out;

		kernel_put(kernel->programs->maps.offloaded, &second, &row);
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 2, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_UNSPEC);
		assert_int_equal(flow_get(kernel, ipv6).state, SHUNT_FLOW_ANSWERED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_made_with_the_current_key_only),
		cmocka_unit_test(is_made_for_endpoints_with_a_fence_only),
		cmocka_unit_test(is_not_made_for_the_origin),
		cmocka_unit_test(is_of_the_next_endpoint_where_one_refuses),
		cmocka_unit_test(is_made_again_where_the_tuple_is_remembered),
		cmocka_unit_test(answer_names_why_the_fence_refused),
		cmocka_unit_test(refused_passport_leads_to_the_origin_by_policy),
		cmocka_unit_test(endpoint_that_is_no_target_is_not_chosen),
	};

	return cmocka_run_group_tests(tests, opening_setup, kernel_teardown);
}
