/* SPDX-License-Identifier: Apache-2.0 */
/* What a command that writes contexts has in common: where to, what it did, and waiting for it. */
#ifndef SHUNT_USER_CLI_WRITES_H
#define SHUNT_USER_CLI_WRITES_H

#include "user/cli/command.h"
#include "user/cli/contexts.h"

struct writes {
	const struct globals *globals;
	struct contexts *contexts;
	unsigned long long revision; /* the last one that was written */
	json_t *objects; /* as they are now; of removed ones the names */
	int status; /* EXIT_FAILURE after something that could not be done */
};

/* Says what is wrong and returns the exit status; 0 where all is well. */
int writes_begin(const struct globals *globals, struct writes *writes);

/* Edits a context and tells what came of it. */
void writes_change(struct writes *writes, const char *name, contexts_edit edit, void *argument);

/* Removes a context and tells it. */
void writes_remove(struct writes *writes, const char *name);

/* Waits where that was asked for, prints JSON, closes, and returns the exit status. */
int writes_end(struct writes *writes);

#endif
