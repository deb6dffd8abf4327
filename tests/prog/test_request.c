// SPDX-License-Identifier: Apache-2.0
/*
 * The table of request heads, in the kernel: each is sent on a new connection to a tracked
 * frontend, in segments of several sizes, and what `framing`, `held` and `stats` say then is what
 * the table expects.
 */
#include "client.h"
#include "bpf/framing.h"
#include "tests/cases/requests.h"

#define SEGMENT_MAX 1448

static __u8 expected_state(const struct request_case *row)
{
	if (row->result == HTTP_BAD || (row->result == HTTP_DONE && row->upgrade))
		return FRAMING_PINNED;
	if (row->result == HTTP_PARTIAL)
		return FRAMING_HEAD;
	if (row->body == HTTP_BODY_LENGTH)
		return FRAMING_BODY;
	return row->body == HTTP_BODY_CHUNKED ? FRAMING_CHUNK_SIZE : FRAMING_START;
}

static __u8 expected_reason(const struct request_case *row)
{
	if (row->result == HTTP_BAD)
		return row->reason;
	return row->result == HTTP_DONE && row->upgrade ? SHUNT_REASON_UPGRADE : 0;
}

static bool framing_as_expected(const struct request_case *row, const struct shunt_framing *framing,
				size_t length)
{
	bool good = framing->state == expected_state(row) &&
		    framing->reason == expected_reason(row) && framing->start == CLIENT_FIRST;

	if (row->result == HTTP_DONE)
		good = good && framing->next == CLIENT_FIRST + (__u32)length;
	if (row->result == HTTP_DONE && framing->state == FRAMING_BODY)
		good = good && framing->remaining == row->content_length;
	return good;
}

/* An incomplete head is held whole; nothing else is held. */
static bool held_as_expected(struct kernel *kernel, const struct request_case *row,
			     const struct shunt_connection *connection)
{
	static struct shunt_held entry;
	bool held = kernel_get(kernel->programs->maps.held, connection, &entry);

	if (row->result != HTTP_PARTIAL)
		return !held;
	return held && entry.length == row->length && !memcmp(entry.bytes, row->bytes, row->length);
}

struct counts {
	__u64 requests, no_marker, unknown_context, reason;
};

static struct counts counts_read(struct kernel *kernel, __u8 reason)
{
	return (struct counts){
		.requests = kernel_count(kernel, SHUNT_REASON_REQUEST),
		.no_marker = kernel_count(kernel, SHUNT_REASON_NO_MARKER),
		.unknown_context = kernel_count(kernel, SHUNT_REASON_UNKNOWN_CONTEXT),
		.reason = reason ? kernel_count(kernel, reason) : 0,
	};
}

static bool counted_as_expected(const struct request_case *row, struct counts before,
				struct counts after)
{
	bool done = row->result == HTTP_DONE;

	return after.requests == before.requests + done &&
	       after.no_marker == before.no_marker + (done && !row->marker) &&
	       after.unknown_context == before.unknown_context + (done && row->marker) &&
	       after.reason == before.reason + !!expected_reason(row);
}

static bool row_holds(struct kernel *kernel, const struct request_case *row, size_t step)
{
	struct shunt_connection connection = client_connection();
	struct shunt_framing framing = {};
	size_t length = row->length - row->trailing;
	struct counts before = counts_read(kernel, expected_reason(row)), after;
	bool sent = client_stream(kernel, &connection, row->bytes, length, step);
	bool held = held_as_expected(kernel, row, &connection);
	bool known = client_framing(kernel, &connection, &framing);

	after = counts_read(kernel, expected_reason(row));
	if (sent && known && held && framing_as_expected(row, &framing, length) &&
	    counted_as_expected(row, before, after))
		return true;
	print_error("row \"%s\", segments of %zu: sent %d, held %d, state %u, reason %u, next %u, "
		    "remaining %llu, requests +%llu, unmarked +%llu, unknown +%llu, reason +%llu\n",
		    row->name, step, sent, held, framing.state, framing.reason,
		    framing.next - CLIENT_FIRST, framing.remaining,
		    after.requests - before.requests, after.no_marker - before.no_marker,
		    after.unknown_context - before.unknown_context, after.reason - before.reason);
	return false;
}

static void check_rows(struct kernel *kernel, size_t step, size_t longest)
{
	size_t failed = 0;

	for (size_t i = 0; i < REQUEST_CASE_COUNT; i++) {
		if (request_cases[i].length <= longest)
			failed += !row_holds(kernel, &request_cases[i], step);
	}
	assert_int_equal(failed, 0);
	assert_true(kernel_silent(kernel));
}

static void understands_every_head(void **state)
{
	check_rows(*state, SEGMENT_MAX, SIZE_MAX);
}

static void understands_heads_in_large_segments(void **state)
{
	check_rows(*state, 3400, SIZE_MAX);
}

static void understands_heads_cut_into_pieces(void **state)
{
	check_rows(*state, 7, SIZE_MAX);
}

static void understands_heads_byte_by_byte(void **state)
{
	check_rows(*state, 1, 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands_every_head),
		cmocka_unit_test(understands_heads_in_large_segments),
		cmocka_unit_test(understands_heads_cut_into_pieces),
		cmocka_unit_test(understands_heads_byte_by_byte),
	};

	return cmocka_run_group_tests(tests, client_setup, kernel_teardown);
}
