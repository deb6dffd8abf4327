/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts that take turns on a connection, and who must answer each. */
#ifndef SHUNT_TESTS_TURNS_H
#define SHUNT_TESTS_TURNS_H

#include <stdbool.h>

#define TURNS_MAX 16

struct turn {
	const char *context; /* "-": none */
	const char *servers; /* separated by commas */
	char server[64]; /* the one that answered first: it must answer ever after */
};

/* Adds the turn "CONTEXT=SERVER[,SERVER]" to *@count others. False where it is malformed, or one too
 * many. */
bool turns_add(char *word, struct turn turns[TURNS_MAX], unsigned int *count);

/* Parses "CONTEXT=SERVER[,SERVER] ...". Returns how many there are, 0 where it is malformed. */
int turns_parse(char *words, struct turn turns[TURNS_MAX]);

/* Whether @server is one of the turn's. */
bool turn_names(const struct turn *turn, const char *server);

/* Whether @server may answer this turn: one of its servers, and always the same. */
bool turn_accepts(struct turn *turn, const char *server);

#endif
