// SPDX-License-Identifier: Apache-2.0
/* Requests that change a connection's leg, or keep it, where the other leg is parked. */
#include "flow.h"
#include "bpf/framing.h"

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

/* The other leg is parked at its end's numbers. */
static struct shunt_flow flow_with(bool ipv6, __u8 current)
{
	struct shunt_flow flow = flow_new(ipv6);

	flow.current = current;
	if (!current) {
		flow.legs[1].next_sequence = FLOW_ENDPOINT_SEQUENCE;
		flow.legs[1].next_reply = FLOW_ENDPOINT_REPLY;
		flow.legs[1].acknowledged = FLOW_ENDPOINT_SEQUENCE;
	}
	return flow;
}

/* The client's next byte begins a request; the server has spoken since its last. */
static void put(struct kernel *kernel, bool ipv6, const struct shunt_flow *flow)
{
	struct shunt_connection key = flow_connection(ipv6);
	struct shunt_framing framing = {.requests.state = FRAMING_START,
					.requests.next = FLOW_CLIENT_NEXT,
					.reply = FLOW_REPLY - 100};

	flow_put(kernel, ipv6, flow);
	kernel_put(kernel->programs->maps.framing, &key, &framing);
}

static struct frame_tcp request(bool ipv6, const char *text, size_t from, size_t length)
{
	struct frame_tcp tcp = flow_from_client(ipv6);

	tcp.sequence += from;
	tcp.flags = FRAME_ACK | FRAME_PSH;
	tcp.payload = text + from;
	tcp.payload_length = length;
	return tcp;
}

/* The client's segment as the server of leg `index` must get it. */
static struct frame_tcp at_server(bool ipv6, int index, struct frame_tcp tcp)
{
	if (index) {
		tcp.destination = kernel_address(flow_ends[ipv6].endpoint);
		tcp.destination_port = FLOW_ENDPOINT_PORT;
		memcpy(tcp.destination_mac, flow_endpoint_mac, 6);
	}
	tcp.sequence += (index ? FLOW_ENDPOINT_SEQUENCE : FLOW_ORIGIN_SEQUENCE) - FLOW_CLIENT_NEXT;
	tcp.acknowledgement += (index ? FLOW_ENDPOINT_REPLY : FLOW_ORIGIN_REPLY) - FLOW_REPLY;
	return tcp;
}

static void check_row(struct kernel *kernel, const struct move_case *row, bool ipv6)
{
	struct shunt_flow flow = flow_with(ipv6, row->current), after;
	struct frame_tcp sent = request(ipv6, row->request, 0, strlen(row->request)), got;
	struct frame_tcp expected = at_server(ipv6, row->expected, sent);
	__u64 before = kernel_count(kernel, row->counted);
	static struct frame out;

	if (row->busy)
		flow.reply_next += 1000;
	put(kernel, ipv6, &flow);
	assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
			 TC_ACT_UNSPEC);
	flow_same_segment(&got, &expected);
	after = flow_get(kernel, ipv6);
	assert_int_equal(after.current, row->expected);
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
		struct shunt_flow flow = flow_with(ipv6, 1);
		struct frame_tcp sent = request(ipv6, UNMARKED, 0, strlen(UNMARKED)), got;
		struct frame_tcp acknowledgement = at_server(ipv6, 1, flow_from_client(ipv6));
		struct frame_tcp onward = at_server(ipv6, 0, sent);
		static struct frame out, copy;

		flow.client_reply -= 700;
		put(kernel, ipv6, &flow);
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

/* A head in two packets: the first goes to the present leg; when the second is seen, that leg is
 * reset and the other gets the whole request. */
static void moves_a_head_that_came_in_two(void **state)
{
	struct kernel *kernel = *state;
	const size_t cut = 21;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_flow flow = flow_with(ipv6, 0);
		struct frame_tcp first = request(ipv6, MARKED, 0, cut), got;
		struct frame_tcp second = request(ipv6, MARKED, cut, strlen(MARKED) - cut);
		struct frame_tcp whole = request(ipv6, MARKED, 0, strlen(MARKED));
		struct frame_tcp onward = at_server(ipv6, 0, first);
		static struct frame out, injected;

		put(kernel, ipv6, &flow);
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &first, &out, &got),
				 TC_ACT_UNSPEC);
		flow_same_segment(&got, &onward);
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
		onward = at_server(ipv6, 1, whole);
		assert_int_equal(kernel_run(kernel->programs->progs.from_pod, &injected, &out),
				 TC_ACT_UNSPEC);
		assert_true(frame_read(&out, &got));
		flow_same_segment(&got, &onward);
		assert_true(kernel_silent(kernel));
	}
}

/* The parked leg's server lacks a byte of the request before: it is reset, and a SYN opens it anew. */
static void opens_a_leg_that_is_behind_anew(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_flow flow = flow_with(ipv6, 1);
		struct frame_tcp sent = request(ipv6, UNMARKED, 0, strlen(UNMARKED)), got;
		__u64 before = kernel_count(kernel, SHUNT_REASON_PARKED_BEHIND);
		static struct frame out, injected;

		flow.legs[0].acknowledged--;
		put(kernel, ipv6, &flow);
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
				 TC_ACT_UNSPEC);
		assert_int_equal(got.flags, FRAME_SYN);
		assert_int_equal(got.sequence, FLOW_CLIENT_NEXT - 1);
		assert_memory_equal(&got.destination, &sent.destination, 16);
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
	struct shunt_flow flow = flow_with(false, 0);
	struct shunt_connection key = flow_connection(false);
	struct frame_tcp sent = request(false, MARKED, 0, strlen(MARKED)), got;
	__u64 before = kernel_count(kernel, SHUNT_REASON_NO_SOCKET);
	static struct frame out;

	put(kernel, false, &flow);
	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.flows), &key);
	assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
			 TC_ACT_UNSPEC);
	flow_same_segment(&got, &sent);
	assert_int_equal(kernel_count(kernel, SHUNT_REASON_NO_SOCKET), before + 1);
	assert_false(kernel_get(kernel->programs->maps.flows, &key, &flow));
}

static int setup(void **state)
{
	struct shunt_override_key key = {.context = "mmeng", .service = KERNEL_SERVICE};
	struct shunt_override value = {.id = 9, .service = KERNEL_SERVICE, .endpoint_count = 2};
	struct kernel *kernel;

	if (kernel_setup(state))
		return -1;
	kernel = *state;
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_offloaded offloaded = {.service = KERNEL_SERVICE};

		value.endpoints[ipv6].address = kernel_address(flow_ends[ipv6].endpoint);
		value.endpoints[ipv6].port = FLOW_ENDPOINT_PORT;
		kernel_put(kernel->programs->maps.offloaded, &value.endpoints[ipv6], &offloaded);
	}
	kernel_put(kernel->programs->maps.overrides, &key, &value);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_where_it_should),
		cmocka_unit_test(acknowledges_where_it_leaves),
		cmocka_unit_test(moves_a_head_that_came_in_two),
		cmocka_unit_test(opens_a_leg_that_is_behind_anew),
		cmocka_unit_test(stays_without_a_socket),
	};

	return cmocka_run_group_tests(tests, setup, kernel_teardown);
}
