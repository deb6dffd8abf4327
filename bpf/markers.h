/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The markers of a request: names that are looked up in a table, and values that name a context.
 * What a value is not exactly, it is not at all: then the request goes its ordinary way.
 */
#ifndef SHUNT_BPF_MARKERS_H
#define SHUNT_BPF_MARKERS_H

#include "signature.h"

#define MARKER_MEMBERS_MAX 256 /* of one field or query; what follows is not looked at */

/* Bytes [start, end) of a head, as one argument. */
#define SPAN(start, end) ((__u32)(start) | (__u32)(end) << 16)
#define SPAN_START(span) ((span)&0xffff)
#define SPAN_END(span) ((span) >> 16)

/* Eight characters, capital letters among them in lower case; unlike http_lower() it leaves all others. */
static __always_inline __u64 marker_fold(__u64 word)
{
	__u64 capitals = http_below(word, 'Z' + 1) & ~http_below(word, 'A');

	return word | capitals >> 2;
}

/* The first `length` bytes of a word. */
static __always_inline __u64 marker_cut(__u64 word, __u32 length)
{
	return length < 8 ? word & ((1ULL << (length * 8 & 63)) - 1) : word;
}

/* The first eight bytes of a name as shunt_marker_hash() wants them, from its first word. */
static __always_inline __u64 marker_first(__u64 word, __u32 length)
{
	return marker_cut(http_lower(word), length);
}

/* The slot that a name would be in; whether it is there is for a comparison to say. */
static __always_inline __u32 marker_slot(const struct shunt_markers *markers, __u32 place,
					 __u32 length, __u64 first, __u64 last)
{
	__u64 hash = shunt_marker_hash(place, length, first, last);

	return shunt_marker_slot(markers->seed, hash);
}

static __always_inline const struct shunt_marker *marker_at(const struct shunt_markers *markers,
							    __u32 slot)
{
	opaque(slot);
	return &markers->slots[slot & (SHUNT_MARKER_SLOTS - 1)];
}

/* Whether the name at start, of the marker's length, is the marker's, with or without case. */
static __always_inline bool marker_is(const struct http_bytes *bytes,
				      const struct shunt_marker *marker, __u32 start,
				      bool ignore_case)
{
	__u64 difference = 0;
	__u32 n;

	for (n = 0; n < SHUNT_MARKER_NAME_MAX && n < marker->length; n += 8) {
		__u64 word = http_word(bytes, start + n);

		if (ignore_case)
			word = marker_fold(word);
		difference |= marker_cut(word, marker->length - n) ^
			      load_word(&marker->name[n & SHUNT_MARKER_NAME_MAX]);
	}
	return !difference;
}

/* The marker of that name in a place, as its slot's index, or -1. */
SUBPROGRAM int marker_find(const struct http_bytes *bytes, const struct shunt_markers *markers,
			   __u32 place, __u32 start, __u32 length)
{
	const struct shunt_marker *marker;
	__u64 first, last;
	__u32 slot;

	if (!bytes || !markers || !length || length > SHUNT_MARKER_NAME_MAX)
		return -1;
	first = marker_first(http_word(bytes, start), length);
	last = length < 8 ? first : http_lower(http_word(bytes, start + length - 8));
	slot = marker_slot(markers, place, length, first, last);
	marker = marker_at(markers, slot);
	if (marker->length != length || marker->place != place)
		return -1;
	if (!marker_is(bytes, marker, start,
		       place == SHUNT_PLACE_FIELD || place == SHUNT_PLACE_CARRIER))
		return -1;
	return slot;
}

/* 1 where a < b, else 0; both at most 0xffff. Without a jump: the verifier follows one way only. */
static __always_inline __u32 marker_less(__u32 a, __u32 b)
{
	__u32 less = (a - b) >> 31;

	opaque(less);
	return less;
}

/* What a hexadecimal digit stands for; *bad becomes 1 where it is none. */
static __always_inline __u32 marker_hex(__u8 byte, __u32 *bad)
{
	__u32 digit = (byte - '0') & 0xff, letter = ((byte | 0x20) - 'a') & 0xff;
	__u32 is_digit = marker_less(digit, 10), is_letter = marker_less(letter, 6);

	*bad |= 1 ^ is_digit ^ is_letter;
	return digit * is_digit + (letter + 10) * is_letter;
}

/* As marker_decode(), character by character. */
SUBPROGRAM __u32 marker_unescape(const struct http_bytes *bytes, struct shunt_head *head,
				 __u32 span)
{
	__u32 from = SPAN_START(span), end = SPAN_END(span), bad = 0, n;

	if (!bytes || !head)
		return 0;
	__builtin_memset(head->text, 0, sizeof(head->text));
	for (n = 0; n < SIGNATURE_VALUE_MAX; n++) {
		__u32 byte, decoded, escape, wrong = 0;

		if (from >= end)
			break;
		byte = http_byte(bytes, from);
		decoded = marker_hex(http_byte(bytes, from + 1), &wrong) << 4;
		decoded |= marker_hex(http_byte(bytes, from + 2), &wrong);
		escape = marker_less(byte ^ '%', 1);
		bad |= escape & (wrong | (1 ^ marker_less(from + 2, end)));
		byte += (decoded - byte) * escape;
		bad |= marker_less(byte, 1);
		head->text[n] = byte;
		from += 1 + 2 * escape;
	}
	return bad || from < end ? 0 : n;
}

