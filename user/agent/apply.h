/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing the kernel's tables to what a mirror wants, so that no request sees half of it. */
#ifndef SHUNT_USER_AGENT_APPLY_H
#define SHUNT_USER_AGENT_APPLY_H

#include "user/agent/backend.h"
#include "user/agent/element.h"
#include "user/agent/mirror.h"
#include "user/lib/target.h"

struct apply_table {
	size_t entries; /* in the kernel now */
	size_t left_out; /* wanted, but could not be written */
	int error; /* why the first one of these was left out */
	char first[ELEMENT_TEXT_SIZE]; /* which that is */
};

enum {
	APPLY_REFUSAL_COUNT = 1
#define X(name, text) +1
		TARGET_REFUSALS(X)
#undef X
};

/* Offloaded endpoints that are refused for one reason. */
struct apply_refused {
	size_t count;
	char first[ELEMENT_TEXT_SIZE]; /* which the first one is */
};

struct apply_report {
	size_t written;
	size_t removed;
	size_t waiting; /* removals that are left, as moved connections may use the element */
	struct apply_table tables[PINS_MAP_COUNT]; /* the four that are mirrored */
	struct apply_refused refused[APPLY_REFUSAL_COUNT]; /* by enum target_refusal */
};

/* The mirrored tables in the order in which they are written; removals go the other way. */
#define APPLY_TABLE_COUNT 4
extern const enum pins_map apply_tables[APPLY_TABLE_COUNT];

/*
 * Writes what is to be written, services and endpoints before the overrides that need them, each
 * element at once; then removes what is to be removed, the other way round. An endpoint that
 * overrides may no longer name is written then too. What could not be written is tried again by the
 * next call. What depends on something that could not be written is left out too: its requests go to
 * the origin. What is refused is left out, and removed where it is there, with the overrides that
 * name it. Work goes with what is on the mirror's lists.
 *
 * With released, removes also what moved connections may use, where none does; that takes a look
 * at every flow. Without, or where one does, it stays for the next call.
 *
 * Returns an error where the flows could not be read; nothing that depends on them was removed
 * then. -EBADMSG where the mirror is incomplete; nothing was done. *report is written in every case.
 */
int apply_mirror(struct mirror *mirror, const struct backend *backend, bool released,
		 struct apply_report *report);

/* How many endpoints are refused. */
size_t apply_refused(const struct apply_report *report);

/* How many elements of all tables could not be written, refused ones included. */
size_t apply_left_out(const struct apply_report *report);

#endif
