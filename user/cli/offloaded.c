// SPDX-License-Identifier: Apache-2.0
#include "user/cli/offloaded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/listing.h"
#include "user/cli/visible.h"
#include "user/cli/when.h"

enum {
	KEY_SERVICE = 2000,
	KEY_NAMES,
};

struct input {
	struct globals *globals;
	const char *service;
	bool names;
};

static const struct argp_option descriptions[] = {
	{"service", KEY_SERVICE, "SERVICE", 0, "Only what is offloaded of this service", 0},
	{"names", KEY_NAMES, NULL, 0,
	 "Print only what to write after `shunt context set NAME`, one a line", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case KEY_SERVICE:
		input->service = value;
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

static void add_row(struct table *table, const json_t *item)
{
	char addresses[LISTING_TEXT_SIZE], contexts[24], created[WHEN_SIZE];

	snprintf(contexts, sizeof(contexts), "%lld",
		 (long long)json_integer_value(json_object_get(item, "contexts")));
	table_add(table, listing_text(item, "service"));
	table_add(table, listing_text(item, "sha"));
	table_add(table, listing_text(item, "pod"));
	table_add(table, json_is_true(json_object_get(item, "ready")) ? "yes" : "no");
	table_add(table, when_describe(listing_text(item, "created"), "", created));
	table_add(table, listing_join(json_object_get(item, "addresses"), addresses));
	table_add(table, contexts);
}

/* "shop/users=sha:4f2a91c", or the pod where it has no commit. */
static const char *get_name(const json_t *item)
{
	static char name[VISIBLE_SIZE];
	const char *service = listing_text(item, "service"), *sha = listing_text(item, "sha");
	const char *pod = listing_text(item, "pod");

	name[0] = '\0';
	if (service && sha && *sha)
		snprintf(name, sizeof(name), "%s=sha:%s", service, sha);
	else if (service && pod)
		snprintf(name, sizeof(name), "%s=pod:%s", service, pod);
	return name;
}

/* "shop/users"; "users" is that of any namespace. */
static void leave_service(json_t *items, const char *wanted)
{
	size_t i = 0;

	while (i < json_array_size(items)) {
		const char *service = listing_text(json_array_get(items, i), "service");
		const char *slash = service ? strchr(service, '/') : NULL;

		if (service && (!strcmp(service, wanted) || (slash && !strcmp(slash + 1, wanted))))
			i++;
		else
			json_array_remove(items, i);
	}
}

static const struct listing listing = {
	.resource = "offloaded",
	.headings = {"service", "commit", "pod", "ready", "created", "addresses", "contexts"},
	.add_row = add_row,
	.get_name = get_name,
};

int offloaded_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.doc = "Print what can be overridden: the offloaded pods of each service, their "
		       "commits, and how many contexts use each.",
		.children = command_server_children,
	};
	struct input input = {.globals = globals};
	static const struct pages_parameter none[] = {{0}};
	json_t *items;

	argp_parse(&argp, argc, argv, 0, NULL, &input);
	if (listing_get(&listing, globals, none, &items))
		return EXIT_FAILURE;
	if (input.service)
		leave_service(items, input.service);
	return listing_print(&listing, globals, input.names, items);
}
