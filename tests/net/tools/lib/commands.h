/* SPDX-License-Identifier: Apache-2.0 */
/* Tools that are led by lines on standard input, and answer each with lines on standard output. */
#ifndef SHUNT_TESTS_COMMANDS_H
#define SHUNT_TESTS_COMMANDS_H

#include <stddef.h>

struct command {
	const char *name;
	void (*run)(char *words); /* what follows the name */
};

/* Runs what each line says until the input ends. A line has at most 4095 bytes. */
void commands_run(const struct command *commands, size_t count);

#endif
