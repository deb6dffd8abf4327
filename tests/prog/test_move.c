// SPDX-License-Identifier: Apache-2.0
/* Requests that change a connection's leg, or keep it, where the other leg is parked. */
#include "moving.h"

#define MARKED "GET / HTTP/1.1\r\nx-shunt-context: mmeng\r\n\r\n"
#define UNMARKED "GET / HTTP/1.1\r\nHost: users\r\n\r\n"

struct move_case {
	const char *name;
	const char *request;
	__u8 current, expected; /* legs before and after */
	bool busy; /* the answer before is not all acknowledged */
	const char *context; /* of the flow, afterwards */
	__u32 counted; /* enum shunt_reason */
};

static const struct move_case cases[] = {
	{"unmarked, to the origin", UNMARKED, 1, 0, false, "", SHUNT_REASON_MOVED_PARKED},
	{"marked, to the endpoint", MARKED, 0, 1, false, "mmeng", SHUNT_REASON_MOVED_PARKED},
	{"marked, stays", MARKED, 1, 1, false, "mmeng", SHUNT_REASON_STAYED},
	{"unmarked, stays", UNMARKED, 0, 0, false, "mmeng", SHUNT_REASON_STAYED},
	{"unknown context, to the origin", "GET / HTTP/1.1\r\nx-shunt-context: nobody\r\n\r\n", 1,
	 0, false, "", SHUNT_REASON_UNKNOWN_CONTEXT},
	{"no context's name, to the origin", "GET / HTTP/1.1\r\nx-shunt-context: mmeng!\r\n\r\n", 1,
	 0, false, "", SHUNT_REASON_NO_MARKER},
	{"unmarked, not yet", UNMARKED, 1, 1, true, "mmeng", SHUNT_REASON_PIPELINED},
	{"marked, not yet", MARKED, 0, 0, true, "mmeng", SHUNT_REASON_PIPELINED},
	{"upgrade moves", "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", 1, 0, false, "",
	 SHUNT_REASON_MOVED_PARKED},
	{"CONNECT moves, and pins", "CONNECT users:80 HTTP/1.1\r\n\r\n", 1, 0, false, "",
	 SHUNT_REASON_UPGRADE},
};

static void check_row(struct kernel *kernel, const struct move_case *row, bool ipv6)
{
	struct shunt_flow flow = moving_flow(ipv6, row->current), after;
	__u64 before = kernel_count(kernel, row->counted);

	if (row->busy)
		flow.reply_next += 1000;
	moving_put(kernel, ipv6, &flow);
	moving_check(kernel, ipv6, row->request, row->expected);
	after = flow_get(kernel, ipv6);
	assert_int_equal(after.moves, row->current != row->expected);
	assert_string_equal(after.context, row->context);
	assert_int_equal(kernel_count(kernel, row->counted), before + 1);
	if (row->current == 1 && row->expected == 0) {
		assert_int_equal(after.legs[1].next_sequence, FLOW_ENDPOINT_SEQUENCE);
		assert_int_equal(after.legs[1].next_reply, FLOW_ENDPOINT_REPLY);
	}
}

static void moves_where_it_should(void **state)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			print_message("# %s, IPv%d\n", cases[i].name, ipv6 ? 6 : 4);
			check_row(*state, &cases[i], ipv6);
		}
	}
	assert_true(kernel_silent(*state));
}

/* The request acknowledges what the leg that it leaves does not know to be received: a copy goes
 * on in its place, and it becomes that acknowledgement. */
static void acknowledges_where_it_leaves(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_flow flow = moving_flow(ipv6, 1);
		struct frame_tcp sent = moving_request(ipv6, UNMARKED, 0, strlen(UNMARKED)), got;
		struct frame_tcp acknowledgement =
			moving_at_server(ipv6, 1, flow_from_client(ipv6));
		struct frame_tcp onward = moving_at_server(ipv6, 0, sent);
		static struct frame out, copy;

		flow.client_reply -= 700;
		moving_put(kernel, ipv6, &flow);
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
				 TC_ACT_UNSPEC);
		flow_same_segment(&got, &acknowledgement);
		assert_true(kernel_injected(kernel, &copy));
		assert_int_equal(kernel_run(kernel->programs->progs.from_pod, &copy, &out),
				 TC_ACT_UNSPEC);
		assert_true(frame_read(&out, &got));
		flow_same_segment(&got, &onward);
		assert_true(kernel_silent(kernel));
	}
}

