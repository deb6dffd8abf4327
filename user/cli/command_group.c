// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>
#include "user/cli/command.h"
#include "user/lib/text.h"

#define COMMANDS_MAX 16
#define NAME_SIZE 64

struct input {
	const struct command_group *group;
	struct globals *globals;
	const struct command *command;
	int index; /* of its name in argv */
};

static const struct command *find_command(const struct command_group *group, const char *name)
{
	for (size_t i = 0; i < group->count; i++)
		if (strcmp(group->commands[i].name, name) == 0)
			return &group->commands[i];
	return NULL;
}

static void refuse(struct argp_state *state, const struct command_group *group, const char *name)
{
	const char *names[COMMANDS_MAX + 1] = {NULL}, *closest;

	for (size_t i = 0; i < group->count && i < COMMANDS_MAX; i++)
		names[i] = group->commands[i].name;
	closest = text_closest(name, names);
	if (closest)
		argp_error(state, "unknown command: %s; did you mean %s?", name, closest);
	else
		argp_error(state, "unknown command: %s", name);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case ARGP_KEY_ARG:
		input->command = find_command(input->group, value);
		if (!input->command)
			refuse(state, input->group, value);
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
static char *extend_help(int key, const char *text, void *argument)
{
	const struct input *input = argument;
	const struct command_group *group = input->group;
	char *extended = NULL;
	size_t length;
	FILE *file;

	if (key != ARGP_KEY_HELP_EXTRA)
		return (char *)text;
	file = open_memstream(&extended, &length);
	if (!file)
		return NULL;
	fputs("Commands:\n", file);
	for (size_t i = 0; i < group->count; i++)
		fprintf(file, "  %-9s %s\n", group->commands[i].name, group->commands[i].summary);
	fprintf(file, "`%s COMMAND --help` tells more.", group->name);
	fclose(file);
	return extended;
}

int command_run_group(const struct command_group *group, struct globals *globals, int argc,
		      char **argv)
{
	const struct argp argp = {
		.parser = parse,
		.args_doc = "COMMAND [ARGUMENT...]",
		.doc = group->doc,
		.children = group->children,
		.help_filter = extend_help,
	};
	struct input input = {.group = group, .globals = globals};
	char name[NAME_SIZE];

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &input);
	snprintf(name, sizeof(name), "%s %s", group->name, input.command->name);
	argv[input.index] = name;
	return input.command->run(globals, argc - input.index, argv + input.index);
}
