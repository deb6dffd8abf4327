// SPDX-License-Identifier: Apache-2.0
#include "user/cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/log.h"

enum {
	KEY_BPFFS = 1000,
	KEY_OUTPUT,
};

static const struct argp_option descriptions[] = {
	{"bpffs", KEY_BPFFS, "DIR", 0, "Where shuntd pins the tables (default: /sys/fs/bpf/shunt)",
	 0},
	{"output", KEY_OUTPUT, "text|json", 0, "How to print (default: text)", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct globals *globals = state->input;

	switch (key) {
	case KEY_BPFFS:
		globals->bpffs = value;
		return 0;
	case KEY_OUTPUT:
		if (strcmp(value, "json") != 0 && strcmp(value, "text") != 0)
			argp_error(state, "--output: neither text nor json: %s", value);
		globals->json = strcmp(value, "json") == 0;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp globals_argp = {.options = descriptions, .parser = parse};

const struct argp_child command_children[] = {{.argp = &globals_argp}, {0}};

void command_init(struct argp_state *state, struct globals *globals)
{
	state->child_inputs[0] = globals;
}

static error_t parse_nothing(int key, char *value, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, state->input);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void command_parse(struct globals *globals, int argc, char **argv, const char *doc)
{
	const struct argp argp = {
		.parser = parse_nothing, .doc = doc, .children = command_children};

	argp_parse(&argp, argc, argv, 0, NULL, globals);
}

static int check_layout(const struct globals *globals, const struct maps *maps)
{
	struct shunt_settings settings;
	int error;

	error = maps_read_settings(maps, &settings);
	if (error) {
		command_fail(globals, error);
		return error;
	}
	if (settings.layout_version == SHUNT_LAYOUT_VERSION)
		return 0;
	log_line("the tables at %s have layout version %u, but this version reads %u",
		 globals->bpffs, settings.layout_version, SHUNT_LAYOUT_VERSION);
	return -ESTALE;
}

int command_open_maps(const struct globals *globals, struct maps *maps)
{
	struct maps opened;
	const char *failed;
	int error;

	error = maps_open(globals->bpffs, &opened, &failed);
	if (error == -ENOENT)
		log_line("no tables at %s: is shuntd running, or is --bpffs needed?",
			 globals->bpffs);
	else if (error == -EPERM || error == -EACCES)
		log_line("cannot open the tables at %s: %s; root is needed", globals->bpffs,
			 strerror(-error));
	else if (error == -ESTALE)
		log_line("the table %s at %s is not laid out as this version reads it", failed,
			 globals->bpffs);
	else if (error)
		log_line("cannot open the table %s at %s: %s", failed, globals->bpffs,
			 strerror(-error));
	if (error)
		return error;
	error = check_layout(globals, &opened);
	if (error)
		maps_close(&opened);
	else
		*maps = opened;
	return error;
}

int command_fail(const struct globals *globals, int error)
{
	log_line("cannot read the tables at %s: %s", globals->bpffs, strerror(-error));
	return EXIT_FAILURE;
}

int command_print_json(json_t *document, bool one_line)
{
	int error = 0;

	errno = ENOMEM;
	if (!document || json_dumpf(document, stdout, one_line ? JSON_COMPACT : JSON_INDENT(2)) ||
	    putchar('\n') == EOF || fflush(stdout))
		error = -errno;
	json_decref(document);
	if (error && error != -EPIPE)
		log_line("cannot print: %s", strerror(-error));
	return error;
}
