// SPDX-License-Identifier: Apache-2.0
#include "user/agent/http.h"

#include <stdlib.h>
#include <string.h>
#include "user/lib/httpd.h"

#define CONNECTIONS_MAX 32

static const struct http_page *find_page(const struct http *http, const char *path)
{
	for (const struct http_page *page = http->pages; page->path; page++)
		if (strcmp(page->path, path) == 0)
			return page;
	return NULL;
}

static void refuse(struct httpd_request *request, unsigned int status, const char *text)
{
	httpd_reply(request, status, "text/plain", text, strlen(text));
}

static void serve(const struct http *http, struct httpd_request *request,
		  const struct http_page *page)
{
	unsigned int status = 500;
	char *text = NULL;
	size_t length = 0;
	FILE *body;

	body = open_memstream(&text, &length);
	if (body)
		status = page->write(http->argument, body);
	if (!body || fclose(body))
		refuse(request, 500, "out of memory\n");
	else
		httpd_reply(request, status, page->type, text, length);
	free(text);
}

/* At the head, before any body: where there is one, the connection ends with it. */
static bool admit(void *argument, struct httpd_request *request)
{
	const struct http_page *page = find_page(argument, httpd_path(request));
	const char *method = httpd_method(request);

	if (!page) {
		refuse(request, 404, "not found\n");
	} else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		httpd_set_header(request, "Allow", "GET, HEAD");
		refuse(request, 405, "method not allowed\n");
	} else {
		serve(argument, request, page);
	}
	return false;
}

int http_start(struct http *http, uv_loop_t *loop, const struct shunt_endpoint *address,
	       const struct http_page *pages, void *argument)
{
	struct httpd_options options = {
		.listen = *address,
		.connection_max = CONNECTIONS_MAX,
		.body_max = SIZE_MAX, /* none is read */
		.admit = admit,
		.argument = http,
	};

	*http = (struct http){.pages = pages, .argument = argument};
	return httpd_start(loop, &options, &http->httpd);
}

void http_stop(struct http *http)
{
	httpd_stop(http->httpd);
}
