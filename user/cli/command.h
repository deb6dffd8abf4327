/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share: the table of them, the options that all take, and how they fail. */
#ifndef SHUNT_USER_CLI_COMMAND_H
#define SHUNT_USER_CLI_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <jansson.h>
#include "user/lib/maps.h"

#define COMMAND_EXIT_USAGE 2
#define COMMAND_CONTEXT_RULE "1 to 63 of a-z 0-9 - _ ." /* as text_is_context_name() checks */

struct globals {
	const char *bpffs;
	bool json;
};

struct command {
	const char *name;
	const char *summary;
	int (*run)(struct globals *globals, int argc, char **argv); /* returns the exit status */
};

/*
 * The options that all commands take, whose input is a struct globals. A command's own argp has it
 * as its only child and hands the struct over with command_init().
 */
extern const struct argp_child command_children[];
void command_init(struct argp_state *state, struct globals *globals);

/* Reads the command line of a command that takes no arguments and only those options. */
void command_parse(struct globals *globals, int argc, char **argv, const char *doc);

/* Opens the tables. Says what is wrong and returns -errno where they cannot be read. */
int command_open_maps(const struct globals *globals, struct maps *maps);

/* Says that the tables could not be read, and returns EXIT_FAILURE. */
int command_fail(const struct globals *globals, int error);

/*
 * Prints a document, of which it takes over the reference, as one line or indented. NULL stands
 * for want of memory. Says what is wrong and returns -errno where it cannot; -EPIPE without a word.
 */
int command_print_json(json_t *document, bool one_line);

#endif
