/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending one SYN of our own making at a time, and seeing what comes back. Only opening it needs
 * a right, CAP_NET_RAW. While it is idle, it takes no packet and costs none anything.
 */
#ifndef SHUNT_USER_AGENT_SELFTEST_WIRE_H
#define SHUNT_USER_AGENT_SELFTEST_WIRE_H

#include <stddef.h>
#include <linux/bpf.h>
#include <shunt/tables.h>

#define WIRE_FAMILIES 2 /* IPv4, IPv6 */
#define WIRE_SEGMENT_SIZE 60 /* a TCP header, which is all that is read of an answer */

struct wire {
	int raw[WIRE_FAMILIES]; /* -1: the kernel does not have the family */
	int reservation; /* holds the port that is used; -1 while idle */
	int family; /* index of the one in use */
	struct shunt_endpoint remote;
};

/* -EPERM without the right. The caller closes it. */
int wire_open(struct wire *wire);

/*
 * Makes ready to send to an endpoint: *connection has the address that routing says and a port of
 * ours that nobody else uses. -ENETUNREACH and the like where there is no way to it.
 */
int wire_begin(struct wire *wire, const struct shunt_endpoint *remote,
	       struct shunt_connection *connection);

/* Sends one TCP segment, checksum and all, to the endpoint. */
int wire_send(const struct wire *wire, const __u8 *segment, size_t length);

/*
 * Takes the next TCP segment that the endpoint sent to the port. Returns its length, cut at
 * WIRE_SEGMENT_SIZE, 0 where a packet was not understood, -EAGAIN where there is none left.
 */
int wire_receive(const struct wire *wire, __u8 segment[WIRE_SEGMENT_SIZE]);

/* Ends what wire_begin() began. */
void wire_end(struct wire *wire);

/* Safe where wire_open() failed. */
void wire_close(struct wire *wire);

#endif
