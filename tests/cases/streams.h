/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The case table of clients' streams: where requests begin in them, and how they end. The unit
 * tests run it natively, tests/prog in the kernel.
 */
#ifndef SHUNT_TESTS_CASES_STREAMS_H
#define SHUNT_TESTS_CASES_STREAMS_H

#include <stdint.h>
#include "bpf/framing.h"
#include "requests.h"

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
	bool hostile; /* within a row of smuggling.h */
};

#define TEXT(t) .bytes = (t), .length = sizeof(t) - 1
#define PINNED(why) .state = FRAMING_PINNED, .reason = SHUNT_REASON_##why

static const struct stream_case stream_cases[] = {
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
	{"no chunk size in a second body", TEXT(C "0\r\n\r\n" C "\r\n"), PINNED(BAD_CHUNK),
	 .starts = {0, 51}},
	{"chunk sizes of fifteen digits",
	 TEXT(C "000000000000000\r\n\r\n" C "000000000000001\r\na\r\n"
		"000000000000000\r\n\r\n" G),
	 .state = FRAMING_START, .starts = {0, 65, 150}},
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

	{"upgrade alone", TEXT("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"),
	 .state = FRAMING_START},
	{"bytes behind an upgrade", TEXT("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n" G),
	 PINNED(UPGRADE)},
	{"upgrade with a body",
	 TEXT("PUT / HTTP/1.1\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nx"),
	 .state = FRAMING_BODY, .remaining = 1},
	{"bytes behind an upgrade with a body",
	 TEXT("PUT / HTTP/1.1\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\nx" G), PINNED(UPGRADE)},
	{"upgrade behind a body", TEXT(P("1") "xGET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n" G),
	 PINNED(UPGRADE), .starts = {0, 38}},
	{"CONNECT", TEXT("CONNECT a:443 HTTP/1.1\r\n\r\n"), PINNED(UPGRADE)},
	{"bytes behind CONNECT", TEXT("CONNECT a:443 HTTP/1.1\r\n\r\n" G), PINNED(UPGRADE)},
	{"CONNECT behind a request", TEXT(G "CONNECT a:443 HTTP/1.1\r\n\r\n" G), PINNED(UPGRADE),
	 .starts = {0, 18}},
	{"close alone", TEXT("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"),
	 .state = FRAMING_START},
	{"close with a body",
	 TEXT("PUT / HTTP/1.1\r\nConnection: close\r\nContent-Length: 3\r\n\r\nx"),
	 .state = FRAMING_BODY, .remaining = 2},
	{"bytes behind close", TEXT("GET / HTTP/1.1\r\nConnection: close\r\n\r\n" G),
	 PINNED(ENDED)},
	{"close and keep-alive", TEXT("GET / HTTP/1.1\r\nConnection: keep-alive, close\r\n\r\n" G),
	 PINNED(ENDED)},
	{"HTTP/1.0 alone", TEXT("GET / HTTP/1.0\r\n\r\n"), .state = FRAMING_START},
	{"bytes behind HTTP/1.0", TEXT("GET / HTTP/1.0\r\n\r\n" G), PINNED(ENDED)},
	{"HTTP/1.0 with keep-alive", TEXT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" G),
	 .state = FRAMING_START, .starts = {0, 42}},
	{"HTTP/1.1 behind HTTP/1.0 with keep-alive and a body",
	 TEXT("PUT / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx" G),
	 .state = FRAMING_START, .starts = {0, 62}},
	{"Expect: 100-continue",
	 TEXT("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab" G),
	 .state = FRAMING_START, .starts = {0, 61}},
	{"TLS", TEXT("\x16\x03\x01" G), PINNED(TLS), .starts = {SIZE_MAX}},
	{"TLS after a request", TEXT(G "\x16\x03\x01"), PINNED(TLS)},
#include "smuggling.h"
};

#undef G
#undef P
#undef FIVE
#undef C
#undef TEXT
#undef PINNED

_Static_assert(sizeof(stream_cases) / sizeof(stream_cases[0]) >= 220, "must not shrink");

#define STREAM_CASE_COUNT (sizeof(stream_cases) / sizeof(stream_cases[0]))

/* How many requests of the row have a complete head. */
static inline size_t stream_case_requests(const struct stream_case *row)
{
	size_t count = 1;

	if (row->starts[0] == SIZE_MAX)
		return 0;
	while (count < sizeof(row->starts) / sizeof(row->starts[0]) && row->starts[count])
		count++;
	return count;
}

#endif
