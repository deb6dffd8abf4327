// SPDX-License-Identifier: Apache-2.0
#include "user/cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/log.h"
#include "user/lib/text.h"

#define TIMEOUT_MAX (60 * 60)

enum {
	KEY_BPFFS = 1000,
	KEY_OUTPUT,
	KEY_WAIT,
	KEY_TIMEOUT,
};

static const struct argp_option output_options[] = {
	{"output", KEY_OUTPUT, "text|json", 0, "How to print (default: text)", 0},
	{0},
};

static const struct argp_option bpffs_options[] = {
	{"bpffs", KEY_BPFFS, "DIR", 0, "Where shuntd pins the tables (default: /sys/fs/bpf/shunt)",
	 0},
	{0},
};

static const struct argp_option wait_options[] = {
	{"wait", KEY_WAIT, NULL, 0, "Return when every live node has applied it", 0},
	{"timeout", KEY_TIMEOUT, "TIME", 0, "How long to wait at most (default: 30s)", 0},
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
	case KEY_WAIT:
		globals->wait = true;
		return 0;
	case KEY_TIMEOUT:
		if (text_parse_duration(value, &globals->timeout) || globals->timeout > TIMEOUT_MAX)
			argp_error(state, "--timeout: not a time as 30s or 5m, up to 1h: %s",
				   value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_server(int key, char *value, struct argp_state *state)
{
	struct globals *globals = state->input;

	return server_option(&globals->server, key, value) ? ARGP_ERR_UNKNOWN : 0;
}

static const struct argp output_argp = {.options = output_options, .parser = parse};
static const struct argp bpffs_argp = {.options = bpffs_options, .parser = parse};
static const struct argp wait_argp = {.options = wait_options, .parser = parse};
static const struct argp server_argp = {.options = server_option_table, .parser = parse_server};

const struct argp_child command_children[] = {{.argp = &output_argp}, {.argp = &bpffs_argp}, {0}};
const struct argp_child command_server_children[] = {
	{.argp = &output_argp}, {.argp = &server_argp}, {0}};
const struct argp_child command_write_children[] = {
	{.argp = &output_argp}, {.argp = &server_argp}, {.argp = &wait_argp}, {0}};
const struct argp_child command_all_children[] = {
	{.argp = &output_argp}, {.argp = &bpffs_argp}, {.argp = &server_argp}, {0}};

void command_init(struct argp_state *state, struct globals *globals)
{
	for (size_t i = 0; state->root_argp->children[i].argp; i++)
		state->child_inputs[i] = globals;
}

error_t command_parse_nothing(int key, char *value, struct argp_state *state)
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
		.parser = command_parse_nothing, .doc = doc, .children = command_children};

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

const char *command_context_name(const struct argp_state *state, const char *text)
{
	if (text_ends_in_tag(text))
		argp_error(state, "not a context name: '%s' ends like a signed marker", text);
	if (!text_is_context_name(text))
		argp_error(state, "not a context name: '%s' (" COMMAND_CONTEXT_RULE ")", text);
	return text;
}

unsigned long command_number(const struct argp_state *state, const char *option, const char *text,
			     unsigned long max)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9' || !number || number > max)
		argp_error(state, "%s: not a number from 1 to %lu: %s", option, max, text);
	return number;
}
