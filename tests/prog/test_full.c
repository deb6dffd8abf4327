// SPDX-License-Identifier: Apache-2.0
/*
 * Tables that are full: a request on a moved connection for which no other leg can be opened goes to the
 * origin, or is answered.
 */
#include "moving.h"
#include "opening.h"

static const char other[] = "GET / HTTP/1.1\r\nx-shunt-context: other\r\n\r\n";
static const char unmarked[] = "GET / HTTP/1.1\r\nhost: users\r\n\r\n";

/* Fills the map with elements of other connections, but for what is there. */
static void fill(struct bpf_map *map, const void *value)
{
	struct shunt_connection key = {.remote_port = 1};

	do {
		key.client_port++;
	} while (!bpf_map_update_elem(bpf_map__fd(map), &key, value, BPF_ANY));
	assert_int_equal(errno, E2BIG);
}

static void empty(struct bpf_map *map)
{
	struct shunt_connection key;

	while (!bpf_map_get_next_key(bpf_map__fd(map), NULL, &key))
		bpf_map_delete_elem(bpf_map__fd(map), &key);
}

/* An override of the context `other`, to an endpoint that no leg goes to. */
static void put_other_override(struct kernel *kernel, bool ipv6)
{
	struct shunt_override_key key = {.context = "other", .service = KERNEL_SERVICE};
	struct shunt_override value = {
		.id = MOVING_OVERRIDE + 1, .service = KERNEL_SERVICE, .endpoint_count = 1};

	value.endpoints[0].address = kernel_address(opening_second[ipv6]);
	value.endpoints[0].port = FLOW_ENDPOINT_PORT;
	kernel_offloaded(kernel, &value.endpoints[0], KERNEL_SERVICE, SHUNT_FENCE_OFF);
	kernel_put(kernel->programs->maps.overrides, &key, &value);
}

/* The connection is moved, with the leg `current`, and nothing more can be held. */
static void put_without_room(struct kernel *kernel, bool ipv6, const struct shunt_flow *flow)
{
	static const struct shunt_held value;

	empty(kernel->programs->maps.held);
	moving_put(kernel, ipv6, flow);
	put_other_override(kernel, ipv6);
	fill(kernel->programs->maps.held, &value);
}

static void sends_the_request_of_another_context_to_the_origin(void **state)
{
	struct kernel *kernel = *state;

	for (int i = 0; i < 4; i++) {
		struct shunt_flow flow = moving_flow(i & 1, i / 2);
		__u64 before = kernel_count(kernel, SHUNT_REASON_HELD_FULL);

		put_without_room(kernel, i & 1, &flow);
		moving_check(kernel, i & 1, other, 0);
		assert_int_equal(kernel_count(kernel, SHUNT_REASON_HELD_FULL), before + 1);
	}
	assert_true(kernel_silent(kernel));
}

/* The origin's leg would have to be opened too. */
static void leaves_the_request_where_the_connection_is(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_flow flow = moving_flow(ipv6, 1);
		__u64 before = kernel_count(kernel, SHUNT_REASON_HELD_FULL);

		flow.legs[0].state = SHUNT_LEG_CLOSED;
		put_without_room(kernel, ipv6, &flow);
		moving_check(kernel, ipv6, unmarked, 1);
		assert_int_equal(kernel_count(kernel, SHUNT_REASON_HELD_FULL), before + 1);
	}
	assert_true(kernel_silent(kernel));
}

static void answers_where_no_leg_can_be_entered(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp sent = moving_request(ipv6, other, 0, strlen(other)), got;
		struct shunt_flow flow = moving_flow(ipv6, 1);
		static const struct shunt_leg_owner value;
		static struct frame out;

		empty(kernel->programs->maps.held);
		empty(kernel->programs->maps.legs);
		moving_put(kernel, ipv6, &flow);
		put_other_override(kernel, ipv6);
		fill(kernel->programs->maps.legs, &value);
		flow_run(kernel->programs->progs.from_pod, &sent, &out, &got);
		assert_non_null(memmem(got.payload, got.payload_length, "reason=legs_full", 16));
		assert_int_equal(flow_get(kernel, ipv6).state, SHUNT_FLOW_ANSWERED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_the_request_of_another_context_to_the_origin),
		cmocka_unit_test(leaves_the_request_where_the_connection_is),
		cmocka_unit_test(answers_where_no_leg_can_be_entered),
	};

	return cmocka_run_group_tests(tests, moving_setup, kernel_teardown);
}
