// SPDX-License-Identifier: Apache-2.0
/* Requests whose head cannot be read, on a connection whose last one went to an offloaded endpoint:
 * they are the origin's, and so is all that comes after them. */
#include "moving.h"

#define MARKED "GET / HTTP/1.1\r\nx-shunt-context: mmeng\r\n\r\n"

static const struct unreadable {
	const char *head;
	__u32 counted; /* enum shunt_reason */
} cases[] = {
	{"GET / HTTP/1.1\r\nHost : users\r\n\r\n", SHUNT_REASON_BAD_FIELD},
	{"GET / HTTP/1.1\r\nHost: users\r\n folded\r\n\r\n", SHUNT_REASON_OBS_FOLD},
	{"GET / HTTP/1.1\nHost: users\n\n", SHUNT_REASON_BAD_LINE_END},
	{"POST / HTTP/1.1\r\nContent-Length: 1,1\r\n\r\n", SHUNT_REASON_BAD_LENGTH},
	{"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
	 SHUNT_REASON_BAD_TRANSFER_ENCODING},
	{"GET /a b HTTP/1.1\r\n\r\n", SHUNT_REASON_BAD_REQUEST_LINE},
	{"\r\n" MARKED, SHUNT_REASON_NOT_HTTP},
	{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", SHUNT_REASON_HTTP2},
	{"\x16\x03\x01\x02tls", SHUNT_REASON_TLS},
	{"GET / HTTP/1.1\r\nx-shunt-context: mmeng\r\nHost : users\r\n\r\n",
	 SHUNT_REASON_BAD_FIELD},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

/* What the connection's next request is sent as does not count any more. */
static void check_stays(struct kernel *kernel, bool ipv6, size_t from)
{
	struct frame_tcp sent = moving_request(ipv6, MARKED, 0, strlen(MARKED)), got, onward;
	static struct frame out;

	sent.sequence += from;
	onward = moving_at_server(ipv6, 0, sent);
	assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
			 TC_ACT_UNSPEC);
	flow_same_segment(&got, &onward);
}

static void goes_to_the_origin(void **state)
{
	struct kernel *kernel = *state;

	for (size_t i = 0; i < 2 * CASES; i++) {
		const struct unreadable *row = &cases[i / 2];
		__u64 before = kernel_count(kernel, row->counted);
		bool ipv6 = i & 1;

		for (__u8 current = 0; current < 2; current++) {
			struct shunt_flow flow = moving_flow(ipv6, current);

			print_message("# %s, from leg %d\n", row->head, current);
			moving_put(kernel, ipv6, &flow);
			moving_check(kernel, ipv6, row->head, 0);
			check_stays(kernel, ipv6, strlen(row->head));
		}
		assert_int_equal(kernel_count(kernel, row->counted), before + 2);
		assert_true(kernel_silent(kernel));
	}
}

/* The answer before is under way: it belongs to the leg that is current. */
static void stays_while_another_one_is_answered(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_flow flow = moving_flow(false, 1);

	flow.reply_next += 1000;
	moving_put(kernel, false, &flow);
	moving_check(kernel, false, cases[0].head, 1);
}

/* Its leg got bytes of it and is reset; the origin gets all of them. */
static void goes_to_the_origin_in_two(void **state)
{
	struct kernel *kernel = *state;
	const char *head = cases[0].head;
	const size_t cut = 18, length = strlen(head);

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_flow flow = moving_flow(ipv6, 1);
		struct frame_tcp first = moving_request(ipv6, head, 0, cut), got;
		struct frame_tcp second = moving_request(ipv6, head, cut, length - cut);
		struct frame_tcp whole = moving_request(ipv6, head, 0, length);
		struct frame_tcp onward = moving_at_server(ipv6, 1, first);
		static struct frame out, injected;

		flow.legs[0].mss = 1460;
		moving_put(kernel, ipv6, &flow);
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &first, &out, &got),
				 TC_ACT_UNSPEC);
		flow_same_segment(&got, &onward);
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &second, &out, &got),
				 TC_ACT_SHOT);
		assert_true(kernel_injected(kernel, &injected));
		assert_true(frame_read(&injected, &got));
		assert_int_equal(got.flags, FRAME_RST | FRAME_ACK);
		assert_int_equal(got.sequence, FLOW_ENDPOINT_SEQUENCE + cut);
		assert_int_equal(got.destination_port, FLOW_ENDPOINT_PORT);
		assert_true(kernel_injected(kernel, &injected));
		onward = moving_at_server(ipv6, 0, whole);
		assert_int_equal(kernel_run(kernel->programs->progs.from_pod, &injected, &out),
				 TC_ACT_UNSPEC);
		assert_true(frame_read(&out, &got));
		flow_same_segment(&got, &onward);
		check_stays(kernel, ipv6, length);
		assert_true(kernel_silent(kernel));
	}
}

/* What is left of the head when it is known to be too long is still under way. */
static void goes_to_the_origin_where_it_is_too_large(void **state)
{
	static char head[SHUNT_HEAD_MAX + 600] = "GET / HTTP/1.1\r\ncookie: ";
	const size_t step = 1400;
	struct kernel *kernel = *state;
	struct shunt_flow flow = moving_flow(false, 1);
	__u64 before = kernel_count(kernel, SHUNT_REASON_HEAD_TOO_LARGE);
	static struct frame out, injected;
	struct frame_tcp sent, got;
	size_t at;

	memset(head + strlen(head), 'c', sizeof(head) - strlen(head));
	flow.legs[0].mss = 1460;
	moving_put(kernel, false, &flow);
	for (at = 0; at + step <= SHUNT_HEAD_MAX; at += step) {
		sent = moving_request(false, head, at, step);
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
				 TC_ACT_UNSPEC);
		assert_int_equal(got.destination_port, FLOW_ENDPOINT_PORT);
	}
	sent = moving_request(false, head, at, sizeof(head) - at);
	assert_int_equal(flow_run(kernel->programs->progs.from_pod, &sent, &out, &got),
			 TC_ACT_SHOT);
	assert_int_equal(kernel_count(kernel, SHUNT_REASON_HEAD_TOO_LARGE), before + 1);
	assert_int_equal(flow_get(kernel, false).current, 0);
	assert_true(kernel_injected(kernel, &injected));
	for (at = 0; at < sizeof(head); at += got.payload_length) {
		assert_true(kernel_injected(kernel, &injected));
		assert_true(frame_read(&injected, &got));
		assert_int_equal(got.destination_port, FLOW_ORIGIN_PORT);
		assert_int_equal(got.sequence, (__u32)(FLOW_CLIENT_NEXT + at));
		assert_memory_equal(got.payload, head + at, got.payload_length);
	}
	assert_int_equal(at, sizeof(head));
	assert_true(kernel_silent(kernel));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_to_the_origin),
		cmocka_unit_test(stays_while_another_one_is_answered),
		cmocka_unit_test(goes_to_the_origin_in_two),
		cmocka_unit_test(goes_to_the_origin_where_it_is_too_large),
	};

	return cmocka_run_group_tests(tests, moving_setup, kernel_teardown);
}