/* Moves follow each other, and the answer was one segment: its acknowledgement can wait for the next request
 * on the leg. */
static void acknowledges_later_where_the_leg_is_left_for_short(void **state)
{
	static const struct {
		__u64 age_ms;
		__u16 segment;
		bool later;
	} rows[] = {{5, 100, true}, {5, 99, false}, {50, 100, false}};
	struct kernel *kernel = *state;

	for (int k = 0; k < 6; k++) {
		bool ipv6 = k & 1, later = rows[k / 2].later;
		struct shunt_flow flow = moving_flow(ipv6, 1);
		static struct frame copy;

		flow.client_reply -= 100;
		flow.client_mss = 1400;
		flow.reply_length = rows[k / 2].segment;
		flow.moved_at = kernel_now() - rows[k / 2].age_ms * 1000000;
		moving_put(kernel, ipv6, &flow);
		if (later) {
			moving_check(kernel, ipv6, UNMARKED, 0);
		} else {
			struct frame_tcp sent = moving_request(ipv6, UNMARKED, 0, strlen(UNMARKED)),
					 got;

			assert_int_equal(
				flow_run(kernel->programs->progs.from_pod, &sent, &copy, &got),
				TC_ACT_UNSPEC);
			assert_int_equal(got.payload_length, 0);
			assert_true(kernel_injected(kernel, &copy));
		}
		assert_true(kernel_silent(kernel));
	}
}

/* A head in two packets: the first goes to the present leg; when the second is seen, that leg is
 * reset and the other gets the whole request. The second may have the first's bytes too, which the server has
 * acknowledged: the reset comes after them all the same. */
static void moves_a_head_that_came_in_two(void **state)
{
	struct kernel *kernel = *state;
	const size_t cut = 21;

	for (int k = 0; k < 4; k++) {
		bool ipv6 = k & 1;
		size_t from = k & 2 ? 0 : cut;
		struct shunt_flow flow = moving_flow(ipv6, 0);
		struct frame_tcp first = moving_request(ipv6, MARKED, 0, cut), got;
		struct frame_tcp second = moving_request(ipv6, MARKED, from, strlen(MARKED) - from);
		struct frame_tcp whole = moving_request(ipv6, MARKED, 0, strlen(MARKED));
		struct frame_tcp onward = moving_at_server(ipv6, 0, first);
		struct shunt_connection key = flow_connection(ipv6);
		static struct frame out, injected;

		moving_put(kernel, ipv6, &flow);
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &first, &out, &got),
				 TC_ACT_UNSPEC);
		flow_same_segment(&got, &onward);
		flow = flow_get(kernel, ipv6);
		flow.acknowledged += cut;
		kernel_put(kernel->programs->maps.flows, &key, &flow);
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &second, &out, &got),
				 TC_ACT_SHOT);
		assert_int_equal(flow_get(kernel, ipv6).legs[0].state, SHUNT_LEG_CLOSED);

		assert_true(kernel_injected(kernel, &injected));
		assert_true(frame_read(&injected, &got));
		assert_int_equal(got.flags, FRAME_RST | FRAME_ACK);
		assert_int_equal(got.sequence, FLOW_ORIGIN_SEQUENCE + cut);
		assert_memory_equal(&got.destination, &first.destination, 16);

		assert_true(kernel_injected(kernel, &injected));
		assert_true(frame_read(&injected, &got));
		flow_same_segment(&got, &whole);
		onward = moving_at_server(ipv6, 1, whole);
		assert_int_equal(kernel_run(kernel->programs->progs.from_pod, &injected, &out),
				 TC_ACT_UNSPEC);
		assert_true(frame_read(&out, &got));
		flow_same_segment(&got, &onward);
		assert_true(kernel_silent(kernel));
	}
}

/* The request before is answered already when the end of its body comes, in the next one's packet. The
 * new leg gets nothing of that body. */
