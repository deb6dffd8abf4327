// SPDX-License-Identifier: Apache-2.0
#include "user/cli/listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/visible.h"
#include "user/lib/log.h"

static int print_names(const struct listing *listing, const json_t *items)
{
	char shown[VISIBLE_SIZE], before[VISIBLE_SIZE] = "";
	const json_t *item;
	size_t i;

	/* Several pods of one commit stand side by side. */
	json_array_foreach(items, i, item)
	{
		visible(listing->get_name(item), shown);
		if (*shown && strcmp(shown, before))
			puts(shown);
		strcpy(before, shown);
	}
	return fflush(stdout) ? -EPIPE : 0;
}

static int print_table(const struct listing *listing, const json_t *items)
{
	struct table *table = table_new(listing->headings);
	int error = -ENOMEM;
	const json_t *item;
	size_t i;

	if (table) {
		json_array_foreach(items, i, item)
		{
			listing->add_row(table, item);
		}
		error = table_print(table, stdout);
	}
	table_free(table);
	if (error == -ENOMEM)
		log_line("%s", strerror(ENOMEM));
	return fflush(stdout) ? -EPIPE : error;
}

int listing_print(const struct listing *listing, const struct globals *globals, bool names,
		  json_t *items)
{
	int error;

	if (globals->json)
		return command_print_json(items, false) ? EXIT_FAILURE : EXIT_SUCCESS;
	error = names ? print_names(listing, items) : print_table(listing, items);
	json_decref(items);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}

int listing_get(const struct listing *listing, const struct globals *globals,
		const struct pages_parameter *parameters, json_t **items)
{
	struct client *client;
	json_t *page = NULL;
	int error;

	if (globals->server.manifests) {
		log_line("%s need a manager: a directory of manifests does not tell them",
			 listing->resource);
		return -EINVAL;
	}
	error = client_open(&globals->server, &client);
	if (error)
		return error;
	error = pages_get_one(client, listing->resource, parameters, 0, &page);
	client_close(client);
	if (error)
		return error;
	*items = json_incref(json_object_get(page, "items"));
	json_decref(page);
	return 0;
}

int listing_run(const struct listing *listing, const struct globals *globals, bool names,
		const struct pages_parameter *parameters)
{
	json_t *items;

	if (listing_get(listing, globals, parameters, &items))
		return EXIT_FAILURE;
	return listing_print(listing, globals, names, items);
}

const char *listing_text(const json_t *item, const char *name)
{
	return json_string_value(json_object_get(item, name));
}

const char *listing_join(const json_t *texts, char text[LISTING_TEXT_SIZE])
{
	const json_t *item;
	size_t used = 0, i;

	text[0] = '\0';
	json_array_foreach(texts, i, item)
	{
		const char *one = json_string_value(item);

		if (one && used < LISTING_TEXT_SIZE)
			used += (size_t)snprintf(text + used, LISTING_TEXT_SIZE - used, "%s%s",
						 used ? ", " : "", one);
	}
	return text;
}
