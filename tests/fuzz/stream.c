// SPDX-License-Identifier: Apache-2.0
/* Fuzz target: a client's stream. Its requests begin where they do, however it is cut. */
#include "fuzz.h"
#include "tests/unit/stream.h"

/* Follows the stream in pieces of 1 to `longest` bytes. */
static void follow(struct stream *stream, const __u8 *data, size_t size, struct fuzz_random *random,
		   size_t longest)
{
	size_t at = 0;

	stream_init(stream, head_markers());
	while (at < size) {
		size_t piece = longest < size ? 1 + fuzz_random_below(random, longest) : size;

		if (piece > size - at)
			piece = size - at;
		stream_follow(stream, (const char *)data + at, piece);
		at += piece;
	}
}

static void stream_is_sound(const struct stream *stream, const __u8 *data, size_t size)
{
	size_t end = 0;

	must_hold(stream->position == size);
	must_hold((stream->requests.state == FRAMING_PINNED) == !!stream->requests.reason);
	must_hold(!framing_is_data(&stream->requests) || stream->requests.remaining);
	for (size_t i = 0; i < stream->count && i < STREAM_REQUESTS_MAX; i++) {
		must_hold(stream->starts[i] >= end && stream->ends[i] > stream->starts[i] &&
			  stream->ends[i] <= size);
		end = stream->ends[i];
		must_hold(!memcmp(data + end - 4, "\r\n\r\n", 4));
	}
}

static bool same(const struct stream *a, const struct stream *b)
{
	size_t noted = a->count < STREAM_REQUESTS_MAX ? a->count : STREAM_REQUESTS_MAX;
	bool pinned = a->requests.state == FRAMING_PINNED;

	return a->requests.state == b->requests.state && a->requests.reason == b->requests.reason &&
	       (pinned || a->requests.remaining == b->requests.remaining) && a->count == b->count &&
	       a->evil == b->evil && !memcmp(a->starts, b->starts, noted * sizeof(a->starts[0])) &&
	       !memcmp(a->ends, b->ends, noted * sizeof(a->ends[0]));
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct fuzz_random random = fuzz_random_of(data, size);
	static const size_t longest[] = {1, 3, 20, 300};
	static struct stream whole, cut;

	follow(&whole, data, size, &random, SIZE_MAX);
	stream_is_sound(&whole, data, size);
	for (size_t i = 0; i < sizeof(longest) / sizeof(longest[0]); i++) {
		if (size > 2000 && longest[i] == 1)
			continue; /* a long head is scanned from its line's start each time */
		follow(&cut, data, size, &random, longest[i]);
		stream_is_sound(&cut, data, size);
		must_hold(same(&whole, &cut));
	}
	return 0;
}
