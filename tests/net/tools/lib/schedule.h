/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection of the stress client does, drawn from a seed. It depends on nothing that the
 * network does, so a failure can be had again.
 */
#ifndef SHUNT_TESTS_SCHEDULE_H
#define SHUNT_TESTS_SCHEDULE_H

#include <stdint.h>

#include "request.h"

#define BURST_MAX 4

/* How much of everything; percentages are of bursts. */
struct schedule_mix {
	const char *name; /* what requests' identifiers begin with: "NAME.CONNECTION.NUMBER" */
	uint64_t body; /* largest body, both ways, in bytes */
	unsigned int pipelining; /* more than one request */
	unsigned int chunked; /* of requests with a body */
	unsigned int chunked_answers; /* of answers */
	unsigned int endings; /* of each of the four ways to end a connection */
	unsigned int pieces; /* of each of the two ways to write in pieces */
	unsigned int think_ms; /* at most, before every fourth burst */
};

enum burst_writing {
	WRITE_AT_ONCE,
	WRITE_HEAD_SPLIT, /* in up to 4 packets */
	WRITE_PIECES, /* all of it, of any size */
};

enum burst_ending {
	ENDING_NONE,
	ENDING_CLOSE, /* by the client */
	ENDING_SERVER, /* by the server, which is asked to */
	ENDING_HALF, /* the client ends its side behind the last request */
	ENDING_RESET, /* by the client, before or while it is answered */
};

/* Requests that are sent together. All have one context: later ones go where the first one is. */
struct burst {
	unsigned int count;
	unsigned int turn; /* which context */
	struct request requests[BURST_MAX];
	unsigned int think_ms;
	unsigned int pause_ms; /* between packets of a head */
	unsigned int reset_ms; /* how long a reset waits */
	unsigned int reset_percent; /* of the bytes to be sent before it */
	enum burst_writing writing;
	enum burst_ending ending;
	uint64_t pieces; /* state for chances of their sizes */
};

/*
 * Draws the next burst, of at most @most requests with numbers from @number on, of connection
 * @connection, for one of @turns contexts. The contexts' names are the caller's to fill in.
 */
void schedule_burst(const struct schedule_mix *mix, uint64_t *state, unsigned int connection,
		    unsigned int number, unsigned int most, unsigned int turns,
		    struct burst *burst);

#endif
