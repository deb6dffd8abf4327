/* SPDX-License-Identifier: Apache-2.0 */
/* Passports (shunt/passport.h) as user space makes them, to try what the network does to one. */
#ifndef SHUNT_USER_LIB_PASSPORT_H
#define SHUNT_USER_LIB_PASSPORT_H

#include <stddef.h>
#include <linux/bpf.h>
#include <shunt/passport.h>
#include <shunt/tables.h>

#define PASSPORT_SYN_SIZE 40 /* of a TCP header with an MSS and a passport */

/* The tag of the SYN by which the connection's client begins with this sequence number. */
__u64 passport_tag(const struct shunt_key *key, const struct shunt_connection *connection,
		   __u32 sequence);

/* Writes the option with the key that is in force. -ENOKEY where there is none. */
int passport_write(const struct shunt_keys *keys, const struct shunt_connection *connection,
		   __u32 sequence, __u8 option[SHUNT_PASSPORT_LENGTH]);

/* Writes that SYN whole, as it goes on the wire below IPv4 or IPv6. -ENOKEY. */
int passport_write_syn(const struct shunt_keys *keys, const struct shunt_connection *connection,
		       __u32 sequence, __u8 segment[PASSPORT_SYN_SIZE]);

/* The checksum (RFC 9293, 3.1) of a segment of the client's whose own checksum is 0; in host order. */
__u16 passport_checksum(const struct shunt_connection *connection, const __u8 *segment,
			size_t length);

#endif
