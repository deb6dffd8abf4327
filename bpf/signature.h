/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a signed marker's value ends in: ".", and the tag in hexadecimal digits. Nothing here says
 * whether the tag is the context's own.
 */
#ifndef SHUNT_BPF_SIGNATURE_H
#define SHUNT_BPF_SIGNATURE_H

#include "scan.h"

#define SIGNATURE_LENGTH (1 + SHUNT_MARKER_TAG_DIGITS)

/* The longest value of a marker. */
#define SIGNATURE_VALUE_MAX (SHUNT_MARKER_NAME_MAX + SIGNATURE_LENGTH)

_Static_assert(SHUNT_MARKER_TAG_DIGITS == 16, "a tag is read as two words");
_Static_assert(SIGNATURE_VALUE_MAX <= SHUNT_MARKER_TEXT_MAX, "a value fits into the text");

/* Whether all of eight characters are hexadecimal digits, in lower case. */
static __always_inline bool signature_is_hex(__u64 word)
{
	__u64 digits = http_below(word, '9' + 1) & ~http_below(word, '0');
	__u64 letters = http_below(word, 'f' + 1) & ~http_below(word, 'a');

	return (digits | letters) == HTTP_EACH(0x80);
}

/* What eight such digits stand for; the first one, which is the word's lowest byte, is the highest. */
static __always_inline __u64 signature_number(__u64 word)
{
	__u64 n = (word & HTTP_EACH(0x0f)) + (word >> 6 & HTTP_EACH(1)) * 9;

	n = (n << 4 | n >> 8) & 0x00ff00ff00ff00ff;
	n = (n << 8 | n >> 16) & 0x0000ffff0000ffff;
	return (n << 16 | n >> 32) & 0xffffffff;
}

/* Takes the signature off the `length` characters of head->text. Returns whether they end in one,
 * behind at least one character; *tag is written only then. */
static __always_inline bool signature_cut(struct shunt_head *head, __u32 length, __u64 *tag)
{
	__u32 dot = length - SIGNATURE_LENGTH, n;
	__u64 high, low;

	if (dot - 1 >= SHUNT_MARKER_NAME_MAX)
		return false;
	opaque(dot);
	dot &= SHUNT_MARKER_NAME_MAX;
	high = load_word(&head->text[dot + 1]);
	low = load_word(&head->text[dot + 9]);
	if (head->text[dot] != '.' || !signature_is_hex(high) || !signature_is_hex(low))
		return false;
	for (n = 0; n < SIGNATURE_LENGTH; n++)
		head->text[dot + n] = 0;
	*tag = signature_number(high) << 32 | signature_number(low);
	return true;
}

#endif
