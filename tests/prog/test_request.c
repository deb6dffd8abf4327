// SPDX-License-Identifier: Apache-2.0
/*
 * The table of request heads, in the kernel: each is sent on a new connection to a tracked
 * frontend, in segments of several sizes, and what `framing`, `held` and `stats` say then is what
 * the table expects.
 */
#include "client.h"
#include "override.h"
#include "bpf/framing.h"
#include "tests/cases/requests.h"

#define SEGMENT_MAX 1448

static __u8 expected_state(const struct request_case *row)
{
	if (row->result == HTTP_BAD ||
	    (row->result == HTTP_DONE && row->method & SHUNT_HEAD_CONNECT))
		return FRAMING_PINNED;
	if (row->result == HTTP_PARTIAL)
		return FRAMING_HEAD;
	if (row->framing & SHUNT_HEAD_CHUNKED)
		return FRAMING_CHUNK_SIZE;
	return row->content_length ? FRAMING_BODY : FRAMING_START;
}

static __u8 expected_reason(const struct request_case *row)
{
	if (row->result == HTTP_BAD)
		return row->reason;
	return expected_state(row) == FRAMING_PINNED ? SHUNT_REASON_UPGRADE : 0;
}

/* What is remembered for the next request, apart from what leads to this one. */
static __u8 expected_flags(const struct request_case *row)
{
	bool last =
		row->connection & SHUNT_HEAD_CLOSE ||
		(strstr(row->bytes, " HTTP/1.0\r\n") && !(row->connection & SHUNT_HEAD_KEEP_ALIVE));

	if (row->result != HTTP_DONE)
		return 0;
	return (last ? SHUNT_FRAMING_ENDED : 0) |
	       (row->connection & SHUNT_HEAD_UPGRADE ? SHUNT_FRAMING_UPGRADE : 0);
}

static bool framing_as_expected(const struct request_case *row, const struct shunt_framing *framing,
				size_t length)
{
	const struct shunt_stream *requests = &framing->requests;
	__u8 flags = framing->flags & (SHUNT_FRAMING_ENDED | SHUNT_FRAMING_UPGRADE);
	bool good = requests->state == expected_state(row) &&
		    requests->reason == expected_reason(row) && framing->start == CLIENT_FIRST &&
		    flags == expected_flags(row);

	if (row->result == HTTP_DONE)
		good = good && requests->next == CLIENT_FIRST + (__u32)length &&
		       requests->count == 1 &&
		       framing->methods == !!(row->method & SHUNT_HEAD_HEAD);
	if (row->result == HTTP_DONE && requests->state == FRAMING_BODY)
		good = good && requests->remaining == row->content_length;
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

/* What is counted of a request, and the requests of the override that its context has. */
struct counts {
	__u64 requests, unmarked, invalid, disagree, form, unknown, forged, overridden, reason;
	__u64 outcomes[SHUNT_OUTCOME_COUNT];
};

static struct counts counts_read(struct kernel *kernel, const struct request_case *row, __u32 id)
{
	__u8 reason = expected_reason(row);
	struct counts counts = {
		.requests = kernel_count(kernel, SHUNT_REASON_REQUEST),
		.unmarked = kernel_count(kernel, SHUNT_REASON_NO_MARKER),
		.invalid = kernel_count(kernel, SHUNT_REASON_MARKER_INVALID),
		.disagree = kernel_count(kernel, SHUNT_REASON_MARKERS_DISAGREE),
		.form = kernel_count(kernel, SHUNT_REASON_BY_HEADER + row->form),
		.unknown = kernel_count(kernel, SHUNT_REASON_UNKNOWN_CONTEXT),
		.forged = kernel_count(kernel, SHUNT_REASON_BAD_SIGNATURE),
		.overridden = override_requests(kernel, id),
		.reason = reason ? kernel_count(kernel, reason) : 0,
	};

	for (int i = 0; i < SHUNT_OUTCOME_COUNT; i++)
		counts.outcomes[i] = kernel_outcome(kernel, i);
	return counts;
}

/* The tag 0 is none: what is signed with it does not count. */
static struct counts counts_expected(const struct request_case *row, struct counts before)
{
	bool done = row->result == HTTP_DONE, forged = row->is_signed && !row->tag;

	before.requests += done;
	before.unmarked += done && !row->context;
	before.invalid += done && row->markers & SHUNT_HEAD_INVALID;
	before.disagree += done && row->markers & SHUNT_HEAD_DISAGREE;
	before.form += done && row->context;
	before.forged += done && forged;
	before.overridden += done && row->context && !forged;
	before.reason += !!expected_reason(row);
	before.outcomes[!row->context ? SHUNT_OUTCOME_UNMARKED
			: forged      ? SHUNT_OUTCOME_NOT_PERMITTED
				      : SHUNT_OUTCOME_KEPT] += done;
	return before;
}

/* The row's context has an override of its own. That there is no socket keeps the request here. */
static bool row_holds(struct kernel *kernel, const struct request_case *row, size_t step)
{
	__u32 id = 1 + (row - request_cases);
	struct shunt_connection connection = client_connection();
	struct shunt_framing framing = {};
	size_t length = row->length - row->trailing;
	struct counts before = counts_read(kernel, row, id), expected, after;
	bool sent, held, known;

	override_put(kernel, row->context, id, row->tag);
	sent = client_stream(kernel, &connection, row->bytes, length, step);
	held = held_as_expected(kernel, row, &connection);
	known = client_framing(kernel, &connection, &framing);
	override_remove(kernel, row->context);
	expected = counts_expected(row, before);
	after = counts_read(kernel, row, id);
	if (sent && known && held && framing_as_expected(row, &framing, length) &&
	    !memcmp(&expected, &after, sizeof(after)))
		return true;
	print_error("row \"%s\", segments of %zu: sent %d, held %d, state %u, reason %u, next %u, "
		    "remaining %llu, flags %#x, requests +%llu, unmarked +%llu, invalid +%llu, "
		    "disagree +%llu, form +%llu, unknown +%llu, forged +%llu, overridden +%llu, "
		    "reason +%llu\n",
		    row->name, step, sent, held, framing.requests.state, framing.requests.reason,
		    framing.requests.next - CLIENT_FIRST, framing.requests.remaining, framing.flags,
		    after.requests - before.requests, after.unmarked - before.unmarked,
		    after.invalid - before.invalid, after.disagree - before.disagree,
		    after.form - before.form, after.unknown - before.unknown,
		    after.forged - before.forged, after.overridden - before.overridden,
		    after.reason - before.reason);
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
