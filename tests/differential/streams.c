// SPDX-License-Identifier: Apache-2.0
/*
 * Writes streams, and where their requests are: streams COUNT SEED. First every row of the tables,
 * then COUNT mutations of them. A line each: name, the bytes in hex, and "start-head-end" of each
 * request with a complete head, separated by tabs; the end is 0 where its body goes on.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/cases/streams.h"
#include "tests/unit/stream.h"
#include "user/lib/markers.h"

#define BYTES_MAX 20000
#define MUTATED_MAX 1200 /* longer rows are not mutated: they say no more, and take their time */
#define MUTATIONS_MAX 4

struct bytes {
	char at[BYTES_MAX];
	size_t length;
};

/* What is put into streams: what ends, begins and hides messages. */
static const char *const pieces[] = {
	"\r",
	"\n",
	"\r\n",
	"\r\n\r\n",
	" ",
	"\t",
	":",
	";",
	",",
	"=",
	"\"",
	"0",
	"1",
	"5",
	"a",
	"F",
	"\x0b",
	"\x7f",
	"\xa0",
	"-",
	"+",
	"0x",
	"G",
	"Content-Length: 5\r\n",
	"Content-Length: 0\r\n",
	"content-length:1\r\n",
	"Transfer-Encoding: chunked\r\n",
	"transfer-encoding:\tchunked\r\n",
	"Connection: close\r\n",
	"Connection: keep-alive\r\n",
	"chunked",
	"identity",
	"0\r\n\r\n",
	"5\r\nhello\r\n",
	"0\r\nA: b\r\n\r\n",
	"1;a=b\r\nx\r\n",
	"HTTP/1.0",
	"HTTP/1.1",
	"GET / HTTP/1.1\r\n\r\n",
	"PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab",
	"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
};

static __u64 random_state;

/* From 0 to below - 1 (xorshift64). */
static size_t random_below(size_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

/* Puts bytes in place of `removed` ones at `at`. */
static void replace(struct bytes *bytes, size_t at, size_t removed, const char *put, size_t length)
{
	if (bytes->length - removed + length > sizeof(bytes->at))
		return;
	memmove(bytes->at + at + length, bytes->at + at + removed, bytes->length - at - removed);
	memcpy(bytes->at + at, put, length);
	bytes->length += length - removed;
}

static void mutate(struct bytes *bytes)
{
	size_t at = random_below(bytes->length + 1), left = bytes->length - at, length;
	const char *piece = pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];
	char copy[16];

	switch (random_below(5)) {
	case 0:
		replace(bytes, at, left ? 1 : 0, piece, strlen(piece));
		break;
	case 1:
		replace(bytes, at, 0, piece, strlen(piece));
		break;
	case 2:
		replace(bytes, at, left ? 1 + random_below(left < 4 ? left : 4) : 0, "", 0);
		break;
	case 3:
		length = left < sizeof(copy) ? left : random_below(sizeof(copy));
		memcpy(copy, bytes->at + at, length);
		replace(bytes, random_below(bytes->length + 1), 0, copy, length);
		break;
	case 4:
		if (left)
			bytes->at[at] ^= 1 << random_below(8);
		break;
	}
}

static void write_stream(const char *name, const struct bytes *bytes,
			 const struct shunt_markers *markers)
{
	static struct stream stream;

	stream_init(&stream, markers);
	stream_follow(&stream, bytes->at, bytes->length);
	printf("%s\t", name);
	for (size_t i = 0; i < bytes->length; i++)
		printf("%02x", (__u8)bytes->at[i]);
	for (size_t i = 0; i < stream.count && i < STREAM_REQUESTS_MAX; i++)
		printf("\t%zu-%zu-%zu", stream.starts[i], stream.ends[i], stream.finishes[i]);
	putchar('\n');
}

static void append_row(struct bytes *bytes, size_t row)
{
	const char *text = stream_cases[row % STREAM_CASE_COUNT].bytes;
	size_t length = stream_cases[row % STREAM_CASE_COUNT].length;

	if (row >= STREAM_CASE_COUNT) {
		text = request_cases[row - STREAM_CASE_COUNT].bytes;
		length = request_cases[row - STREAM_CASE_COUNT].length;
	}
	replace(bytes, bytes->length, 0, text, length);
}

static const char *row_name(size_t row)
{
	return row < STREAM_CASE_COUNT ? stream_cases[row].name
				       : request_cases[row - STREAM_CASE_COUNT].name;
}

int main(int argc, char **argv)
{
	const size_t rows = STREAM_CASE_COUNT + REQUEST_CASE_COUNT;
	struct shunt_markers markers;
	static struct bytes bytes;
	size_t count;

	if (argc != 3) {
		fprintf(stderr, "usage: streams COUNT SEED\n");
		return 2;
	}
	count = strtoull(argv[1], NULL, 10);
	random_state = strtoull(argv[2], NULL, 10) * 2 + 1;
	if (markers_compile(markers_default, MARKERS_DEFAULT_COUNT, &markers, NULL))
		return 1;
	for (size_t row = 0; row < rows; row++) {
		bytes.length = 0;
		append_row(&bytes, row);
		write_stream(row_name(row), &bytes, &markers);
	}
	while (count) {
		size_t mutations = 1 + random_below(MUTATIONS_MAX);

		bytes.length = 0;
		append_row(&bytes, random_below(rows));
		if (!random_below(3))
			append_row(&bytes, random_below(rows));
		if (bytes.length > MUTATED_MAX)
			continue;
		for (size_t i = 0; i < mutations; i++)
			mutate(&bytes);
		write_stream("", &bytes, &markers);
		count--;
	}
	return 0;
}
