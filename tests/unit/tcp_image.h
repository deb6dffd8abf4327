/* SPDX-License-Identifier: Apache-2.0 */
/* TCP options as bytes, and headers that hold them. */
#ifndef SHUNT_TESTS_UNIT_TCP_IMAGE_H
#define SHUNT_TESTS_UNIT_TCP_IMAGE_H

#include "bpf/tcp.h"

#define WORD(x) (x) >> 24, (x) >> 16 & 0xff, (x) >> 8 & 0xff, (x)&0xff
#define SACK1(a, b) 5, 10, WORD(a), WORD(b)
#define TIMESTAMP 8, 10, 1, 2, 3, 4, 5, 6, 7, 8
#define NOP10 1, 1, 1, 1, 1, 1, 1, 1, 1, 1

/* A header with `length` bytes of options, of 40 given, or NULL for none. */
static inline struct tcp_image image_new(const __u8 *options, __u8 length)
{
	struct tcp_image image = {.offset = (TCP_HEADER_MIN + length) / 4 << 4, .flags = TCP_ACK};

	if (options)
		memcpy(image.options, options, 40);
	return image;
}

#endif
