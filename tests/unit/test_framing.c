// SPDX-License-Identifier: Apache-2.0
/* Where the requests of a stream begin, however the stream is cut into packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tests/cases/streams.h"
#include "head.h"
#include "stream.h"

static bool ends_as_expected(const struct stream_case *row, const struct stream *stream,
			     size_t first, size_t step)
{
	bool good = stream->requests.state == row->state &&
		    stream->requests.reason == row->reason && !stream->evil &&
		    stream->count == stream_case_requests(row);

	/* What is left of a chunk is of no interest in a pinned connection. */
	if (row->state != FRAMING_PINNED)
		good = good && stream->requests.remaining == row->remaining;
	for (size_t i = 0; good && i < stream->count; i++)
		good = stream->starts[i] == row->starts[i];
	if (!good)
		print_error("row \"%s\", cut at %zu, then each %zu: state %u, reason %u, "
			    "%llu left, %zu requests, the last at %zu\n",
			    row->name, first, step, stream->requests.state, stream->requests.reason,
			    stream->requests.remaining, stream->count,
			    stream->count ? stream->starts[stream->count - 1] : 0);
	return good;
}

/* Follows the row in one piece of `first` bytes, then in pieces of `step` bytes. */
static bool follow(const struct stream_case *row, size_t first, size_t step)
{
	static struct stream stream;
	size_t at = first;

	stream_init(&stream, head_markers());
	stream_follow(&stream, row->bytes, first);
	while (at < row->length) {
		size_t size = row->length - at < step ? row->length - at : step;

		stream_follow(&stream, row->bytes + at, size);
		at += size;
	}
	return ends_as_expected(row, &stream, first, step);
}

static void finds_requests_of_whole_streams(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < STREAM_CASE_COUNT; i++)
		failed += !follow(&stream_cases[i], stream_cases[i].length, 1);
	assert_int_equal(failed, 0);
}

static void finds_requests_of_streams_cut_in_two(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < STREAM_CASE_COUNT; i++) {
		for (size_t cut = 1; cut < stream_cases[i].length; cut++)
			failed += !follow(&stream_cases[i], cut, SIZE_MAX);
	}
	assert_int_equal(failed, 0);
}

static void finds_requests_of_streams_in_small_pieces(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < STREAM_CASE_COUNT; i++) {
		for (size_t step = 1; step <= 7; step++)
			failed += !follow(&stream_cases[i], 0, step);
	}
	assert_int_equal(failed, 0);
}

static void skips_no_more_than_a_body_has(void **state)
{
	struct shunt_stream stream = {.state = FRAMING_BODY, .remaining = 10};

	(void)state;
	assert_int_equal(framing_skip(&stream, 4), 4);
	assert_int_equal(stream.remaining, 6);
	assert_int_equal(stream.state, FRAMING_BODY);
	assert_int_equal(framing_skip(&stream, 7), 6);
	assert_int_equal(stream.state, FRAMING_START);

	stream.state = FRAMING_CHUNK_DATA;
	stream.remaining = 10;
	assert_int_equal(framing_skip(&stream, 10), 10);
	assert_int_equal(stream.state, FRAMING_CHUNK_DATA_CR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_requests_of_whole_streams),
		cmocka_unit_test(finds_requests_of_streams_cut_in_two),
		cmocka_unit_test(finds_requests_of_streams_in_small_pieces),
		cmocka_unit_test(skips_no_more_than_a_body_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
