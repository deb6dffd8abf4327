// SPDX-License-Identifier: Apache-2.0
#include "user/cli/context_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/context_object.h"
#include "user/cli/context_print.h"
#include "user/cli/contexts.h"
#include "user/cli/listing.h"
#include "user/cli/table.h"
#include "user/cli/when.h"
#include "user/lib/log.h"

#define SERVICES_SHOWN 3
#define SERVICES_SIZE 512
#define LABELS_SIZE 1024

enum {
	KEY_OWNER = 2000,
	KEY_SERVICE,
	KEY_STATE,
	KEY_LABEL,
	KEY_NAMES,
};

struct input {
	struct globals *globals;
	struct contexts_filter filter;
	char labels[LABELS_SIZE]; /* of the filter */
	bool names;
};

static const struct argp_option descriptions[] = {
	{"owner", KEY_OWNER, "OWNER", 0, "Only those of this owner", 0},
	{"service", KEY_SERVICE, "SERVICE", 0, "Only those that override this service", 0},
	{"state", KEY_STATE, "STATE", 0, "Only those that are resolved, unresolved or expired", 0},
	{"label", KEY_LABEL, "KEY=VALUE", 0,
	 "Only those with this label; may be given several times", 0},
	{"names", KEY_NAMES, NULL, 0, "Print only their names, one a line", 0},
	{0},
};

static void add_label(struct argp_state *state, struct input *input, const char *value)
{
	size_t used = strlen(input->labels), length = strlen(value);

	if (!strchr(value, '=') || strchr(value, ','))
		argp_error(state, "--label: has to be KEY=VALUE: %s", value);
	if (used + length + 2 > sizeof(input->labels))
		argp_error(state, "--label: too many");
	sprintf(input->labels + used, "%s%s", used ? "," : "", value);
	input->filter.label = input->labels;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case KEY_OWNER:
		input->filter.owner = value;
		return 0;
	case KEY_SERVICE:
		input->filter.service = value;
		return 0;
	case KEY_STATE:
		if (strcmp(value, "resolved") && strcmp(value, "unresolved") &&
		    strcmp(value, "expired"))
			argp_error(state, "--state: neither resolved, unresolved nor expired: %s",
				   value);
		input->filter.state = value;
		return 0;
	case KEY_LABEL:
		add_label(state, input, value);
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

/* "shop/users, shop/pay" and how many more. */
static void list_services(const json_t *object, char text[SERVICES_SIZE])
{
	const json_t *overrides = context_object_map(object, "spec", "overrides"), *override;
	size_t count = json_array_size(overrides), used = 0, i;

	text[0] = '\0';
	json_array_foreach(overrides, i, override)
	{
		const char *service = json_string_value(json_object_get(override, "service"));

		if (i < SERVICES_SHOWN && used < SERVICES_SIZE)
			used += (size_t)snprintf(text + used, SERVICES_SIZE - used, "%s%s",
						 i ? ", " : "", service ? service : "?");
	}
	if (count > SERVICES_SHOWN && used < SERVICES_SIZE)
		snprintf(text + used, SERVICES_SIZE - used, " and %zu more",
			 count - SERVICES_SHOWN);
}

static void add_row(struct table *table, const json_t *object)
{
	const json_t *status = json_object_get(object, "status");
	const char *used = json_string_value(json_object_get(status, "lastUsed"));
	char services[SERVICES_SIZE], state[CONTEXT_STATE_SIZE];
	char expires[WHEN_SIZE], last_used[WHEN_SIZE];

	list_services(object, services);
	table_add(table, context_object_name(object));
	table_add(table, context_object_annotation(object, CONTEXT_OBJECT_OWNER));
	table_add(table, context_print_state(object, state));
	table_add(table, when_describe(context_object_expires(object), "never", expires));
	table_add(table, when_describe(used, status ? "never" : "", last_used));
	table_add(table, context_object_is_signed(object) ? "signed" : "any");
	table_add(table, services);
}

static const struct listing listing = {
	.headings = {"context", "owner", "state", "expires", "last used", "markers", "services"},
	.add_row = add_row,
	.get_name = context_object_name,
};

int context_list_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.doc = "Print the contexts that there are.",
		.children = command_server_children,
	};
	struct input input = {.globals = globals};
	struct contexts *contexts;
	json_t *items;
	int error;

	argp_parse(&argp, argc, argv, 0, NULL, &input);
	if (contexts_open(&globals->server, &contexts))
		return EXIT_FAILURE;
	error = contexts->operations->list(contexts, &input.filter, &items);
	contexts_close(contexts);
	return error ? EXIT_FAILURE : listing_print(&listing, globals, input.names, items);
}
