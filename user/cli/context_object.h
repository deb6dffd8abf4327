/* SPDX-License-Identifier: Apache-2.0 */
/* Context objects as JSON. */
#ifndef SHUNT_USER_CLI_CONTEXT_OBJECT_H
#define SHUNT_USER_CLI_CONTEXT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <jansson.h>

#define CONTEXT_OBJECT_OWNER "shunt.dev/owner" /* an annotation */

/* An empty one. NULL for want of memory. */
json_t *context_object_new(const char *name);

/*
 * What a person wrote of it: apiVersion, kind, spec, and of metadata name, namespace, labels and
 * annotations. Deep copies with a new name where name is not NULL. NULL for want of memory.
 */
json_t *context_object_written(const json_t *object, const char *name);

/* Whether a person wrote the same of both. */
bool context_object_same(const json_t *a, const json_t *b);

/* Borrowed; "" where there is none. */
const char *context_object_name(const json_t *object);
const char *context_object_annotation(const json_t *object, const char *key);

/* Labels, config or annotations, of spec or metadata; NULL where there are none. */
json_t *context_object_map(const json_t *object, const char *part, const char *name);

/* The override's target as the command line has it, "sha:4f2a91c", in text; "" where malformed. */
const char *context_object_target(const json_t *override, char *text, size_t size);

/* Whether the override (or what is said of it) of a context is that of the service. */
bool context_object_is_service(const json_t *object, const json_t *override, const char *service);

/* What the manager says of the override of a service; NULL where it says nothing. */
json_t *context_object_override_status(const json_t *object, const char *service);

/* When it expires, as RFC 3339; NULL: never. */
const char *context_object_expires(const json_t *object);
bool context_object_is_expired(const json_t *object, time_t now);

/* Whether only signed markers name it. */
bool context_object_is_signed(const json_t *object);

/* Whether it says of an override that it is resolved, and of how many it says that they are not. */
bool context_object_is_resolved(const json_t *status);
size_t context_object_unresolved(const json_t *object);

#endif
