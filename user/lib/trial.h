/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trial: whether the pinned programs, with the pinned maps, move a request. Two servers and a client
 * of our own, in network namespaces that nobody else is in, are joined by a link that has these very
 * programs; elements that nobody else looks up are in the maps for as long as that takes. What is not
 * proven by it is what is peculiar to a node's own links. (The self-test of an agent is something else:
 * it asks whether passports reach offloaded pods.)
 */
#ifndef SHUNT_USER_LIB_TRIAL_H
#define SHUNT_USER_LIB_TRIAL_H

#include <limits.h>
#include <stdbool.h>
#include "user/lib/maps.h"
#include "user/lib/trial_process.h"
#include "user/lib/trial_wire.h"

enum trial_outcome {
	TRIAL_PASSED,
	TRIAL_FAILED, /* a request was not moved as it should have been */
	TRIAL_UNTESTED, /* it could not be tried, for want of rights or of room */
};

struct trial {
	const struct maps *maps;
	char directory[PATH_MAX]; /* that is locked: one trial at a time */
	int socket; /* to the process; -1: there is none */
	int lock; /* -1 while none runs */
	bool standing; /* the process has all that it needs */
	bool busy; /* somebody else's trial was under way */
	bool has[TRIAL_FAMILIES];
	unsigned int family; /* that is tried now */
	__u64 full; /* moves for which a table had no room, before it was */
	enum trial_outcome outcome; /* of the last one */
	char text[TRIAL_TEXT_SIZE]; /* why it did not pass, for a person */
};

/*
 * Starts the process, with the programs of pins that directory has, and maps that stay open; confine is
 * for that process. The caller waits until trial->socket is readable, calls trial_receive() then, and
 * stops it.
 */
int trial_start(struct trial *trial, const char *directory, const struct maps *maps,
		int from_pod_fd, int to_pod_fd, trial_confine confine);

/* Takes what the process has to say. Returns whether a trial has ended: the first begins by itself. */
bool trial_receive(struct trial *trial);

/*
 * Begins another one where none is under way. -EBUSY while somebody else's is; -EPIPE where it cannot
 * be.
 */
int trial_begin(struct trial *trial);

/* Ends what is under way, as when it takes too long; there is no other one. */
void trial_give_up(struct trial *trial);

/* Starts, waits until it has ended, and stops. */
void trial_run(struct trial *trial, const char *directory, const struct maps *maps, int from_pod_fd,
	       int to_pod_fd);

void trial_stop(struct trial *trial);

#endif
