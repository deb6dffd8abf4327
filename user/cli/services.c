// SPDX-License-Identifier: Apache-2.0
#include "user/cli/services.h"

#include <stdio.h>
#include "user/cli/listing.h"
#include "user/cli/visible.h"

#define KEY_NAMES 2000

struct input {
	struct globals *globals;
	bool names;
};

static const struct argp_option descriptions[] = {
	{"names", KEY_NAMES, NULL, 0, "Print only their names, one a line", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case KEY_NAMES:
		input->names = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *get_name(const json_t *item)
{
	static char name[VISIBLE_SIZE];
	const char *namespace = listing_text(item, "namespace"), *own = listing_text(item, "name");

	snprintf(name, sizeof(name), "%s%s%s", namespace ? namespace : "", namespace ? "/" : "",
		 own ? own : "");
	return name;
}

/* "http 80, 9090". */
static const char *list_ports(const json_t *ports, char text[LISTING_TEXT_SIZE])
{
	const json_t *item;
	size_t used = 0, i;

	text[0] = '\0';
	json_array_foreach(ports, i, item)
	{
		const char *name = listing_text(item, "name");

		if (used < LISTING_TEXT_SIZE)
			used += (size_t)snprintf(
				text + used, LISTING_TEXT_SIZE - used, "%s%s%s%lld",
				used ? ", " : "", name ? name : "", name && *name ? " " : "",
				(long long)json_integer_value(json_object_get(item, "port")));
	}
	return text;
}

static const char *count(const json_t *item, const char *name, char text[24])
{
	const json_t *value = json_object_get(item, name);

	snprintf(text, 24, "%lld",
		 json_is_array(value) ? (long long)json_array_size(value)
				      : (long long)json_integer_value(value));
	return text;
}

static void add_row(struct table *table, const json_t *item)
{
	char ports[LISTING_TEXT_SIZE], number[24];

	table_add(table, get_name(item));
	table_add(table, list_ports(json_object_get(item, "ports"), ports));
	table_add(table, count(item, "offloaded", number));
	table_add(table, count(item, "contexts", number));
}

int services_run(struct globals *globals, int argc, char **argv)
{
	static const struct listing listing = {
		.resource = "services",
		.headings = {"service", "ports", "offloaded", "contexts"},
		.add_row = add_row,
		.get_name = get_name,
	};
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.doc = "Print the services that the manager knows, their TCP ports, and how many "
		       "offloaded pods and contexts there are of each.",
		.children = command_server_children,
	};
	static const struct pages_parameter none[] = {{0}};
	struct input input = {.globals = globals};

	argp_parse(&argp, argc, argv, 0, NULL, &input);
	return listing_run(&listing, globals, input.names, none);
}
