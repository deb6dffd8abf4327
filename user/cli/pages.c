// SPDX-License-Identifier: Apache-2.0
#include "user/cli/pages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/log.h"

#define PAGES_MAX 2000
#define PARAMETERS_MAX 8
#define STRINGIFY(x) #x
#define TEXT_OF(x) STRINGIFY(x)

char *pages_path(const char *resource, const struct pages_parameter *parameters)
{
	char *path = NULL, separator = '?';
	bool failed = false;
	size_t size;
	FILE *file;

	file = open_memstream(&path, &size);
	if (!file)
		return NULL;
	fprintf(file, "/v1/%s", resource);
	for (; parameters->name; parameters++) {
		char *value;

		if (!parameters->value)
			continue;
		value = client_escape(parameters->value);
		failed = failed || !value;
		fprintf(file, "%c%s=%s", separator, parameters->name, value ? value : "");
		free(value);
		separator = '&';
	}
	failed |= ferror(file);
	if (fclose(file) || failed) {
		free(path);
		return NULL;
	}
	return path;
}

int pages_get_one(struct client *client, const char *resource,
		  const struct pages_parameter *parameters, unsigned int patience, json_t **page)
{
	struct client_request request = {.method = "GET", .patience = patience};
	char *path = pages_path(resource, parameters);
	struct client_response response = {0};
	int error;

	if (!path) {
		log_line("%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	request.path = path;
	error = client_send(client, &request, &response);
	free(path);
	if (error)
		return error;
	if (response.status == 200 && json_is_array(json_object_get(response.body, "items")))
		*page = json_incref(response.body);
	else
		error = client_refused(resource, &response);
	client_response_clear(&response);
	return error;
}

/* Adds a page's items, and gives the mark of the next page, "" where it was the last. */
static int add_page(json_t *items, const json_t *page, char **next)
{
	const char *mark =
		json_string_value(json_object_get(json_object_get(page, "metadata"), "continue"));

	free(*next);
	*next = strdup(mark ? mark : "");
	return !*next || json_array_extend(items, json_object_get(page, "items")) ? -ENOMEM : 0;
}

int pages_get(struct client *client, const char *resource, const struct pages_parameter *parameters,
	      json_t **items)
{
	struct pages_parameter all[PARAMETERS_MAX + 3] = {{"limit", TEXT_OF(PAGES_LIMIT)}};
	json_t *read = json_array(), *page = NULL;
	size_t count = 1;
	char *next = NULL;
	int error = 0;

	for (; parameters->name && count <= PARAMETERS_MAX; parameters++)
		all[count++] = *parameters;
	for (unsigned int i = 0; !error && (!next || *next); i++) {
		/* A manager that never ends must not have all of the memory. */
		if (i == PAGES_MAX) {
			log_line("%s: more than %d pages", resource, PAGES_MAX);
			error = -E2BIG;
			break;
		}
		all[count] = (struct pages_parameter){"continue", next};
		error = pages_get_one(client, resource, all, 0, &page);
		if (error)
			break;
		error = add_page(read, page, &next);
		json_decref(page);
	}
	free(next);
	if (error)
		json_decref(read);
	else
		*items = read;
	return error;
}
