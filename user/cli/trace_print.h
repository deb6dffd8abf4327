/* SPDX-License-Identifier: Apache-2.0 */
/* The lines that `shunt trace` prints. */
#ifndef SHUNT_USER_CLI_TRACE_PRINT_H
#define SHUNT_USER_CLI_TRACE_PRINT_H

#include <stdio.h>
#include <jansson.h>

/*
 * Prints an event, as event_to_json() makes it, as one line; that some were lost goes to errors.
 */
void trace_print(FILE *file, FILE *errors, const json_t *event);

#endif