static void holds_no_byte_before_the_request(void **state)
{
	static const char text[] = "GET /body HTTP/1.1\r\n\r\n" MARKED;
	const __u32 body = sizeof(text) - sizeof(MARKED);
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_connection key = flow_connection(ipv6),
					leg = flow_leg_connection(ipv6);
		struct frame_tcp sent = moving_request(ipv6, text, 0, sizeof(text) - 1), got;
		struct shunt_framing framing = {
			.requests = {.state = FRAMING_BODY,
				     .remaining = body,
				     .count = 1,
				     .next = FLOW_CLIENT_NEXT},
			.responses = {.state = FRAMING_START, .count = 1, .next = FLOW_REPLY},
		};
		struct shunt_flow flow = moving_flow(ipv6, 0);
		static struct shunt_held entry;
		static struct frame out;

		flow.legs[1].state = SHUNT_LEG_ABSENT;
		moving_put(kernel, ipv6, &flow);
		bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.legs), &leg);
		kernel_put(kernel->programs->maps.framing, &key, &framing);
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
				 TC_ACT_UNSPEC);
		assert_int_equal(got.flags, FRAME_SYN);
		assert_int_equal(got.sequence, FLOW_CLIENT_NEXT + body - 1);
		assert_true(kernel_get(kernel->programs->maps.held, &key, &entry));
		assert_int_equal(entry.length, strlen(MARKED));
		assert_memory_equal(entry.bytes, MARKED, strlen(MARKED));
		assert_int_equal(flow_get(kernel, ipv6).client_next,
				 (__u32)(FLOW_CLIENT_NEXT + sizeof(text) - 1));
	}
}

/* The parked leg's server lacks a byte of the request before: it is reset, and a SYN opens it anew. */
static void opens_a_leg_that_is_behind_anew(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_flow flow = moving_flow(ipv6, 1);
		struct frame_tcp sent = moving_request(ipv6, UNMARKED, 0, strlen(UNMARKED)), got;
		__u64 before = kernel_count(kernel, SHUNT_REASON_PARKED_BEHIND);
		struct shunt_connection key = flow_connection(ipv6);
		static struct shunt_held entry;
		static struct frame out, injected;

		flow.legs[0].acknowledged--;
		moving_put(kernel, ipv6, &flow);
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
				 TC_ACT_UNSPEC);
		assert_int_equal(got.flags, FRAME_SYN);
		assert_int_equal(got.sequence, FLOW_CLIENT_NEXT - 1);
		assert_memory_equal(&got.destination, &sent.destination, 16);
		assert_true(kernel_get(kernel->programs->maps.held, &key, &entry));
		assert_int_equal(entry.length, strlen(UNMARKED));
		assert_memory_equal(entry.bytes, UNMARKED, strlen(UNMARKED));
		assert_int_equal(kernel_count(kernel, SHUNT_REASON_PARKED_BEHIND), before + 1);
		assert_int_equal(flow_get(kernel, ipv6).legs[0].state, SHUNT_LEG_OPENING);
		assert_true(kernel_injected(kernel, &injected));
		assert_true(frame_read(&injected, &got));
		assert_int_equal(got.flags, FRAME_RST | FRAME_ACK);
		assert_int_equal(got.sequence, FLOW_ORIGIN_SEQUENCE);
		assert_true(kernel_silent(kernel));
	}
}

/* Without the client's socket, and its flow, a request stays and that is counted. */
static void stays_without_a_socket(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_flow flow = moving_flow(false, 0);
	struct shunt_connection key = flow_connection(false);
	struct frame_tcp sent = moving_request(false, MARKED, 0, strlen(MARKED)), got;
	__u64 before = kernel_count(kernel, SHUNT_REASON_NO_SOCKET);
	static struct frame out;

	moving_put(kernel, false, &flow);
	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.flows), &key);
	assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
			 TC_ACT_UNSPEC);
	flow_same_segment(&got, &sent);
	assert_int_equal(kernel_count(kernel, SHUNT_REASON_NO_SOCKET), before + 1);
	assert_false(kernel_get(kernel->programs->maps.flows, &key, &flow));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_where_it_should),
		cmocka_unit_test(acknowledges_where_it_leaves),
		cmocka_unit_test(acknowledges_later_where_the_leg_is_left_for_short),
		cmocka_unit_test(moves_a_head_that_came_in_two),
		cmocka_unit_test(holds_no_byte_before_the_request),
		cmocka_unit_test(opens_a_leg_that_is_behind_anew),
		cmocka_unit_test(stays_without_a_socket),
	};

	return cmocka_run_group_tests(tests, moving_setup, kernel_teardown);
}
