/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share: the tables of them, the options that many take, and how they fail. */
#ifndef SHUNT_USER_CLI_COMMAND_H
#define SHUNT_USER_CLI_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>
#include "user/cli/server.h"
#include "user/lib/maps.h"

#define COMMAND_EXIT_USAGE 2
#define COMMAND_CONTEXT_RULE "1 to 63 of a-z 0-9 - _ ." /* as text_is_context_name() checks */

struct globals {
	const char *bpffs;
	bool json;
	struct server_options server;
	bool wait; /* until every live node has applied what was written */
	unsigned long timeout; /* seconds of that */
};

#define COMMAND_WAIT_TIMEOUT 30 /* seconds, where no other is given */

struct command {
	const char *name;
	const char *summary;
	int (*run)(struct globals *globals, int argc, char **argv); /* returns the exit status */
};

/* Commands of which one is named on the command line. */
struct command_group {
	const char *name; /* "shunt", "shunt context" */
	const char *doc;
	const struct argp_child *children;
	const struct command *commands;
	size_t count;
};

/*
 * The options that commands take, whose input is a struct globals: those that read the tables of
 * this node, those that ask the manager, those that also write there, and all. A command's own argp has one
 * of these as its children and hands the struct over with command_init() at ARGP_KEY_INIT.
 */
extern const struct argp_child command_children[];
extern const struct argp_child command_server_children[];
extern const struct argp_child command_write_children[];
extern const struct argp_child command_all_children[];
void command_init(struct argp_state *state, struct globals *globals);

/* The parser of a command without options and arguments of its own; its input is the struct globals. */
error_t command_parse_nothing(int key, char *value, struct argp_state *state);

/* Reads the options before a command's name, and runs it. */
int command_run_group(const struct command_group *group, struct globals *globals, int argc,
		      char **argv);

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

/* The name of a context from the command line; anything else is a usage error. */
const char *command_context_name(const struct argp_state *state, const char *text);

/* A whole number from 1 to max; anything else is a usage error of the option. */
unsigned long command_number(const struct argp_state *state, const char *option, const char *text,
			     unsigned long max);

#endif
