/* SPDX-License-Identifier: Apache-2.0 */
/* Bursts of requests on the connections of the stress client, and their answers. */
#ifndef SHUNT_TESTS_EXCHANGE_H
#define SHUNT_TESTS_EXCHANGE_H

#include <stdio.h>

#include "http.h"
#include "schedule.h"
#include "tally.h"
#include "turns.h"

/* What all connections share. */
struct stress {
	const char *host;
	const char *port;
	uint64_t seed;
	unsigned int connections;
	unsigned int requests; /* of all connections together */
	struct schedule_mix mix;
	struct turn turns[TURNS_MAX];
	unsigned int turns_count;
	FILE *log; /* "answered ID" or "aborted ID" of each request; "slow ms=MS port=PORT ID" too */
	struct tally tally;
};

struct session {
	struct stress *stress;
	unsigned int number;
	int fd; /* -1: not connected */
	int local_port;
	struct http_reader reader;
};

/*
 * Sends a burst, checks its answers and ends the connection as the burst says. Connects before
 * that where there is no connection, which counts as a part of the requests' time. What went wrong is told on standard error, and ends the
 * connection.
 */
void exchange(struct session *session, struct burst *burst);

#endif
