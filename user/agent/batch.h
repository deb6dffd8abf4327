/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of a mirror on their way to the kernel, several with one call. */
#ifndef SHUNT_USER_AGENT_BATCH_H
#define SHUNT_USER_AGENT_BATCH_H

#include "user/agent/apply.h"
#include "user/agent/stage.h"

#define BATCH_SIZE 128

struct batch {
	struct mirror *mirror;
	const struct backend *backend;
	struct apply_report *report;
	struct stage stage;
	enum pins_map map;
	bool removal;
	__u32 count;
	__u32 items[BATCH_SIZE];
	char keys[BATCH_SIZE * sizeof(union element_key)];
	char values[BATCH_SIZE * sizeof(union element_value)];
};

/* What is added from now on is of this map, to be removed or to be written. */
void batch_begin(struct batch *batch, enum pins_map map, bool removal);

/* Adds the map's element of this slot. */
void batch_add(struct batch *batch, __u32 item);

/*
 * Sends what was added, marks it in the mirror and counts it in the report. An element that fails
 * keeps its state and is counted too; those after it are done all the same.
 */
void batch_flush(struct batch *batch);

/* Counts an element of the map as left out for this reason. */
void batch_leave_out(struct batch *batch, size_t item, int error);

#endif