/* Percent-decodes (RFC 3986, 2.1) a span into head->text; returns its length, or 0 where it is
 * malformed, too long, empty, or has a zero byte. Most have nothing to decode. */
static __always_inline __u32 marker_decode(const struct http_bytes *bytes, struct shunt_head *head,
					   __u32 span)
{
	__u32 start = SPAN_START(span), length = SPAN_END(span) - start, n;
	__u64 special = 0;

	if (length > SIGNATURE_VALUE_MAX)
		return marker_unescape(bytes, head, span);
	__builtin_memset(head->text, 0, sizeof(head->text));
	for (n = 0; n < SIGNATURE_VALUE_MAX && n < length; n += 8) {
		__u64 word = http_word(bytes, start + n);
		__u64 cut = marker_cut(word, length - n);

		special |= http_equal(cut, '%') | marker_cut(http_equal(word, 0), length - n);
		store_word(&head->text[n], cut);
	}
	return special ? marker_unescape(bytes, head, span) : length;
}

/* The high bit of each byte from `first` to `last`. */
static __always_inline __u64 marker_between(__u64 word, __u8 first, __u8 last)
{
	return http_below(word, last + 1) & ~http_below(word, first);
}

/* The high bit of each byte that is one of a-z 0-9 - _ . */
static __always_inline __u64 marker_name_bytes(__u64 word)
{
	return marker_between(word, 'a', 'z') | marker_between(word, '0', '9') |
	       marker_between(word, '-', '.') | http_equal(word, '_');
}

/* Whether the decoded text, which is not empty and is filled up with zeros, can be a context's name. */
static __always_inline bool marker_is_context(const struct shunt_head *head)
{
	__u64 good = HTTP_EACH(0x80), end = 0;
	__u32 n;

	for (n = 0; n < SHUNT_MARKER_NAME_MAX && !end; n += 8) {
		__u64 word = load_word(&head->text[n]);

		end = http_equal(word, 0);
		good &= marker_name_bytes(word) | end;
	}
	return good == HTTP_EACH(0x80) && !head->text[SHUNT_MARKER_NAME_MAX];
}

static __always_inline bool marker_equal(const char *text, const char *other)
{
	__u64 difference = 0;
	__u32 n;

	for (n = 0; n < SHUNT_MARKER_NAME_MAX + 1; n += 8)
		difference |= load_word(text + n) ^ load_word(other + n);
	return !difference;
}

/* The value of a marker: taken where it is a context's name, 1 to 63 of a-z 0-9 - _ . , signed or
 * not, and none of a better rank was there. */
SUBPROGRAM int marker_take(const struct http_bytes *bytes, struct shunt_head *head,
			   const struct shunt_marker *marker, __u32 span)
{
	bool is_signed;
	__u32 length;
	__u64 tag = 0;

	if (!bytes || !head || !marker)
		return 0;
	length = marker_decode(bytes, head, span);
	is_signed = signature_cut(head, length, &tag);
	if (!length || !marker_is_context(head)) {
		head->flags |= SHUNT_HEAD_INVALID;
		return 0;
	}
	if (head->rank != SHUNT_HEAD_NO_MARKER && !marker_equal(head->text, head->context))
		head->flags |= SHUNT_HEAD_DISAGREE;
	if (marker->rank < head->rank) {
		head->rank = marker->rank;
		head->form = marker->form;
		head->flags &= ~SHUNT_HEAD_SIGNED;
		head->flags |= is_signed ? SHUNT_HEAD_SIGNED : 0;
		head->tag = tag;
		__builtin_memcpy(head->context, head->text, sizeof(head->context));
	}
	return 0;
}

/* As marker_find(), for a query name that has percent-encoded characters. */
SUBPROGRAM int marker_find_encoded(const struct http_bytes *bytes, struct shunt_head *head,
				   const struct shunt_markers *markers, __u32 span)
{
	const struct shunt_marker *marker;
	__u32 length, slot, tail;
	__u64 first, last;

	if (!bytes || !head || !markers)
		return -1;
	length = marker_decode(bytes, head, span);
	if (!length || length > SHUNT_MARKER_NAME_MAX)
		return -1;
	first = marker_first(load_word(head->text), length);
	last = first;
	tail = length - 8;
	opaque(tail);
	if (tail <= SHUNT_MARKER_NAME_MAX - 8)
		last = http_lower(load_word(&head->text[tail]));
	slot = marker_slot(markers, SHUNT_PLACE_QUERY, length, first, last);
	marker = marker_at(markers, slot);
	if (marker->place != SHUNT_PLACE_QUERY || !marker_equal(head->text, marker->name))
		return -1;
	return slot;
}

