// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/command.h"
#include "user/cli/detach.h"
#include "user/cli/flows.h"
#include "user/cli/header.h"
#include "user/cli/status.h"
#include "user/cli/trace.h"
#include "user/lib/bpffs.h"
#include "user/lib/log.h"
#include "user/lib/version.h"

const char *argp_program_version = "shunt " SHUNT_VERSION;

static const struct command commands[] = {
	{"status", "Tables, links and counts", status_run},
	{"flows", "The connections that were moved, and their legs", flows_run},
	{"trace", "Print moves and failures as they happen", trace_run},
	{"header", "Print what names a context, or what a header means", header_run},
	{"detach", "Remove all programs, links and maps", detach_run},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

struct input {
	struct globals globals;
	const struct command *command;
	int index; /* of its name in argv */
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, &input->globals);
		return 0;
	case ARGP_KEY_ARG:
		input->command = find_command(value);
		if (!input->command)
			argp_error(state, "unknown command: %s", value);
		/* What follows is the command's own. */
		input->index = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a COMMAND is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Adds the table of commands to the help. */
static char *extend_help(int key, const char *text, void *input)
{
	char *extended = NULL;
	size_t length;
	FILE *file;

	(void)input;
	if (key != ARGP_KEY_HELP_EXTRA)
		return (char *)text;
	file = open_memstream(&extended, &length);
	if (!file)
		return NULL;
	fputs("Commands:\n", file);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(file, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fputs("`shunt COMMAND --help` tells more.", file);
	fclose(file);
	return extended;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "COMMAND [ARGUMENT...]",
		.doc = "Look into what shuntd does on this node.",
		.children = command_children,
		.help_filter = extend_help,
	};
	struct input input = {.globals.bpffs = BPFFS_DEFAULT};
	char name[64];

	argp_err_exit_status = COMMAND_EXIT_USAGE;
	signal(SIGPIPE, SIG_IGN);
	log_libbpf(false);
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &input);
	snprintf(name, sizeof(name), "shunt %s", input.command->name);
	argv[input.index] = name;
	return input.command->run(&input.globals, argc - input.index, argv + input.index);
}
