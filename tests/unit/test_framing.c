// SPDX-License-Identifier: Apache-2.0
/* Where the requests of a stream begin, however the stream is cut into packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "stream.h"

#define G "GET / HTTP/1.1\r\n\r\n" /* 18 bytes */
#define P(length) "PUT / HTTP/1.1\r\nContent-Length: " length "\r\n\r\n" /* 36 and the digits */
#define FIVE "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1\r\nd\r\n1\r\ne\r\n" /* chunks, 30 bytes */
#define C "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" /* 46 bytes */

struct stream_case {
	const char *name;
	const char *bytes;
	size_t length;
	__u8 state; /* enum framing_state, after all */
	__u8 reason; /* enum shunt_reason where FRAMING_PINNED */
	__u64 remaining; /* of a body or a chunk */
	size_t starts[8]; /* where requests begin; the first at 0, so a later 0 ends the list */
};

#define TEXT(t) .bytes = (t), .length = sizeof(t) - 1
#define PINNED(why) .state = FRAMING_PINNED, .reason = SHUNT_REASON_##why

static const struct stream_case cases[] = {
	{"one request", TEXT(G), .state = FRAMING_START},
	{"three requests", TEXT(G G G), .state = FRAMING_START, .starts = {0, 18, 36}},
	{"half a second head", TEXT(G "GET / HT"), .state = FRAMING_HEAD},
	{"body, then a request", TEXT(P("5") "hello" G), .state = FRAMING_START, .starts = {0, 42}},
	{"body of one byte", TEXT(P("1") "x" G), .state = FRAMING_START, .starts = {0, 38}},
	{"body of 0 bytes", TEXT(P("0") G), .state = FRAMING_START, .starts = {0, 37}},
	{"body cut short", TEXT(P("10") "hello"), .state = FRAMING_BODY, .remaining = 5},
	{"body that looks like a request", TEXT(P("36") G G G), .state = FRAMING_START,
	 .starts = {0, 74}},
	{"huge body", TEXT(P("999999999999999999") G), .state = FRAMING_BODY,
	 .remaining = 999999999999999999 - 18},
	{"two bodies", TEXT(P("3") "abc" P("4") "abcd" G), .state = FRAMING_START,
	 .starts = {0, 40, 81}},
	{"garbage after a body", TEXT(P("5") "hello\r\n" G), PINNED(NOT_HTTP)},
	{"garbage after a request", TEXT(G "\r\n" G), PINNED(NOT_HTTP)},
	{"bad second head", TEXT(G "GET /\n"), PINNED(BAD_LINE_END)},
	{"bad head, nothing more is looked at", TEXT("GET / HTTP/1.1\r\na b\r\n\r\n" G),
	 PINNED(BAD_FIELD), .starts = {SIZE_MAX}},

	{"chunked", TEXT(C "5\r\nhello\r\n0\r\n\r\n" G), .state = FRAMING_START, .starts = {0, 61}},
	{"chunked, empty", TEXT(C "0\r\n\r\n" G), .state = FRAMING_START, .starts = {0, 51}},
	{"chunked, several zeros", TEXT(C "0000\r\n\r\n" G), .state = FRAMING_START,
	 .starts = {0, 54}},
	{"chunked, three chunks", TEXT(C "1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n" G),
	 .state = FRAMING_START, .starts = {0, 72}},
	{"chunked, hex in both cases",
	 TEXT(C "0a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n" G), .state = FRAMING_START,
	 .starts = {0, 83}},
	{"chunked twice", TEXT(C "1\r\na\r\n0\r\n\r\n" C "0\r\n\r\n" G), .state = FRAMING_START,
	 .starts = {0, 57, 108}},
	{"chunked, then a body", TEXT(C "0\r\n\r\n" P("2") "ab" G), .state = FRAMING_START,
	 .starts = {0, 51, 90}},
	{"chunked, twenty chunks",
	 TEXT(C FIVE FIVE FIVE FIVE "0\r\n\r\n" C FIVE FIVE FIVE FIVE "0\r\n\r\n" G),
	 .state = FRAMING_START, .starts = {0, 171, 342}},
	{"chunk extension", TEXT(C "1;a=b\r\nx\r\n0;c\r\n\r\n" G), .state = FRAMING_START,
	 .starts = {0, 63}},
	{"chunk extension, quoted", TEXT(C "1;a=\"b;c\t\"\r\nx\r\n0\r\n\r\n" G),
	 .state = FRAMING_START, .starts = {0, 66}},
	{"chunk extension in UTF-8", TEXT(C "1;\xc3\xa4\r\nx\r\n0\r\n\r\n" G),
	 .state = FRAMING_START, .starts = {0, 60}},
	{"trailer", TEXT(C "0\r\nX-Sum: 1\r\n\r\n" G), .state = FRAMING_START, .starts = {0, 61}},
	{"trailers", TEXT(C "0\r\na: b\r\nc: d\r\n\r\n" G), .state = FRAMING_START,
	 .starts = {0, 63}},
	{"trailer of one character", TEXT(C "0\r\na\r\n\r\n" G), .state = FRAMING_START,
	 .starts = {0, 54}},
	{"trailer that looks like a request", TEXT(C "0\r\n" G), .state = FRAMING_START},
	{"chunk that looks like a request", TEXT(C "12\r\n" G "\r\n0\r\n\r\n" G),
	 .state = FRAMING_START, .starts = {0, 75}},
	{"chunk that looks like the last", TEXT(C "5\r\n0\r\n\r\n\r\n0\r\n\r\n" G),
	 .state = FRAMING_START, .starts = {0, 61}},
	{"chunk cut short", TEXT(C "ff\r\nhello"), .state = FRAMING_CHUNK_DATA, .remaining = 250},
	{"chunk size cut short", TEXT(C "f"), .state = FRAMING_CHUNK_SIZE, .remaining = 15},
	{"chunk size and CR", TEXT(C "f\r"), .state = FRAMING_CHUNK_SIZE_LF, .remaining = 15},
	{"chunk without its CR", TEXT(C "1\r\na"), .state = FRAMING_CHUNK_DATA_CR},
	{"chunk without its LF", TEXT(C "1\r\na\r"), .state = FRAMING_CHUNK_DATA_LF},
	{"extension cut short", TEXT(C "1;a"), .state = FRAMING_CHUNK_EXTENSION, .remaining = 1},
	{"last chunk alone", TEXT(C "0\r\n"), .state = FRAMING_TRAILER_START},
	{"trailer cut short", TEXT(C "0\r\nX-S"), .state = FRAMING_TRAILER},
	{"trailer without its LF", TEXT(C "0\r\nX: 1\r"), .state = FRAMING_TRAILER_LF},
	{"last LF is missing", TEXT(C "0\r\n\r"), .state = FRAMING_END_LF},
	{"largest chunk size", TEXT(C "fffffffffffffff\r\n" G), .state = FRAMING_CHUNK_DATA,
	 .remaining = 0xfffffffffffffff - 18},
	{"chunk size of 16 digits", TEXT(C "1000000000000000\r\n" G), PINNED(BAD_CHUNK)},
	{"chunk size of 16 zeros", TEXT(C "0000000000000000\r\n\r\n" G), PINNED(BAD_CHUNK)},
	{"chunk size that wraps to 5", TEXT(C "10000000000000005\r\nhello\r\n"), PINNED(BAD_CHUNK)},
	{"no chunk size", TEXT(C "\r\n"), PINNED(BAD_CHUNK)},
	{"extension without a size", TEXT(C ";a\r\n"), PINNED(BAD_CHUNK)},
	{"chunk size with 0x", TEXT(C "0x5\r\nhello\r\n"), PINNED(BAD_CHUNK)},
	{"chunk size with +", TEXT(C "+5\r\nhello\r\n"), PINNED(BAD_CHUNK)},
	{"chunk size with -", TEXT(C "-5\r\nhello\r\n"), PINNED(BAD_CHUNK)},
	{"chunk size after a space", TEXT(C " 5\r\nhello\r\n"), PINNED(BAD_CHUNK)},
	{"chunk size before a space", TEXT(C "5 \r\nhello\r\n"), PINNED(BAD_CHUNK)},
	{"chunk size with a letter", TEXT(C "5g\r\nhello\r\n"), PINNED(BAD_CHUNK)},
	{"chunk size between the letters of ASCII", TEXT(C "5`\r\n"), PINNED(BAD_CHUNK)},
	{"chunk size and a bare LF", TEXT(C "5\nhello\r\n"), PINNED(BAD_CHUNK)},
	{"chunk size and a bare CR", TEXT(C "5\rhello\r\n"), PINNED(BAD_CHUNK)},
	{"bare LF in an extension", TEXT(C "5;a\nhello\r\n"), PINNED(BAD_CHUNK)},
	{"bare CR in an extension", TEXT(C "5;a\rb\r\nhello\r\n"), PINNED(BAD_CHUNK)},
	{"NUL in an extension", TEXT(C "5;\0\r\nhello\r\n"), PINNED(BAD_CHUNK)},
	{"chunk longer than it says", TEXT(C "4\r\nhello\r\n0\r\n\r\n"), PINNED(BAD_CHUNK)},
	{"chunk shorter than it says", TEXT(C "6\r\nhello\r\n0\r\n\r\n"), PINNED(BAD_CHUNK)},
	{"chunk ended by a bare LF", TEXT(C "5\r\nhello\n0\r\n\r\n"), PINNED(BAD_CHUNK)},
	{"chunk ended by a bare CR", TEXT(C "5\r\nhello\r0\r\n\r\n"), PINNED(BAD_CHUNK)},
	{"bare LF ends the trailers", TEXT(C "0\r\n\n" G), PINNED(BAD_CHUNK)},
	{"bare LF ends a trailer", TEXT(C "0\r\na: b\n\r\n" G), PINNED(BAD_CHUNK)},
	{"bare CR in a trailer", TEXT(C "0\r\na: b\rc\r\n\r\n" G), PINNED(BAD_CHUNK)},
	{"NUL in a trailer", TEXT(C "0\r\na: \0\r\n\r\n" G), PINNED(BAD_CHUNK)},
	{"bare CR ends the message", TEXT(C "0\r\n\rX"), PINNED(BAD_CHUNK)},
	{"request straight after the last chunk", TEXT(C "5\r\nhello\r\n0\r\n" G "x"),
	 .state = FRAMING_HEAD},

	{"upgrade pins", TEXT("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n" G), PINNED(UPGRADE)},
	{"CONNECT pins", TEXT("CONNECT a:443 HTTP/1.1\r\n\r\n" G), PINNED(UPGRADE)},
	{"upgrade after a body",
	 TEXT(P("1") "x"
		     "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n"),
	 PINNED(UPGRADE), .starts = {0, 38}},
	{"upgrade with a body pins too",
	 TEXT("PUT / HTTP/1.1\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\nx" G), PINNED(UPGRADE)},
	{"TLS", TEXT("\x16\x03\x01" G), PINNED(TLS), .starts = {SIZE_MAX}},
	{"TLS after a request", TEXT(G "\x16\x03\x01"), PINNED(TLS)},
};

