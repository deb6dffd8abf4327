/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 in its standard alphabet (RFC 4648, 4), as the kernel reads it too. */
#ifndef SHUNT_USER_LIB_BASE64_H
#define SHUNT_USER_LIB_BASE64_H

#include <stddef.h>
#include <linux/types.h>

#define BASE64_TEXT_SIZE(bytes) (((bytes) + 2) / 3 * 4 + 1) /* of the encoded text and its NUL */
#define BASE64_BYTES_MAX(length) ((length) / 4 * 3 + 3) /* that so much text can stand for */

/* Writes BASE64_TEXT_SIZE(size) characters, padding and NUL included. */
void base64_format(const __u8 *bytes, size_t size, char *text);

/*
 * Decodes text into at most BASE64_BYTES_MAX(length) bytes. Spaces and tabs are skipped, padding
 * may be missing. -EINVAL where it is malformed: *bad is then the index of the first character that
 * cannot stand there, or length where the text ends too early.
 */
int base64_parse(const char *text, size_t length, __u8 *bytes, size_t *size, size_t *bad);

#endif
