/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) OR Apache-2.0 */
/*
 * The passport of a moved connection: an experimental TCP option (RFC 4727, RFC 6994) in its SYN,
 * by which the fence of the offloaded pod knows that the switch made it.
 *
 *   kind 254, length 16, ExID 0x5348, epoch (4 bytes), tag (8 bytes), in network order
 *
 * The tag is SipHash-2-4 with the epoch's key over the SYN's source address and destination address
 * (16 bytes each, IPv4-mapped), source port, destination port and sequence number, in network order:
 * 40 bytes. The ExID is not registered; another user of it would not guess the tag.
 */
#ifndef SHUNT_PASSPORT_H
#define SHUNT_PASSPORT_H

#define SHUNT_PASSPORT_KIND 254
#define SHUNT_PASSPORT_LENGTH 16
#define SHUNT_PASSPORT_EXID 0x5348

/* The window of the RST by which a fence refuses says why; a stack's own RST has 0 there. */
#define SHUNT_REFUSAL_MISSING 0x5301
#define SHUNT_REFUSAL_EXPIRED 0x5302
#define SHUNT_REFUSAL_FORGED 0x5303

#endif
