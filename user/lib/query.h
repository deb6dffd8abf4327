/* SPDX-License-Identifier: Apache-2.0 */
/* The query of a request target, "a=1&b=x%20y" (RFC 3986), and its percent-encoding. */
#ifndef SHUNT_USER_LIB_QUERY_H
#define SHUNT_USER_LIB_QUERY_H

#include <stddef.h>

#define QUERY_MAX 4096 /* bytes of a query */
#define QUERY_NAMES_MAX 16
#define QUERY_PROBLEM_SIZE 160

/* All zero is empty. */
struct query {
	char *text;
	const char *values[QUERY_NAMES_MAX]; /* by the index of its name; NULL: not there */
};

/*
 * Decodes length characters of text to a NUL-ended text of at most size bytes. -EINVAL where an
 * escape is malformed or means NUL, -E2BIG where it does not fit. A plus sign stands for itself.
 */
int query_decode(const char *text, size_t length, char *decoded, size_t size);

/*
 * Reads a query, which may be NULL. names ends with NULL. A name that is not among them, one that is
 * there twice, and what is malformed is -EINVAL (too long: -E2BIG), and problem says so. -ENOMEM. On
 * success the caller clears *query.
 */
int query_parse(const char *text, const char *const *names, struct query *query,
		char problem[QUERY_PROBLEM_SIZE]);

/* Safe on a zeroed struct. */
void query_clear(struct query *query);

/* Reads a whole number of digits only, at most high. -EINVAL. */
int query_number(const char *text, unsigned long long high, unsigned long long *number);

#endif
