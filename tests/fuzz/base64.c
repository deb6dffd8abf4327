// SPDX-License-Identifier: Apache-2.0
/* Fuzz target: base64, against a decoder that is written to be read. */
#include "fuzz.h"
#include "bpf/base64.h"

/* Decodes as RFC 4648 says; -1 where the text is malformed. */
static int reference(const __u8 *text, size_t size, __u8 *out)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t characters = 0, padding = 0;
	int length = 0;
	__u32 bits = 0;

	for (size_t i = 0; i < size; i++) {
		const char *at = text[i] ? strchr(alphabet, text[i]) : NULL;

		if (text[i] == ' ' || text[i] == '\t')
			continue;
		if (text[i] == '=') {
			padding++;
			continue;
		}
		if (!at || padding)
			return -1;
		bits = bits << 6 | (__u32)(at - alphabet);
		characters++;
		if (characters % 4 != 1)
			out[length++] = bits >> (6 - 2 * ((characters - 1) % 4));
	}
	if (characters % 4 == 1 || (padding && (characters + padding) % 4) || padding > 2)
		return -1;
	return length;
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	static __u8 expected[SHUNT_HEAD_MAX];
	static struct http_bytes out;
	struct base64 state;
	size_t from;
	int length;

	if (size > SHUNT_HEAD_MAX || !size)
		return 0;
	from = data[0] % size; /* what stands before does not matter */
	head_bytes_set(head_bytes(), (const char *)data, size, "A");
	length = base64_decode(head_bytes(), SPAN(from, size), &state, &out);
	must_hold(length == reference(data + from, size - from, expected));
	must_hold(length < 0 || !memcmp(out.at, expected, length));
	return 0;
}
