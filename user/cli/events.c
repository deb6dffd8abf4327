// SPDX-License-Identifier: Apache-2.0
#include "user/cli/events.h"

#include "user/cli/listing.h"
#include "user/cli/when.h"

#define EVENTS_MAX 1000 /* in one answer */

enum {
	KEY_CONTEXT = 2000,
	KEY_LIMIT,
};

struct input {
	struct globals *globals;
	const char *context;
	const char *limit;
};

static const struct argp_option descriptions[] = {
	{"context", KEY_CONTEXT, "NAME", 0, "Only those of this context", 0},
	{"limit", KEY_LIMIT, "N", 0, "The newest N, up to 1000 (default: 100)", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case KEY_CONTEXT:
		input->context = command_context_name(state, value);
		return 0;
	case KEY_LIMIT:
		command_number(state, "--limit", value, EVENTS_MAX);
		input->limit = value;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void add_row(struct table *table, const json_t *item)
{
	char when[WHEN_SIZE];

	table_add(table, when_describe(listing_text(item, "time"), "", when));
	table_add(table, listing_text(item, "actor"));
	table_add(table, listing_text(item, "action"));
	table_add(table, listing_text(item, "context"));
	table_add(table, listing_text(item, "detail"));
}

static const struct listing listing = {
	.resource = "events",
	.headings = {"when", "who", "action", "context", "what"},
	.add_row = add_row,
};

int events_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.doc = "Print who changed which context when, the newest first.",
		.children = command_server_children,
	};
	struct input input = {.globals = globals, .limit = "100"};
	struct pages_parameter parameters[] = {{"context", NULL}, {"limit", NULL}, {0}};

	argp_parse(&argp, argc, argv, 0, NULL, &input);
	parameters[0].value = input.context;
	parameters[1].value = input.limit;
	return listing_run(&listing, globals, false, parameters);
}
