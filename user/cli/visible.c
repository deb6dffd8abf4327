// SPDX-License-Identifier: Apache-2.0
#include "user/cli/visible.h"

#include <stddef.h>
#include <string.h>

/* Bytes of the UTF-8 character at text that may be shown, or 0. Overlong forms are not told apart. */
static size_t character_length(const unsigned char *text)
{
	size_t length = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;

	if (text[0] < ' ' || text[0] == 0x7f || (text[0] >= 0x80 && text[0] < 0xc2) ||
	    text[0] > 0xf4 || (text[0] == 0xc2 && text[1] < 0xa0))
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

const char *visible(const char *text, char copy[VISIBLE_SIZE])
{
	size_t used = 0;

	while (*text) {
		size_t length = character_length((const unsigned char *)text);

		if (used + (length ? length : 1) >= VISIBLE_SIZE)
			break;
		if (length)
			memcpy(copy + used, text, length);
		else
			copy[used] = '?';
		used += length ? length : 1;
		text += length ? length : 1;
	}
	copy[used] = '\0';
	return copy;
}
