// SPDX-License-Identifier: Apache-2.0
/*
 * The table of request heads, in the kernel: each is sent on a new connection to a tracked
 * frontend, in segments of several sizes, and what `framing`, `held` and `stats` say then is what
 * the table expects.
 */
#include "kernel.h"
#include "bpf/framing.h"
#include "tests/cases/requests.h"

#define CLIENT "10.9.0.2"
#define ORIGIN "10.9.1.1"
#define FIRST (0U - 150) /* sequence number of the first byte: it wraps */
#define SEGMENT_MAX 1448

static __u16 next_port = 1024;

static struct shunt_connection connection_new(void)
{
	return (struct shunt_connection){.client = kernel_address(CLIENT),
					 .remote = kernel_address(ORIGIN),
					 .client_port = next_port++,
					 .remote_port = 80};
}

/* Sends a segment through from_pod; whether it went on as it was. */
static bool send_segment(struct kernel *kernel, const struct shunt_connection *connection,
			 struct frame_tcp tcp)
{
	static struct frame in, out;

	tcp.source = connection->client;
	tcp.destination = connection->remote;
	tcp.source_port = connection->client_port;
	tcp.destination_port = connection->remote_port;
	tcp.window = 500;
	frame_build(&in, &tcp);
	return kernel_run(kernel->programs->progs.from_pod, &in, &out) == TC_ACT_UNSPEC &&
	       out.length == in.length && !memcmp(in.bytes, out.bytes, in.length);
}

/* Opens the connection and sends the bytes in segments of at most `step`. */
static bool send_all(struct kernel *kernel, const struct shunt_connection *connection,
		     const char *bytes, size_t length, size_t step)
{
	bool good = send_segment(kernel, connection,
				 (struct frame_tcp){.sequence = FIRST - 1, .flags = FRAME_SYN});

	for (size_t at = 0; at < length && good; at += step) {
		size_t size = length - at < step ? length - at : step;

		good = send_segment(kernel, connection,
				    (struct frame_tcp){.sequence = FIRST + at,
						       .acknowledgement = 1,
						       .flags = FRAME_ACK | FRAME_PSH,
						       .payload = bytes + at,
						       .payload_length = size});
	}
	return good;
}

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
		    framing->reason == expected_reason(row) && framing->start == FIRST;

	if (row->result == HTTP_DONE)
		good = good && framing->next == FIRST + (__u32)length;
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
	struct shunt_connection connection = connection_new();
	struct shunt_framing framing = {};
	size_t length = row->length - row->trailing;
	struct counts before = counts_read(kernel, expected_reason(row)), after;
	bool sent = send_all(kernel, &connection, row->bytes, length, step);
	bool known = kernel_get(kernel->programs->maps.framing, &connection, &framing);
	bool held = held_as_expected(kernel, row, &connection);

	after = counts_read(kernel, expected_reason(row));
	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.held), &connection);
	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.framing), &connection);
	if (sent && known && held && framing_as_expected(row, &framing, length) &&
	    counted_as_expected(row, before, after))
		return true;
	print_error("row \"%s\", segments of %zu: sent %d, held %d, state %u, reason %u, next %u, "
		    "remaining %llu, requests +%llu, unmarked +%llu, unknown +%llu, reason +%llu\n",
		    row->name, step, sent, held, framing.state, framing.reason,
		    framing.next - FIRST, framing.remaining, after.requests - before.requests,
		    after.no_marker - before.no_marker,
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

static int setup(void **state)
{
	int err = kernel_setup(state);

	if (!err)
		kernel_frontend(*state, ORIGIN, 80, SHUNT_FRONTEND_TRACKED);
	return err;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands_every_head),
		cmocka_unit_test(understands_heads_in_large_segments),
		cmocka_unit_test(understands_heads_cut_into_pieces),
		cmocka_unit_test(understands_heads_byte_by_byte),
	};

	return cmocka_run_group_tests(tests, setup, kernel_teardown);
}
