// SPDX-License-Identifier: Apache-2.0
#include "user/cli/nodes.h"

#include <stdio.h>
#include "user/cli/listing.h"
#include "user/cli/when.h"

static void add_number(struct table *table, const json_t *item, const char *name)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld",
		 (long long)json_integer_value(json_object_get(item, name)));
	table_add(table, text);
}

static void add_row(struct table *table, const json_t *item)
{
	char applied[WHEN_SIZE], seen[WHEN_SIZE];

	table_add(table, listing_text(item, "name"));
	table_add(table, json_is_true(json_object_get(item, "live")) ? "yes" : "no");
	add_number(table, item, "revision");
	add_number(table, item, "generation");
	table_add(table, when_describe(listing_text(item, "appliedAt"), "", applied));
	table_add(table, when_describe(listing_text(item, "lastSeen"), "", seen));
	table_add(table, listing_text(item, "version"));
	table_add(table, listing_text(item, "problem"));
}

int nodes_run(struct globals *globals, int argc, char **argv)
{
	static const struct listing listing = {
		.resource = "nodes",
		.headings = {"node", "live", "revision", "generation", "applied", "last seen",
			     "version", "problem"},
		.add_row = add_row,
	};
	static const struct argp argp = {
		.parser = command_parse_nothing,
		.doc = "Print the nodes that have an agent, and what they have applied.",
		.children = command_server_children,
	};
	static const struct pages_parameter none[] = {{0}};

	argp_parse(&argp, argc, argv, 0, NULL, globals);
	return listing_run(&listing, globals, false, none);
}
