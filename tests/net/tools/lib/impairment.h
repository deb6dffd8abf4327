/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a bad path does to the packets of one direction. Each TCP packet has a number, and seed and
 * number alone decide about it, so the same packets meet the same fate again. What is not TCP goes
 * through untouched and has no number.
 */
#ifndef SHUNT_TESTS_IMPAIRMENT_H
#define SHUNT_TESTS_IMPAIRMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

/* Rates are in millionths. */
struct impairment_rates {
	uint64_t seed;
	uint32_t loss;
	uint32_t duplicate;
	uint32_t corrupt;
	uint32_t reorder; /* held back until so many others have overtaken it, or the time is up */
	uint32_t reorder_packets;
	uint64_t reorder_ns;
	uint64_t delay_ns;
	uint64_t jitter_ns; /* in addition, at most; this reorders too */
	uint16_t mtu; /* larger packets are lost; 0: none are */
	bool icmp; /* and their senders hear of it */
};

struct impairment_counts {
	uint64_t packets;
	uint64_t others; /* that are not TCP */
	uint64_t lost;
	uint64_t duplicated;
	uint64_t corrupted;
	uint64_t reordered; /* held back, and overtaken by at least one */
	uint64_t delayed;
	uint64_t too_big;
	uint64_t unsent; /* the device took it not */
};

/* Packets by due time. */
struct parcels {
	struct parcel *first;
	struct parcel *last;
};

struct impairment {
	const struct impairment_rates *rates;
	uint64_t stream; /* of the chances; one a direction */
	int forward_fd; /* where packets go on to, a packet a write */
	int back_fd; /* and ICMP messages */
	struct impairment_counts counts;
	struct parcels held; /* back, to be overtaken */
	struct parcels delayed;
};

void impairment_init(struct impairment *path, const struct impairment_rates *rates, uint64_t stream,
		     int forward_fd, int back_fd);

/* Takes a frame at the time @now. May change *frame. */
void impairment_take(struct impairment *path, struct frame *frame, uint64_t now);

/* Sends what is due. Returns the time at which more will be, or UINT64_MAX. */
uint64_t impairment_release(struct impairment *path, uint64_t now);

#endif
