/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a generation, as a reader of the sync stream collects and checks them. */
#ifndef SHUNT_USER_LIB_SYNC_ROWS_H
#define SHUNT_USER_LIB_SYNC_ROWS_H

#include "proto/sync.pb-c.h"
#include "user/lib/sync_wire.h"

#define SYNC_ROWS_NAMES 512 /* names that are remembered, a power of two */

/* Names that were checked and copied lately: most rows repeat one of them. */
struct sync_names {
	const char *recent[SYNC_ROWS_NAMES];
};

struct sync_rows {
	struct changes changes;
	struct sync_names contexts;
	struct sync_names services;
	struct policy policy; /* its parts so far; the changes refer to it */
	char *problem; /* SYNC_PROBLEM_SIZE */
};

/* Forgets all rows; the next are those of a snapshot or of a change. */
void sync_rows_start(struct sync_rows *rows, bool snapshot);

/* Adds copies of a message's rows to the changes. -EBADMSG with the problem, -ENOMEM. */
int sync_rows_add(struct sync_rows *rows, const Shunt__V1__SyncRows *message);

/* No key is there twice, else -EBADMSG with the problem. Sorts the changes where they are not. */
int sync_rows_finish(struct sync_rows *rows);

void sync_rows_clear(struct sync_rows *rows);

/* Writes the problem and returns -EBADMSG. */
int sync_rows_refuse(struct sync_rows *rows, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

int sync_rows_address(struct sync_rows *rows, const ProtobufCBinaryData *from,
		      struct shunt_address *to);

/*
 * One without a service of its own; whose it is ("an override's") begins the problem. A target has an
 * address that a target may have, others one that may be dialed.
 */
int sync_rows_endpoint(struct sync_rows *rows, const Shunt__V1__SyncEndpoint *from,
		       const char *owner, bool is_target, struct shunt_endpoint *to);

/* sync_rows_policy.c */
int sync_rows_set_markers(struct sync_rows *rows, const Shunt__V1__SyncMarkers *from);
int sync_rows_set_keys(struct sync_rows *rows, const Shunt__V1__SyncKeys *from);
int sync_rows_add_policy(struct sync_rows *rows, const Shunt__V1__SyncPolicy *from);

/* The checked copy of a name, -EBADMSG with the problem where it is none. */
int sync_rows_context(struct sync_rows *rows, const char *name, const char **copy);
int sync_rows_service(struct sync_rows *rows, const char *name, const char **copy);

#endif
