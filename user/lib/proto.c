// SPDX-License-Identifier: Apache-2.0
#include "user/lib/proto.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "user/lib/base64.h"

#define VARINT_BYTES_MAX 10 /* 64 bits, seven a byte */

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_LENGTH = 2,
	WIRE_FIXED32 = 5,
};

struct check {
	const __u8 *bytes;
	const char *name; /* of the outermost message */
	char *problem;
};

/* Present in a message: bytes [at, end) of it are to be read. */
struct range {
	size_t at;
	size_t end;
};

static int refuse(const struct check *check, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(const struct check *check, size_t at, const char *format, ...)
{
	int length =
		snprintf(check->problem, PROTO_PROBLEM_SIZE, "%s: byte %zu: ", check->name, at);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(check->problem + length, PROTO_PROBLEM_SIZE - (size_t)length, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static int read_varint(const struct check *check, struct range *range, const char *what,
		       __u64 *value)
{
	size_t start = range->at;
	__u64 sum = 0;

	for (unsigned int i = 0; range->at < range->end; i++) {
		__u8 byte = check->bytes[range->at++];

		if (i == VARINT_BYTES_MAX - 1 && byte > 1)
			return refuse(check, start, "%s is longer than 64 bits", what);
		sum |= (__u64)(byte & 0x7f) << (7 * i);
		if (byte < 0x80) {
			*value = sum;
			return 0;
		}
	}
	return refuse(check, start, "%s is cut off", what);
}

static const char *name_type(unsigned int type)
{
	switch (type) {
	case WIRE_VARINT:
		return "a varint";
	case WIRE_FIXED64:
		return "8 bytes";
	case WIRE_LENGTH:
		return "a length and bytes";
	default:
		return "4 bytes";
	}
}

/* The types that the schemas in proto/ use. */
static unsigned int wire_type_of(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_FIXED64:
		return WIRE_FIXED64;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return WIRE_LENGTH;
	default:
		return WIRE_VARINT;
	}
}

/* Goes over a value of a wire type; *content is what a length announces. */
static int skip_value(const struct check *check, struct range *range, unsigned int type,
		      const char *name, struct range *content)
{
	size_t start = range->at;
	__u64 size = 0;
	int error = 0;

	if (type == WIRE_VARINT || type == WIRE_LENGTH)
		error = read_varint(check, range, name, &size);
	if (error)
		return error;
	if (type == WIRE_VARINT)
		size = 0;
	else if (type == WIRE_FIXED64)
		size = 8;
	else if (type == WIRE_FIXED32)
		size = 4;
	if (size > range->end - range->at)
		return refuse(check, start, "%s has %llu bytes, but only %zu are left", name,
			      (unsigned long long)size, range->end - range->at);
	*content = (struct range){range->at, range->at + size};
	range->at += size;
	return 0;
}

/* The depth is that of the schema: none of proto/ contains itself. */
static int check_message(const struct check *check, const ProtobufCMessageDescriptor *descriptor,
			 struct range range)
{
	while (range.at < range.end) {
		const ProtobufCFieldDescriptor *field;
		size_t start = range.at;
		struct range content = {0};
		unsigned int type;
		const char *name;
		__u64 tag = 0;
		int error;

		error = read_varint(check, &range, "a field's number", &tag);
		if (error)
			return error;
		type = tag & 7;
		if (tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
			return refuse(check, start, "no field has the number %llu",
				      (unsigned long long)tag >> 3);
		field = protobuf_c_message_descriptor_get_field(descriptor,
								(unsigned int)(tag >> 3));
		name = field ? field->name : "an unknown field";
		if (type != WIRE_VARINT && type != WIRE_FIXED64 && type != WIRE_LENGTH &&
		    type != WIRE_FIXED32)
			return refuse(check, start, "%s has the unknown wire type %u", name, type);
		if (field && type != wire_type_of(field))
			return refuse(check, start, "%s has to be %s, but is %s", name,
				      name_type(wire_type_of(field)), name_type(type));
		error = skip_value(check, &range, type, name, &content);
		if (!error && field && field->type == PROTOBUF_C_TYPE_MESSAGE)
			error = check_message(check, field->descriptor, content);
		if (error)
			return error;
	}
	return 0;
}

int proto_unpack(const ProtobufCMessageDescriptor *descriptor, const __u8 *bytes, size_t size,
		 ProtobufCMessage **message, char problem[PROTO_PROBLEM_SIZE])
{
	const struct check check = {
		.bytes = bytes, .name = descriptor->short_name, .problem = problem};
	ProtobufCMessage *unpacked;
	int error;

	error = check_message(&check, descriptor, (struct range){0, size});
	if (error)
		return error;
	unpacked = protobuf_c_message_unpack(descriptor, NULL, size, bytes);
	if (!unpacked)
		return refuse(&check, 0, "protobuf-c cannot unpack it");
	*message = unpacked;
	return 0;
}

char *proto_to_text(const ProtobufCMessage *message)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	char *text = malloc(BASE64_TEXT_SIZE(size));
	__u8 *bytes = malloc(size ? size : 1);

	if (text && bytes) {
		protobuf_c_message_pack(message, bytes);
		base64_format(bytes, size, text);
	} else {
		free(text);
		text = NULL;
	}
	free(bytes);
	return text;
}

int proto_from_text(const char *text, size_t length, __u8 **bytes, size_t *size,
		    char problem[PROTO_PROBLEM_SIZE])
{
	__u8 *decoded = malloc(BASE64_BYTES_MAX(length));
	size_t bad;
	int error;

	if (!decoded)
		return -ENOMEM;
	error = base64_parse(text, length, decoded, size, &bad);
	if (!error) {
		*bytes = decoded;
		return 0;
	}
	free(decoded);
	if (bad == length)
		snprintf(problem, PROTO_PROBLEM_SIZE,
			 "no base64: it is cut off after %zu characters", length);
	else if (isprint((unsigned char)text[bad]))
		snprintf(problem, PROTO_PROBLEM_SIZE,
			 "no base64: character %zu, '%c', cannot stand there", bad + 1, text[bad]);
	else
		snprintf(problem, PROTO_PROBLEM_SIZE,
			 "no base64: character %zu, 0x%02x, cannot stand there", bad + 1,
			 (unsigned char)text[bad]);
	return error;
}
