/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Fields of a protobuf message (protobuf.dev, "Encoding"), one at a time. */
#ifndef SHUNT_BPF_PROTOBUF_H
#define SHUNT_BPF_PROTOBUF_H

#include "scan.h"

#define PROTOBUF_VARINT 0
#define PROTOBUF_FIXED64 1
#define PROTOBUF_LENGTH 2
#define PROTOBUF_FIXED32 5

#define PROTOBUF_VARINT_BYTES 10
#define PROTOBUF_SHORT_BYTES 5 /* of a tag, and of a length */

struct protobuf_field {
	__u64 value; /* of a varint */
	__u32 number;
	__u32 type; /* PROTOBUF_* */
	__u32 start; /* of the content */
	__u32 end; /* behind the field */
};

/* Reads a varint from `from`; returns the index behind it, or 0 where it does not end before `end`
 * or is longer than 64 bits. */
SUBPROGRAM __u32 protobuf_varint(const struct http_bytes *bytes, __u32 from, __u32 end,
				 __u64 *value)
{
	__u64 sum = 0;
	__u32 n;

	if (!bytes || !value)
		return 0;
	for (n = 0; n < PROTOBUF_VARINT_BYTES && from < end; n++) {
		__u8 byte = http_byte(bytes, from);

		from++;
		if (n == PROTOBUF_VARINT_BYTES - 1 && byte > 1)
			return 0;
		sum |= (__u64)(byte & 0x7f) << (7 * n & 63);
		if (byte < 0x80) {
			*value = sum;
			return from;
		}
	}
	return 0;
}

/* Reads the field that begins at `from` of a message that ends at `end`; 0, or -1 where it is
 * malformed. Groups, which no present schema has, are taken for that. */
SUBPROGRAM int protobuf_field(const struct http_bytes *bytes, __u32 from, __u32 end,
			      struct protobuf_field *field)
{
	__u64 tag = 0, value = 0;
	__u64 size = 0;
	__u32 start = from;

	if (!bytes || !field)
		return -1;
	from = protobuf_varint(bytes, from, end, &tag);
	if (!from || from - start > PROTOBUF_SHORT_BYTES || tag >> 3 == 0 || tag >> 32)
		return -1;
	start = from;
	field->number = tag >> 3;
	field->type = tag & 7;
	switch (field->type) {
	case PROTOBUF_VARINT:
	case PROTOBUF_LENGTH:
		from = protobuf_varint(bytes, from, end, &value);
		if (!from)
			return -1;
		if (field->type == PROTOBUF_LENGTH && from - start > PROTOBUF_SHORT_BYTES)
			return -1;
		size = field->type == PROTOBUF_LENGTH ? value : 0;
		break;
	case PROTOBUF_FIXED64:
		size = 8;
		break;
	case PROTOBUF_FIXED32:
		size = 4;
		break;
	default:
		return -1;
	}
	if (from > end || size > end - from)
		return -1;
	field->value = value;
	field->start = from;
	field->end = from + size;
	return 0;
}

#endif
