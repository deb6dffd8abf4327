/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML 1.1 and JSON text as a tree of nodes that know their place. A text may hold several YAML
 * documents. Refused: anchors and aliases, tags, a key that is there twice or is no scalar,
 * nesting beyond DOCUMENT_DEPTH_MAX, text beyond DOCUMENT_BYTES_MAX.
 */
#ifndef SHUNT_USER_LIB_DOCUMENT_H
#define SHUNT_USER_LIB_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include "user/lib/arena.h"
#include "user/lib/problems.h"

#define DOCUMENT_BYTES_MAX (256u * 1024 * 1024)
#define DOCUMENT_DEPTH_MAX 100

enum document_type {
	DOCUMENT_SCALAR,
	DOCUMENT_SEQUENCE,
	DOCUMENT_MAPPING,
};

struct document_node {
	enum document_type type;
	bool quoted; /* a scalar that is a string whatever it looks like */
	unsigned int line; /* from 1; 0 where not known */
	unsigned int column; /* from 1, in characters */
	unsigned int count; /* bytes of a scalar, items of a sequence, pairs of a mapping */
	union {
		const char *text; /* of a scalar; a NUL follows, and may also be inside */
		const struct document_node *items; /* of a mapping: key, value, key, value */
	};
};

/* What a scalar means by YAML's and Kubernetes' rules. */
enum document_scalar {
	DOCUMENT_STRING,
	DOCUMENT_NULL,
	DOCUMENT_BOOLEAN,
	DOCUMENT_NUMBER,
};

/* All zero is empty. */
struct document {
	struct arena arena;
	const struct document_node *roots; /* one for each document of the text */
	size_t root_count;
};

/*
 * Parses text; file is its name in problems. -EINVAL where it was refused, with
 * "file:line:column: reason" in problems; -ENOMEM. On success the caller clears *document.
 */
int document_parse(const char *file, const char *text, size_t length, struct document *document,
		   struct problems *problems);

/* The same from a file; the errors of open(2) and read(2) become problems and are returned. */
int document_load(const char *path, struct document *document, struct problems *problems);

/* Frees what *document points to and zeroes it. Safe on a zeroed struct and on NULL. */
void document_clear(struct document *document);

/* The value of a mapping's key, or NULL: no such key, or node is NULL or no mapping. */
const struct document_node *document_get(const struct document_node *node, const char *key);

enum document_scalar document_scalar_type(const struct document_node *scalar);

/* True for NULL and for a scalar that means null. */
bool document_is_null(const struct document_node *node);

#endif
