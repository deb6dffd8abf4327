// SPDX-License-Identifier: Apache-2.0
/*
 * A packet that completes a request which moves, and holds the beginning of the next one: what
 * the new leg gets is the client's stream, and no byte of a body is taken for a request.
 */
#include "flow.h"
#include "bpf/framing.h"

#define FIRST "GET /a HTTP/1.1\r\nx-shunt-context: mmeng\r\n\r\n"
#define SECOND "POST /b HTTP/1.1\r\nContent-Length: 43\r\n\r\n"
#define BODY "GET /c HTTP/1.1\r\nx-shunt-context: mmeng\r\n\r\n"

static const char stream[] = FIRST SECOND BODY;

#define FIRST_END (sizeof(FIRST) - 1)
#define SECOND_END (FIRST_END + sizeof(SECOND) - 1)

/* The origin is current, the client's next byte begins a request. */
static void put(struct kernel *kernel, __u8 leg_state)
{
	struct shunt_flow flow = flow_new(false);
	struct shunt_connection key = flow_connection(false), leg = flow_leg_connection(false);
	struct shunt_framing framing = {.requests.state = FRAMING_START,
					.requests.next = FLOW_CLIENT_NEXT,
					.reply = FLOW_REPLY - 100};

	flow.current = 0;
	flow.legs[1].state = leg_state;
	flow.legs[1].next_sequence = FLOW_ENDPOINT_SEQUENCE;
	flow.legs[1].next_reply = FLOW_ENDPOINT_REPLY;
	flow_put(kernel, false, &flow);
	if (leg_state == SHUNT_LEG_ABSENT)
		bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.legs), &leg);
	kernel_put(kernel->programs->maps.framing, &key, &framing);
}

/* The client sends its stream's bytes [from, to). */
static int send_part(struct kernel *kernel, size_t from, size_t to)
{
	struct frame_tcp tcp = flow_from_client(false), got;
	static struct frame out;

	tcp.sequence += from;
	tcp.payload = stream + from;
	tcp.payload_length = to - from;
	return flow_run(kernel->programs->progs.from_pod, &tcp, &out, &got);
}

/* All that is injected with a payload is the client's stream, at its own numbers. */
static void check_injected(struct kernel *kernel)
{
	static struct frame frame;
	struct frame_tcp got;

	while (!kernel_silent(kernel)) {
		assert_true(kernel_injected(kernel, &frame));
		assert_true(frame_read(&frame, &got));
		if (!got.payload_length)
			continue;
		assert_true(got.sequence - FLOW_CLIENT_NEXT + got.payload_length < sizeof(stream));
		assert_memory_equal(got.payload, stream + (got.sequence - FLOW_CLIENT_NEXT),
				    got.payload_length);
	}
}

/* After the bytes up to `sent` a request may begin only where one does. */
static void check_framing(struct kernel *kernel, size_t sent)
{
	struct shunt_connection key = flow_connection(false);
	struct shunt_framing framing;

	assert_true(kernel_get(kernel->programs->maps.framing, &key, &framing));
	if (framing.requests.state == FRAMING_BODY)
		assert_int_equal(framing.requests.remaining,
				 sizeof(BODY) - 1 - (sent - SECOND_END));
	else
		assert_true(framing.requests.state == FRAMING_HEAD ||
			    framing.requests.state == FRAMING_PINNED);
}

static void replays_the_clients_stream(void **state)
{
	for (size_t first = 5; first < FIRST_END; first += 7) {
		for (size_t second = FIRST_END; second < SECOND_END; second += 5) {
			put(*state, SHUNT_LEG_OPEN);
			send_part(*state, 0, first);
			send_part(*state, first, second);
			check_injected(*state);
			if (second > FIRST_END)
				check_framing(*state, second);
		}
	}
}

static void takes_no_body_for_a_request(void **state)
{
	for (size_t first = FIRST_END + 1; first < SECOND_END; first++) {
		put(*state, SHUNT_LEG_ABSENT);
		send_part(*state, 0, first);
		check_framing(*state, first);
		send_part(*state, first, SECOND_END + 2);
		check_framing(*state, SECOND_END + 2);
		check_injected(*state);
	}
}

static int setup(void **state)
{
	struct shunt_override_key key = {.context = "mmeng", .service = KERNEL_SERVICE};
	struct shunt_override value = {.id = 9, .service = KERNEL_SERVICE, .endpoint_count = 1};
	struct kernel *kernel;

	if (kernel_setup(state))
		return -1;
	kernel = *state;
	value.endpoints[0].address = kernel_address(flow_ends[false].endpoint);
	value.endpoints[0].port = FLOW_ENDPOINT_PORT;
	kernel_offloaded(kernel, &value.endpoints[0], KERNEL_SERVICE, SHUNT_FENCE_OFF);
	kernel_put(kernel->programs->maps.overrides, &key, &value);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replays_the_clients_stream),
		cmocka_unit_test(takes_no_body_for_a_request),
	};

	return cmocka_run_group_tests(tests, setup, kernel_teardown);
}
