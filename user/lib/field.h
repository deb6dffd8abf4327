/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed reading of a document's fields. A field knows its parents, so that a problem names its
 * place: "file:line:column: spec.overrides[1].service: reason", where the document knows lines. A
 * field that is absent or null has no node. Readers go on after a problem, so that all are found; field_reader.error stays.
 */
#ifndef SHUNT_USER_LIB_FIELD_H
#define SHUNT_USER_LIB_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include "user/lib/arena.h"
#include "user/lib/document.h"
#include "user/lib/problems.h"

struct field_reader {
	const char *file;
	struct arena *arena; /* of the texts that are returned */
	struct problems *problems;
	int error; /* 0, -EINVAL after a problem, -ENOMEM */
};

struct field {
	const struct field *parent; /* NULL for the root of a document */
	const char *key; /* NULL for an item of a sequence */
	size_t index;
	const struct document_node *node; /* NULL where absent or null */
};

/* The field of a mapping by its key, or an item of a sequence. parent has to outlive it. */
struct field field_get(const struct field *parent, const char *key);
struct field field_item(const struct field *parent, size_t index);

/* Notes a problem with the field, or with the nearest parent that is there. */
void field_problem(struct field_reader *reader, const struct field *field, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Notes that there was no memory. */
void field_no_memory(struct field_reader *reader);

/* Whether the field is a mapping; absent is false, anything else a problem. */
bool field_mapping(struct field_reader *reader, const struct field *field);

/* How many items the sequence has; 0 where absent; anything else is a problem and 0. */
size_t field_sequence(struct field_reader *reader, const struct field *field);

/* The text of a string, or NULL where absent or (a problem) something else. */
const char *field_string(struct field_reader *reader, const struct field *field);

/* The same, where absent and empty are problems too. */
const char *field_required_string(struct field_reader *reader, const struct field *field);

/* Writes a whole number within the bounds. False where absent, or (a problem) something else. */
bool field_number(struct field_reader *reader, const struct field *field, long low, long high,
		  long *value);

/* Whether the field is true. Absent gives fallback; no boolean is a problem. */
bool field_boolean(struct field_reader *reader, const struct field *field, bool fallback);

/* Whether the field is a scalar of just this text. */
bool field_equals(const struct field *field, const char *text);

/* Whether the field is there and a plain number. */
bool field_is_number(const struct field *field);

/* A problem for each key of a mapping that is not in the NULL-ended names. */
void field_check_names(struct field_reader *reader, const struct field *field,
		       const char *const *names);

#endif
