/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What trial.c and the process that it starts have in common: addresses, and what they tell each other.
 * The addresses are of the ranges for documentation (RFC 5737, RFC 3849), which no network uses.
 */
#ifndef SHUNT_USER_LIB_TRIAL_WIRE_H
#define SHUNT_USER_LIB_TRIAL_WIRE_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <shunt/tables.h>

#define TRIAL_FAMILIES 2 /* IPv4, IPv6 */
#define TRIAL_NETNS_ID 1 /* of the client's namespace as seen from the node's */
#define TRIAL_IFINDEX 0x53480000 /* of the node's end of the link: no node has that many links */
#define TRIAL_ORIGIN_PORT 80
#define TRIAL_OFFLOADED_PORT 8080
#define TRIAL_TEXT_SIZE 320
#define TRIAL_REQUEST_SIZE 512

/* Each in both families. */
extern const char *const trial_client[TRIAL_FAMILIES];
extern const char *const trial_origin[TRIAL_FAMILIES];
extern const char *const trial_offloaded[TRIAL_FAMILIES];
extern const unsigned int trial_prefix_length[TRIAL_FAMILIES];
extern const int trial_families[TRIAL_FAMILIES]; /* AF_INET, AF_INET6 */

/* To the process: make a connection of this family and move this request on it. */
struct trial_order {
	unsigned int family; /* index */
	char marked[TRIAL_REQUEST_SIZE]; /* the request that has the marker */
};

/* From the process: at first that it stands, then the end of each order. */
struct trial_report {
	bool passed; /* as it should be */
	bool has[TRIAL_FAMILIES]; /* at first: what the kernel has */
	__u16 port; /* of the client */
	char text[TRIAL_TEXT_SIZE]; /* what is wrong, else empty */
};

#endif
