// SPDX-License-Identifier: Apache-2.0
/* Fuzz target: a head, a response's where it begins with "HTTP", parsed whole and in pieces. */
#include "fuzz.h"

#define STATUS_LENGTH 13 /* "HTTP/1.1 200 ": what is shorter, is no response yet */

struct outcome {
	int result;
	struct shunt_head head;
};

static int parse_on(struct shunt_head *head, bool response)
{
	if (response)
		return http_parse_response(head_bytes(), head);
	return http_parse(head_bytes(), head, head_markers());
}

static struct outcome parse(const __u8 *data, size_t length, bool response)
{
	struct outcome made;

	head_bytes_set(head_bytes(), (const char *)data, length, "\r\n");
	http_head_reset(&made.head);
	made.head.length = head_room(length);
	made.result = parse_on(&made.head, response);
	return made;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	if (a->result != b->result)
		return false;
	return a->result == HTTP_BAD ? a->head.reason == b->head.reason
				     : head_equal(&a->head, &b->head);
}

/* A request's head has no control character but HTAB, and line ends. */
static void request_is_sound(const __u8 *data, const struct shunt_head *head)
{
	for (size_t i = 0; i < head->position; i++) {
		bool line_end = (data[i] == '\r' && data[i + 1] == '\n') ||
				(data[i] == '\n' && data[i - 1] == '\r');

		must_hold(line_end || data[i] == '\t' || (data[i] >= ' ' && data[i] != 0x7f));
	}
	must_hold(head->carrier + head->carrier_length <= head->position);
	fuzz_context_is_sound(head);
}

/* A complete head ends at the first empty line. */
static void done_is_sound(const __u8 *data, size_t size, const struct shunt_head *head)
{
	must_hold(head->position <= head_room(size) && head->position > 4);
	must_hold((__u8 *)memmem(data, size, "\r\n\r\n", 4) + 4 == data + head->position);
	must_hold(!(head->flags & SHUNT_HEAD_LENGTH) || !(head->flags & SHUNT_HEAD_CHUNKED));
	must_hold(head->content_length <= 999999999999999999);
	must_hold(head->flags & SHUNT_HEAD_LENGTH || !head->content_length);
}

static void outcome_is_sound(const __u8 *data, size_t size, const struct outcome *made)
{
	switch (made->result) {
	case HTTP_DONE:
		done_is_sound(data, size, &made->head);
		break;
	case HTTP_PARTIAL:
		must_hold(!memmem(data, head_room(size), "\r\n\r\n", 4));
		break;
	default:
		must_hold(made->result == HTTP_BAD && made->head.reason &&
			  made->head.reason < SHUNT_REASON_COUNT);
	}
}

/* A part of what is understood is incomplete, unless it has the whole head; of what is refused,
 * it is incomplete or refused too, and a request for the same reason. */
static void part_is_sound(const __u8 *data, size_t length, bool response,
			  const struct outcome *whole)
{
	struct outcome part = parse(data, length, response);

	outcome_is_sound(data, length, &part);
	if (part.result == HTTP_PARTIAL)
		must_hold(whole->result != HTTP_DONE || length < whole->head.position);
	else
		must_hold(same(&part, whole) ||
			  (response && part.result == HTTP_BAD && whole->result == HTTP_BAD));
}

/* Parses a request as 1 to `longest` more bytes come at a time. */
static struct outcome resume(const __u8 *data, size_t size, struct fuzz_random *random,
			     size_t longest)
{
	struct outcome made = {.result = HTTP_PARTIAL};
	size_t length = 0;

	http_head_reset(&made.head);
	while (made.result == HTTP_PARTIAL && length < head_room(size)) {
		length = head_room(length + 1 + fuzz_random_below(random, longest));
		if (length > size)
			length = size;
		head_bytes_set(head_bytes(), (const char *)data, length, "\r\n");
		made.head.length = length;
		made.result = parse_on(&made.head, false);
	}
	return made;
}

static void try_request(const __u8 *data, size_t size, struct fuzz_random *random,
			const struct outcome *whole)
{
	struct outcome other = resume(data, size, random, size);

	must_hold(same(&other, whole));
	other = resume(data, size, random, size < 400 ? 1 : size / 40);
	must_hold(same(&other, whole));
	if (whole->result == HTTP_DONE)
		request_is_sound(data, &whole->head);
	must_hold(whole->result != HTTP_PARTIAL || size < SHUNT_HEAD_MAX);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct fuzz_random random = fuzz_random_of(data, size);
	bool response = size >= STATUS_LENGTH && !memcmp(data, "HTTP", 4);
	struct outcome whole;

	if (!size)
		return 0;
	whole = parse(data, size, response);
	outcome_is_sound(data, size, &whole);
	for (int i = 0; i < 4; i++) {
		size_t length = fuzz_random_below(&random, size);

		if (!response || length >= STATUS_LENGTH)
			part_is_sound(data, length, response, &whole);
	}
	if (!response)
		try_request(data, size, &random, &whole);
	return 0;
}
