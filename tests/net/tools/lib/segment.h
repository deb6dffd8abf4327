/* SPDX-License-Identifier: Apache-2.0 */
/* IP packets with a TCP segment, made byte by byte. */
#ifndef SHUNT_TESTS_SEGMENT_H
#define SHUNT_TESTS_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <sys/socket.h>

#define SEGMENT_MAX 1500

#define SEGMENT_FIN 0x01
#define SEGMENT_SYN 0x02
#define SEGMENT_RST 0x04
#define SEGMENT_ACK 0x10

/* Host byte order, but addresses: 16 bytes in network order, IPv4 as IPv4-mapped. */
struct segment_fields {
	__u8 source[16];
	__u8 destination[16];
	__u16 source_port;
	__u16 destination_port;
	__u32 sequence;
	__u32 acknowledgement;
	__u16 window;
	__u8 flags;
	__u8 options_length; /* a multiple of 4 */
	__u8 options[40];
	size_t payload; /* so many zeros */
};

/* Reads a numeric address of either family. Returns 0 or -EINVAL. */
int segment_address(const char *text, __u8 address[16]);

bool segment_is_ipv4(const struct segment_fields *fields);

/* Where a raw socket sends it; returns the size of *address. */
socklen_t segment_destination(const struct segment_fields *fields,
			      struct sockaddr_storage *address);

/* Writes the IP packet with right checksums; returns its length. */
size_t segment_write(const struct segment_fields *fields, __u8 packet[SEGMENT_MAX]);

/* Reads ports, numbers, window and flags of a TCP header. Returns 0 or -EINVAL. */
int segment_read(const __u8 *tcp, size_t length, struct segment_fields *fields);

/* The next segment of a raw socket that answers the one that was sent; false after the time is up. */
bool segment_receive(int fd, const struct segment_fields *sent, struct segment_fields *got,
		     int limit_ms);

#endif
