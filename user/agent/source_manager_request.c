// SPDX-License-Identifier: Apache-2.0
#include "user/agent/source_manager.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>
#include "user/lib/text.h"

/* The first line of the file, behind what is in text already. */
static int read_token(const char *path, char *text, size_t size)
{
	size_t used = strlen(text);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, text + used, size - used);
	close(fd);
	if (got < 0)
		return -errno;
	if ((size_t)got == size - used)
		return -EFBIG;
	text[used + (size_t)got] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	for (const char *c = text + used; *c; c++)
		if (*c <= ' ' || *c > '~')
			return -EINVAL;
	return text[used] ? 0 : -ENODATA;
}

struct fetch *source_manager_request(struct source_manager *source,
				     const struct fetch_request *request, const char *path,
				     const struct fetch_events *events, char *problem, size_t size)
{
	const struct options_manager *options = source->options;
	const struct fetch_tls tls = {
		.ca_file = options->ca_file,
		.certificate_file = options->certificate_file,
		.key_file = options->key_file,
	};
	char token[SOURCE_MANAGER_TOKEN_MAX] = "Authorization: Bearer ";
	const char *const headers[] = {options->token_file ? token : NULL, NULL};
	struct fetch_request full = *request;
	char url[SOURCE_MANAGER_URL_MAX];
	struct fetch *fetch;
	int error;

	if (options->token_file) {
		error = read_token(options->token_file, token, sizeof(token));
		if (error) {
			snprintf(problem, size, "cannot read a token from %s: %s",
				 options->token_file, strerror(-error));
			return NULL;
		}
	}
	snprintf(url, sizeof(url), "%s%s", options->urls[source->url], path);
	full.url = url;
	full.headers = headers;
	full.tls = &tls;
	fetch = fetch_start(source->fetches, &full, events, source);
	if (!fetch)
		snprintf(problem, size, "cannot start a request to that URL");
	explicit_bzero(token, sizeof(token));
	return fetch;
}

/* "title: detail" of RFC 9457, to be freed, or NULL. */
static char *read_problem(const char *body, size_t length)
{
	json_t *root = json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
	const char *title = json_string_value(json_object_get(root, "title"));
	const char *detail = json_string_value(json_object_get(root, "detail"));
	char joined[512], *text = NULL;

	if (title || detail) {
		snprintf(joined, sizeof(joined), "%s%s%s", title ? title : "",
			 title && detail ? ": " : "", detail ? detail : "");
		text = text_printable(joined);
	}
	json_decref(root);
	return text;
}

void source_manager_explain(unsigned int status, const char *body, size_t length, char *text,
			    size_t size)
{
	char *problem = read_problem(body, length);

	if (problem)
		snprintf(text, size, "it answers %u, %.400s", status, problem);
	else
		snprintf(text, size, "it answers %u", status);
	free(problem);
}
