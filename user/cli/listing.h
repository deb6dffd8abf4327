/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that a command prints: of the manager's answers, or of contexts. */
#ifndef SHUNT_USER_CLI_LISTING_H
#define SHUNT_USER_CLI_LISTING_H

#include "user/cli/command.h"
#include "user/cli/pages.h"
#include "user/cli/table.h"

struct listing {
	const char *resource; /* of /v1/; NULL where it is printed only */
	const char *headings[TABLE_COLUMNS_MAX + 1]; /* NULL behind the last */
	void (*add_row)(struct table *table, const json_t *item);
	/* What the item is called on a command line, borrowed; NULL: there is no such thing. */
	const char *(*get_name)(const json_t *item);
};

/*
 * Prints the items, of which it takes over the reference, as a table, as JSON or only their names.
 * Returns the exit status.
 */
int listing_print(const struct listing *listing, const struct globals *globals, bool names,
		  json_t *items);

/* Asks the manager for the items. Says what is wrong and returns -errno. */
int listing_get(const struct listing *listing, const struct globals *globals,
		const struct pages_parameter *parameters, json_t **items);

/* Asks for the items and prints them. Returns the exit status. */
int listing_run(const struct listing *listing, const struct globals *globals, bool names,
		const struct pages_parameter *parameters);

/* Texts of an item that is an array, joined by a comma and a space; cut off where too long. */
#define LISTING_TEXT_SIZE 512
const char *listing_join(const json_t *texts, char text[LISTING_TEXT_SIZE]);

/* A text of an item, or NULL. */
const char *listing_text(const json_t *item, const char *name);

#endif