/* The value's span of a member: without white space, properties of baggage and quotes. */
static __always_inline __u32 marker_value(const struct http_bytes *bytes, __u32 place, __u32 start,
					  __u32 end)
{
	if (place == SHUNT_PLACE_BAGGAGE)
		end = http_find(bytes, start, end, ';');
	start = http_skip_space(bytes, start, end);
	end = http_trim_space(bytes, start, end);
	if (place == SHUNT_PLACE_COOKIE && end >= start + 2 && http_byte(bytes, start) == '"' &&
	    http_byte(bytes, end - 1) == '"') {
		start++;
		end--;
	}
	return SPAN(start, end);
}

/* One "name=value". head->cursor is where the first one of the field or query began. */
SUBPROGRAM int marker_member(const struct http_bytes *bytes, struct shunt_head *head,
			     const struct shunt_markers *markers, __u32 place, __u32 span)
{
	__u32 start = SPAN_START(span), end = SPAN_END(span), equals, name_end;
	int slot;

	if (!bytes || !head || !markers)
		return 0;
	if (place == SHUNT_PLACE_QUERY) /* ends at a fragment, which should not be there */
		end = http_find(bytes, head->cursor, end, '#');
	equals = http_find(bytes, start, end, '=');
	if (equals >= end)
		return 0;
	name_end = http_trim_space(bytes, start, equals);
	if (place == SHUNT_PLACE_QUERY && http_find(bytes, start, name_end, '%') < name_end)
		slot = marker_find_encoded(bytes, head, markers, SPAN(start, name_end));
	else
		slot = marker_find(bytes, markers, place, start, name_end - start);
	if (slot < 0)
		return 0;
	return marker_take(bytes, head, marker_at(markers, slot),
			   marker_value(bytes, place, equals + 1, end));
}

#define MARKER_SEPARATORS                                                             \
	((__u64)';' << 8 * SHUNT_PLACE_COOKIE | (__u64)'&' << 8 * SHUNT_PLACE_QUERY | \
	 (__u64)',' << 8 * SHUNT_PLACE_BAGGAGE | (__u64)',' << 8 * SHUNT_PLACE_TRACESTATE)

/* What separates the members of a place; without a jump. */
static __always_inline __u8 marker_separator(__u32 place)
{
	return MARKER_SEPARATORS >> (8 * place & 63);
}

/* The members of a Cookie field, a query, baggage or tracestate. Most are told by their first byte to
 * be no marker's. */
SUBPROGRAM int marker_members(const struct http_bytes *bytes, struct shunt_head *head,
			      const struct shunt_markers *markers, __u32 place, __u32 span)
{
	__u32 start = SPAN_START(span), stop, n;
	__u64 bits;

	if (!bytes || !head || !markers)
		return 0;
	opaque(place);
	bits = markers->bits[place & (SHUNT_PLACES_MAX - 1)];
	head->cursor = start;
	for (n = 0; n < MARKER_MEMBERS_MAX && start < SPAN_END(span); n++) {
		if (http_is_space(http_byte(bytes, start)))
			start = http_skip_space(bytes, start, SPAN_END(span));
		stop = http_find(bytes, start, SPAN_END(span), marker_separator(place));
		if (bits & SHUNT_MARKER_BIT(http_byte(bytes, start), 0))
			marker_member(bytes, head, markers, place, SPAN(start, stop));
		start = stop + 1;
	}
	return 0;
}

/* The value [start, end) of a field that is in the table. */
static __always_inline void marker_field(const struct http_bytes *bytes, struct shunt_head *head,
					 const struct shunt_markers *markers, __u32 slot,
					 __u32 span)
{
	const struct shunt_marker *marker = marker_at(markers, slot);

	switch (marker->holds) {
	case SHUNT_HOLDS_NAME:
		marker_take(
			bytes, head, marker,
			marker_value(bytes, SHUNT_PLACE_FIELD, SPAN_START(span), SPAN_END(span)));
		break;
	case SHUNT_HOLDS_COOKIES:
		marker_members(bytes, head, markers, SHUNT_PLACE_COOKIE, span);
		break;
	case SHUNT_HOLDS_BAGGAGE:
		marker_members(bytes, head, markers, SHUNT_PLACE_BAGGAGE, span);
		break;
	case SHUNT_HOLDS_TRACESTATE:
		marker_members(bytes, head, markers, SHUNT_PLACE_TRACESTATE, span);
		break;
	case SHUNT_HOLDS_CARRIER:
		if (head->carrier_length)
			break;
		head->carrier = SPAN_START(span);
		head->carrier_length = SPAN_END(span) - SPAN_START(span);
		break;
	}
}

#endif
