/* SPDX-License-Identifier: Apache-2.0 */
/* What became of requests, counted by many threads, and told as JSON. */
#ifndef SHUNT_TESTS_TALLY_H
#define SHUNT_TESTS_TALLY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TALLY_SLOW_MS 1000

struct tally {
	pthread_mutex_t lock;
	unsigned int connections;
	unsigned int aborted; /* by the client itself, as was meant */
	unsigned int wrong;
	unsigned int timeouts; /* answered with 504 by the switch */
	uint64_t bytes_sent; /* of bodies */
	uint64_t bytes_received;
	size_t answered;
	float *times_ms; /* of those that were answered rightly */
};

/* For up to @requests requests. Returns 0 or -ENOMEM. */
int tally_init(struct tally *tally, size_t requests);
void tally_free(struct tally *tally);

void tally_connection(struct tally *tally);
void tally_answer(struct tally *tally, double ms, uint64_t sent, uint64_t received);
void tally_aborted(struct tally *tally);
void tally_timeout(struct tally *tally);
void tally_wrong(struct tally *tally);

/* Writes an object and a line end. When all threads are done: it sorts the times. */
void tally_print(struct tally *tally, uint64_t seed, double seconds, FILE *file);

#endif
