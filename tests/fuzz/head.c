// SPDX-License-Identifier: Apache-2.0
/* Fuzz target: a head, a response's where it begins with "HTTP", parsed whole and in pieces. */
#include "fuzz.h"

struct outcome {
	int result;
	struct shunt_head head;
};

static struct outcome parse(const __u8 *data, size_t length, __u16 flags)
{
	struct outcome made;

	head_bytes_set(head_bytes(), (const char *)data, length, "\r\n");
	http_head_reset(&made.head, flags);
	made.head.length = head_room(length);
	made.result = http_parse(head_bytes(), &made.head, head_markers());
	return made;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	if (a->result != b->result)
		return false;
	return a->result == HTTP_BAD ? a->head.reason == b->head.reason
				     : head_equal(&a->head, &b->head);
}

/* A complete head ends at the first empty line, and has no control character but HTAB before. */
static void done_is_sound(const __u8 *data, size_t size, const struct shunt_head *head)
{
	must_hold(head->position <= head_room(size) && head->position > 4);
	must_hold((__u8 *)memmem(data, size, "\r\n\r\n", 4) + 4 == data + head->position);
	for (size_t i = 0; i < head->position; i++) {
		bool line_end = (data[i] == '\r' && data[i + 1] == '\n') ||
				(data[i] == '\n' && data[i - 1] == '\r');

		must_hold(line_end || data[i] == '\t' || (data[i] >= ' ' && data[i] != 0x7f));
	}
	must_hold(!(head->flags & SHUNT_HEAD_LENGTH) || !(head->flags & SHUNT_HEAD_CHUNKED));
	must_hold(head->content_length <= 999999999999999999);
	must_hold(head->flags & SHUNT_HEAD_LENGTH || !head->content_length);
	must_hold(head->carrier + head->carrier_length <= head->position);
	fuzz_context_is_sound(head);
}

static void outcome_is_sound(const __u8 *data, size_t size, const struct outcome *made)
{
	switch (made->result) {
	case HTTP_DONE:
		done_is_sound(data, size, &made->head);
		break;
	case HTTP_PARTIAL:
		must_hold(size < SHUNT_HEAD_MAX && !memmem(data, size, "\r\n\r\n", 4));
		break;
	default:
		must_hold(made->result == HTTP_BAD && made->head.reason &&
			  made->head.reason < SHUNT_REASON_COUNT);
	}
}

/* A part of what is understood is incomplete, unless it has the whole head; of what is refused,
 * it is incomplete or refused for the same reason. */
static void part_is_sound(const __u8 *data, size_t length, __u16 flags, const struct outcome *whole)
{
	struct outcome part = parse(data, length, flags);

	outcome_is_sound(data, length, &part);
	if (part.result == HTTP_PARTIAL)
		must_hold(whole->result != HTTP_DONE || length < whole->head.position);
	else
		must_hold(same(&part, whole));
}

static struct outcome resume(const __u8 *data, size_t size, __u16 flags, struct fuzz_random *random,
			     size_t longest)
{
	struct outcome made = {.result = HTTP_PARTIAL};
	size_t length = 0;

	http_head_reset(&made.head, flags);
	while (made.result == HTTP_PARTIAL && length < head_room(size)) {
		length = head_room(length + 1 + fuzz_random_below(random, longest));
		if (length > size)
			length = size;
		head_bytes_set(head_bytes(), (const char *)data, length, "\r\n");
		made.head.length = length;
		made.result = http_parse(head_bytes(), &made.head, head_markers());
	}
	return made;
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct fuzz_random random = fuzz_random_of(data, size);
	__u16 flags = 0;
	struct outcome whole, other;

	if (size > 4 && !memcmp(data, "HTTP", 4))
		flags = SHUNT_HEAD_RESPONSE;
	whole = parse(data, size, flags);
	outcome_is_sound(data, size, &whole);
	if (!size)
		return 0;
	for (int i = 0; i < 4; i++)
		part_is_sound(data, fuzz_random_below(&random, size), flags, &whole);
	other = resume(data, size, flags, &random, size);
	must_hold(same(&other, &whole));
	other = resume(data, size, flags, &random, size < 400 ? 1 : size / 40);
	must_hold(same(&other, &whole));
	return 0;
}
