/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of the REST API: {"metadata": {"continue"}, "items": [...]}. */
#ifndef SHUNT_USER_CLI_PAGES_H
#define SHUNT_USER_CLI_PAGES_H

#include <jansson.h>
#include "user/cli/client.h"

#define PAGES_LIMIT 500 /* items of a page */

struct pages_parameter {
	const char *name; /* NULL behind the last */
	const char *value; /* NULL: left out */
};

/* "/v1/resource?name=value&...", values escaped, to be freed; NULL for want of memory. */
char *pages_path(const char *resource, const struct pages_parameter *parameters);

/*
 * All items of /v1/resource, page by page, in one array, of which the caller has the reference.
 * Says what is wrong and returns -errno.
 */
int pages_get(struct client *client, const char *resource, const struct pages_parameter *parameters,
	      json_t **items);

/* A single GET whose answer has to be an object with "items"; the caller has the reference. */
int pages_get_one(struct client *client, const char *resource,
		  const struct pages_parameter *parameters, unsigned int patience, json_t **page);

#endif
