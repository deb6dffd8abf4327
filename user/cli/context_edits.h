/* SPDX-License-Identifier: Apache-2.0 */
/* What `shunt context set` shall change of a context. */
#ifndef SHUNT_USER_CLI_CONTEXT_EDITS_H
#define SHUNT_USER_CLI_CONTEXT_EDITS_H

#include <stdbool.h>
#include <time.h>
#include <jansson.h>
#include "user/cli/override_argument.h"
#include "user/cli/when.h"

struct context_edits {
	const char *name; /* of the context */
	json_t *overrides; /* an array; to be there, by service */
	json_t *removed; /* an array of services */
	json_t *config; /* a value of null removes the key */
	json_t *labels; /* the same */
	const char *description; /* NULL: as it is; "": none */
	const char
		*on_unreachable; /* of overrides, or where that is empty of all; NULL: as it is */
	char expires[WHEN_SIZE]; /* RFC 3339; "": as it is, or never where unlimited is true */
	bool unlimited;
	bool sign; /* only signed markers count */
	bool unsign; /* unsigned ones count again */
	bool replace; /* just these overrides and values of config, and no others */
};

/* -ENOMEM. */
int context_edits_init(struct context_edits *edits);
void context_edits_clear(struct context_edits *edits);

/* Each reads an argument. -EINVAL with a problem for a person, -ENOMEM. */
int context_edits_add_override(struct context_edits *edits, const char *text,
			       char problem[OVERRIDE_PROBLEM_SIZE]);
int context_edits_set_expires(struct context_edits *edits, const char *text, time_t now,
			      char problem[OVERRIDE_PROBLEM_SIZE]);
/* "key=value", or "key-", which removes it; to config or labels. */
int context_edits_add_pair(json_t *map, const char *text, char problem[OVERRIDE_PROBLEM_SIZE]);

/* A contexts_edit of contexts_change(), whose argument is a struct context_edits. */
int context_edits_make(void *argument, json_t *present, json_t **wanted);

#endif
