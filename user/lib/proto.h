/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf messages in base64, as header fields hold them, and reading those of a stranger. */
#ifndef SHUNT_USER_LIB_PROTO_H
#define SHUNT_USER_LIB_PROTO_H

#include <stddef.h>
#include <linux/types.h>
#include <protobuf-c/protobuf-c.h>

#define PROTO_PROBLEM_SIZE 256

/*
 * Unpacks a message. -EINVAL where it is malformed: problem then says what is and at which byte,
 * which protobuf-c does not tell. The caller frees *message with
 * protobuf_c_message_free_unpacked().
 */
int proto_unpack(const ProtobufCMessageDescriptor *descriptor, const __u8 *bytes, size_t size,
		 ProtobufCMessage **message, char problem[PROTO_PROBLEM_SIZE]);

/* Base64 of a packed message, to be freed by the caller; NULL for want of memory. */
char *proto_to_text(const ProtobufCMessage *message);

/*
 * The bytes that base64 stands for, to be freed by the caller. -EINVAL where it is malformed, with
 * what and where in problem; -ENOMEM.
 */
int proto_from_text(const char *text, size_t length, __u8 **bytes, size_t *size,
		    char problem[PROTO_PROBLEM_SIZE]);

#endif
