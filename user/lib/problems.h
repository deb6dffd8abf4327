/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded list of texts for a person: what was refused and why, or what deserves a warning. */
#ifndef SHUNT_USER_LIB_PROBLEMS_H
#define SHUNT_USER_LIB_PROBLEMS_H

#include <stddef.h>

#define PROBLEMS_MAX 64

/* All zero is an empty list. */
struct problems {
	char *texts[PROBLEMS_MAX];
	size_t count;
	size_t dropped; /* further ones, beyond PROBLEMS_MAX or for want of memory */
};

/* Adds one line of text without a line end. */
void problems_add(struct problems *problems, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Frees the texts and empties the list. Safe on NULL. */
void problems_clear(struct problems *problems);

#endif