#define CASE_COUNT (sizeof(cases) / sizeof(cases[0]))

static size_t expected_count(const struct stream_case *row)
{
	size_t count = 1;

	if (row->starts[0] == SIZE_MAX)
		return 0;
	while (count < sizeof(row->starts) / sizeof(row->starts[0]) && row->starts[count])
		count++;
	return count;
}

static bool ends_as_expected(const struct stream_case *row, const struct stream *stream,
			     size_t first, size_t step)
{
	bool good = stream->framing.state == row->state && stream->framing.reason == row->reason &&
		    stream->framing.remaining == row->remaining &&
		    stream->count == expected_count(row);

	/* What is left of a chunk is of no interest in a pinned connection. */
	if (row->state == FRAMING_PINNED)
		good = stream->framing.state == FRAMING_PINNED &&
		       stream->framing.reason == row->reason &&
		       stream->count == expected_count(row);
	for (size_t i = 0; good && i < stream->count; i++)
		good = stream->starts[i] == row->starts[i];
	if (!good)
		print_error("row \"%s\", cut at %zu, then each %zu: state %u, reason %u, "
			    "%llu left, %zu requests, the last at %zu\n",
			    row->name, first, step, stream->framing.state, stream->framing.reason,
			    stream->framing.remaining, stream->count,
			    stream->count ? stream->starts[stream->count - 1] : 0);
	return good;
}

