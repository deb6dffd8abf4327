/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts for a person. */
#ifndef SHUNT_USER_CLI_CONTEXT_PRINT_H
#define SHUNT_USER_CLI_CONTEXT_PRINT_H

#include <stdio.h>
#include <jansson.h>

#define CONTEXT_STATE_SIZE 64

/* Prints all of a context and what it comes to. */
int context_print(const json_t *object, FILE *file);

/* "resolved", "2 of 3 unresolved", "expired", "not understood"; "" where nobody says. */
const char *context_print_state(const json_t *object, char text[CONTEXT_STATE_SIZE]);

/* A line on standard error for each override that is not resolved. */
void context_print_unresolved(const json_t *object);

#endif
