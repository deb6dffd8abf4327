// SPDX-License-Identifier: Apache-2.0
/* The table of clients' streams, in the kernel, cut into segments of several sizes. */
#include "client.h"
#include "override.h"
#include "tests/cases/streams.h"

#define EVIL_ID 666 /* of the override that no request of the table may reach */

/* Whether the row's requests are found in segments of those sizes: one of `first` bytes, then
 * others of `step`. */
static bool row_holds(struct kernel *kernel, const struct stream_case *row, size_t first,
		      size_t step)
{
	struct shunt_connection connection = client_connection();
	__u64 before = kernel_count(kernel, SHUNT_REASON_REQUEST), requests;
	bool sent = client_stream_cut(kernel, &connection, row->bytes, row->length, first, step);
	struct shunt_framing framing = {};
	bool known = client_framing(kernel, &connection, &framing);

	requests = kernel_count(kernel, SHUNT_REASON_REQUEST) - before;
	if (sent && known && framing.requests.state == row->state &&
	    framing.requests.reason == row->reason &&
	    (row->state == FRAMING_PINNED || framing.requests.remaining == row->remaining) &&
	    requests == stream_case_requests(row) && !override_requests(kernel, EVIL_ID))
		return true;
	print_error("row \"%s\", segments of %zu and %zu: sent %d, state %u, reason %u, "
		    "%llu left, %llu requests\n",
		    row->name, first, step, sent, framing.requests.state, framing.requests.reason,
		    framing.requests.remaining, requests);
	return false;
}

static void finds_requests_in_segments_of_any_size(void **state)
{
	static const size_t steps[] = {1448, 100, 50, 19, 7, 3, 1};
	size_t failed = 0;

	for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
		for (size_t i = 0; i < STREAM_CASE_COUNT; i++)
			failed += !row_holds(*state, &stream_cases[i], steps[k], steps[k]);
	}
	assert_int_equal(failed, 0);
	assert_true(kernel_silent(*state));
}

/* What means to be read in two ways is cut everywhere: a segment begins with each of its bytes. */
static void finds_hostile_requests_cut_anywhere(void **state)
{
	size_t failed = 0;

	for (size_t i = 0; i < STREAM_CASE_COUNT; i++) {
		const struct stream_case *row = &stream_cases[i];
		size_t last = row->length < 400 ? row->length : 400;

		for (size_t cut = 1; row->hostile && cut < last; cut++)
			failed += !row_holds(*state, row, cut, 1448);
	}
	assert_int_equal(failed, 0);
	assert_true(kernel_silent(*state));
}

static void gives_up_on_too_many_requests_in_a_packet(void **state)
{
	struct shunt_connection connection = client_connection();
	struct shunt_framing framing = {};
	char text[40 * 18 + 1] = "";

	for (int i = 0; i < 40; i++)
		strcat(text, "GET / HTTP/1.1\r\n\r\n");
	assert_true(client_stream(*state, &connection, text, strlen(text), strlen(text)));
	assert_true(client_framing(*state, &connection, &framing));
	assert_int_equal(framing.requests.state, FRAMING_PINNED);
	assert_int_equal(framing.requests.reason, SHUNT_REASON_TOO_MANY_REQUESTS);
}

struct piece {
	__u16 at, length; /* of the stream; length 0: the end of the list */
	__u32 acknowledgement;
};

/* Pieces of a stream that come in another order, twice, or not at all. */
static const struct order_case {
	const char *name;
	const char *bytes;
	struct piece pieces[6];
	__u8 state; /* enum framing_state, afterwards */
	__u16 next; /* what was followed up to */
	__u8 requests;
} orders[] = {
	{"twice", "GET / HTTP/1.1\r\n\r\n", {{0, 18, 1}, {0, 18, 1}}, FRAMING_START, 18, 1},
	{"the first part again, with more",
	 "GET / HTTP/1.1\r\n\r\n",
	 {{0, 10, 1}, {0, 18, 1}},
	 FRAMING_START,
	 18,
	 1},
	{"a body's pieces change places",
	 "PUT / HTTP/1.1\r\nContent-Length: 20\r\n\r\n"
	 "01234567890123456789GET / HTTP/1.1\r\n\r\n",
	 {{0, 40, 1}, {48, 10, 1}, {40, 8, 1}, {58, 18, 9}},
	 FRAMING_START,
	 76,
	 2},
	{"a body's last piece is missing",
	 "PUT / HTTP/1.1\r\nContent-Length: 20\r\n\r\n"
	 "01234567890123456789GET / HTTP/1.1\r\n\r\n",
	 {{0, 50, 1}, {58, 18, 9}},
	 FRAMING_START,
	 76,
	 2},
	/* These connections have no socket that could tell whether the rest will be sent again. */
	{"a head's pieces change places",
	 "GET / HTTP/1.1\r\nHost: users\r\n\r\n",
	 {{0, 10, 1}, {20, 11, 1}, {10, 10, 1}, {20, 11, 1}},
	 FRAMING_UNPROVEN,
	 31,
	 0},
	{"a head's middle comes late, its end not again",
	 "GET / HTTP/1.1\r\nHost: users\r\n\r\n"
	 "GET / HTTP/1.1\r\n\r\n",
	 {{0, 10, 1}, {20, 11, 1}, {10, 10, 1}, {31, 18, 500}},
	 FRAMING_UNPROVEN,
	 49,
	 0},
	{"a gap in a chunk's size",
	 "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "5\r\nhello\r\n0\r\n\r\n",
	 {{0, 46, 1}, {48, 13, 1}},
	 FRAMING_UNPROVEN,
	 61,
	 1},
};

static bool order_holds(struct kernel *kernel, const struct order_case *row)
{
	struct shunt_connection connection = client_connection();
	__u64 before = kernel_count(kernel, SHUNT_REASON_REQUEST), requests;
	bool sent = client_stream(kernel, &connection, NULL, 0, 1), known;
	struct shunt_framing framing = {};

	for (size_t i = 0; i < 6 && row->pieces[i].length; i++) {
		const struct piece *piece = &row->pieces[i];

		sent = sent && client_segment(kernel, &connection,
					      (struct frame_tcp){
						      .sequence = CLIENT_FIRST + piece->at,
						      .acknowledgement = piece->acknowledgement,
						      .flags = FRAME_ACK,
						      .payload = row->bytes + piece->at,
						      .payload_length = piece->length,
					      });
	}
	known = client_framing(kernel, &connection, &framing);
	requests = kernel_count(kernel, SHUNT_REASON_REQUEST) - before;
	if (sent && known && framing.requests.state == row->state &&
	    framing.requests.next == CLIENT_FIRST + row->next && requests == row->requests)
		return true;
	print_error("row \"%s\": sent %d, state %u, reason %u, next %u, %llu requests\n", row->name,
		    sent, framing.requests.state, framing.requests.reason,
		    framing.requests.next - CLIENT_FIRST, requests);
	return false;
}

static void bears_packets_in_another_order(void **state)
{
	size_t failed = 0;

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		failed += !order_holds(*state, &orders[i]);
	assert_int_equal(failed, 0);
	assert_true(kernel_silent(*state));
}

static int setup(void **state)
{
	int err = client_setup(state);

	if (!err)
		override_put(*state, "evil", EVIL_ID, 0);
	return err;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_requests_in_segments_of_any_size),
		cmocka_unit_test(finds_hostile_requests_cut_anywhere),
		cmocka_unit_test(gives_up_on_too_many_requests_in_a_packet),
		cmocka_unit_test(bears_packets_in_another_order),
	};

	return cmocka_run_group_tests(tests, setup, kernel_teardown);
}
