/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts in manifests: several documents, Lists and ContextLists. */
#ifndef SHUNT_USER_CLI_CONTEXT_MANIFEST_H
#define SHUNT_USER_CLI_CONTEXT_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>
#include "user/lib/document.h"

struct context_manifest_item {
	json_t *object; /* with apiVersion and kind */
	unsigned int line;
};

/* All zero is empty. */
struct context_manifest {
	struct context_manifest_item *items; /* as written */
	size_t count;
	size_t capacity;
	bool alone; /* the text is a single Context, in no List */
};

/*
 * Checks a text by the rules of objects and takes its Contexts. Other kinds are left out where
 * others is true, and refused where not. -EINVAL with "file:line:column: field: reason" in problems,
 * -ENOMEM. *manifest is written only on success.
 */
int context_manifest_read(const char *file, const struct document *document, bool others,
			  struct context_manifest *manifest, struct problems *problems);

/* Checks an object by the same rules; file is its name in problems, where lines mean nothing. */
int context_manifest_check(const char *file, const json_t *object, struct problems *problems);

/* Safe on a zeroed struct. */
void context_manifest_clear(struct context_manifest *manifest);

#endif
