/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet frames that carry TCP over IPv4 or IPv6, without tags, options before TCP or fragments. */
#ifndef SHUNT_TESTS_FRAME_H
#define SHUNT_TESTS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 65600

struct frame {
	size_t size;
	uint8_t bytes[FRAME_MAX];
};

bool frame_is_tcp(const struct frame *frame);

/* Of the IP packet of a frame that is TCP. */
size_t frame_packet_size(const struct frame *frame);

/* Changes one byte of a TCP segment, its payload's if it has one, so that its checksum is wrong. */
void frame_corrupt(struct frame *frame, uint64_t value);

/* Whether its sender would want to hear that it is too big: IPv4 says so by DF. */
bool frame_may_not_be_cut(const struct frame *frame);

/* Makes the ICMP message that says so to the sender of *frame, from its destination's address. */
void frame_too_big(const struct frame *frame, uint16_t mtu, struct frame *message);

#endif
