/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) OR Apache-2.0 */
/*
 * Which packets may be those of a moved connection. All tuples of one, that of its origin and those of its
 * legs, have the client's address and port: so the map `moved` counts flows by a hash of the two. A zero
 * there tells of most packets that they need no lookup in `flows` or `legs`.
 */
#ifndef SHUNT_MOVED_H
#define SHUNT_MOVED_H

#include <shunt/tables.h>

/* The element of `moved` that counts the flows of a client's port. */
static inline __u32 shunt_moved_index(const struct shunt_address *client, __u16 port)
{
	const __u32 *words = (const __u32 *)client->bytes;
	__u32 hash = (words[2] ^ words[3] ^ (__u32)port << 16) * 0x9e3779b1U;

	return hash >> (32 - SHUNT_MOVED_BITS);
}

#endif
