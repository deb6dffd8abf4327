// SPDX-License-Identifier: Apache-2.0
#include "user/lib/base64.h"

#include <errno.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_format(const __u8 *bytes, size_t size, char *text)
{
	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		__u32 group = (__u32)bytes[i] << 16;

		if (left > 1)
			group |= (__u32)bytes[i + 1] << 8;
		if (left > 2)
			group |= bytes[i + 2];
		*text++ = alphabet[group >> 18];
		*text++ = alphabet[group >> 12 & 63];
		*text++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
		*text++ = left > 2 ? alphabet[group & 63] : '=';
	}
	*text = '\0';
}

/* The six bits of a character, or -1. */
static int value_of(char character)
{
	const char *found = character ? strchr(alphabet, character) : NULL;

	return found ? (int)(found - alphabet) : -1;
}

int base64_parse(const char *text, size_t length, __u8 *bytes, size_t *size, size_t *bad)
{
	size_t characters = 0, padding = 0, written = 0, i;
	__u32 group = 0;

	for (i = 0; i < length; i++) {
		int value = value_of(text[i]);

		if (text[i] == ' ' || text[i] == '\t')
			continue;
		if (text[i] == '=' && characters % 4 + padding >= 2 &&
		    characters % 4 + padding < 4) {
			padding++;
			continue;
		}
		if (value < 0 || padding)
			goto malformed;
		group = group << 6 | (__u32)value;
		/* Every character but the first of four completes a byte. */
		if (characters++ % 4)
			bytes[written++] = (__u8)(group >> (6 - 2 * ((characters - 1) % 4)));
	}
	if (characters % 4 == 1 || (padding && characters % 4 + padding != 4))
		goto malformed;
	*size = written;
	return 0;
malformed:
	*bad = i;
	return -EINVAL;
}