/* Follows the row in one piece of `first` bytes, then in pieces of `step` bytes. */
static bool follow(const struct stream_case *row, size_t first, size_t step)
{
	static struct stream stream;
	size_t at = first;

	stream_init(&stream);
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
	for (size_t i = 0; i < CASE_COUNT; i++)
		failed += !follow(&cases[i], cases[i].length, 1);
	assert_int_equal(failed, 0);
}

static void finds_requests_of_streams_cut_in_two(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < CASE_COUNT; i++) {
		for (size_t cut = 1; cut < cases[i].length; cut++)
			failed += !follow(&cases[i], cut, SIZE_MAX);
	}
	assert_int_equal(failed, 0);
}

static void finds_requests_of_streams_in_small_pieces(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < CASE_COUNT; i++) {
		for (size_t step = 1; step <= 7; step++)
			failed += !follow(&cases[i], 0, step);
	}
	assert_int_equal(failed, 0);
}

static void skips_no_more_than_a_body_has(void **state)
{
	struct shunt_framing framing = {.state = FRAMING_BODY, .remaining = 10};

	(void)state;
	assert_int_equal(framing_skip(&framing, 4), 4);
	assert_int_equal(framing.remaining, 6);
	assert_int_equal(framing.state, FRAMING_BODY);
	assert_int_equal(framing_skip(&framing, 7), 6);
	assert_int_equal(framing.state, FRAMING_START);

	framing.state = FRAMING_CHUNK_DATA;
	framing.remaining = 10;
	assert_int_equal(framing_skip(&framing, 10), 10);
	assert_int_equal(framing.state, FRAMING_CHUNK_DATA_CR);
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
