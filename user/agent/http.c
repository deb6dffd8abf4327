// SPDX-License-Identifier: Apache-2.0
#include "user/agent/http.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <microhttpd.h>
#include "user/lib/address.h"

#define CONNECTIONS_MAX 32
#define IDLE_SECONDS 10

static const struct http_page *find_page(const struct http *http, const char *path)
{
	for (const struct http_page *page = http->pages; page->path; page++)
		if (strcmp(page->path, path) == 0)
			return page;
	return NULL;
}

/* Takes over body, which comes from malloc(). */
static enum MHD_Result answer(struct MHD_Connection *connection, unsigned int status,
			      const char *type, const char *allow, char *body, size_t length)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_buffer(length, body, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(body);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (allow)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned int status,
			      const char *allow, const char *text)
{
	char *body = strdup(text);

	return body ? answer(connection, status, "text/plain", allow, body, strlen(body)) : MHD_NO;
}

static enum MHD_Result serve(const struct http *http, struct MHD_Connection *connection,
			     const struct http_page *page)
{
	unsigned int status;
	char *text = NULL;
	size_t length;
	FILE *body;

	body = open_memstream(&text, &length);
	if (!body)
		return MHD_NO;
	status = page->write(http->argument, body);
	if (fclose(body)) {
		free(text);
		return MHD_NO;
	}
	return answer(connection, status, page->type, NULL, text, length);
}

static enum MHD_Result handle(void *argument, struct MHD_Connection *connection, const char *path,
			      const char *method, const char *version, const char *data,
			      size_t *data_size, void **state)
{
	const struct http_page *page = find_page(argument, path);

	(void)version;
	(void)data;
	(void)data_size;
	(void)state;
	/* At the first call, before any body: where there is one, the connection ends with it. */
	if (!page)
		return refuse(connection, MHD_HTTP_NOT_FOUND, NULL, "not found\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET, HEAD",
			      "method not allowed\n");
	return serve(argument, connection, page);
}

static void run(struct http *http);

static void on_timer(uv_timer_t *timer)
{
	run(timer->data);
}

static void run(struct http *http)
{
	MHD_UNSIGNED_LONG_LONG wait;

	MHD_run(http->daemon);
	if (MHD_get_timeout(http->daemon, &wait) == MHD_YES)
		uv_timer_start(&http->timer, on_timer, wait, 0);
	else
		uv_timer_stop(&http->timer);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	run(poll->data);
}

static int start_daemon(struct http *http, const struct shunt_endpoint *address)
{
	unsigned int flags = MHD_USE_EPOLL;
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(address->port)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(address->port)};
	const struct sockaddr *local = (struct sockaddr *)&v4;

	if (address_is_ipv4(&address->address)) {
		memcpy(&v4.sin_addr, address->address.bytes + 12, sizeof(v4.sin_addr));
	} else {
		memcpy(&v6.sin6_addr, address->address.bytes, sizeof(v6.sin6_addr));
		local = (struct sockaddr *)&v6;
		flags |= MHD_USE_IPv6;
	}
	errno = 0;
	http->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, handle, http, MHD_OPTION_SOCK_ADDR, local,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)IDLE_SECONDS, MHD_OPTION_END);
	if (!http->daemon)
		return errno ? -errno : -EIO;
	return 0;
}

int http_start(struct http *http, uv_loop_t *loop, const struct shunt_endpoint *address,
	       const struct http_page *pages, void *argument)
{
	const union MHD_DaemonInfo *info;
	int error;

	*http = (struct http){.pages = pages, .argument = argument};
	error = start_daemon(http, address);
	if (error)
		return error;
	info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	error = info ? uv_poll_init(loop, &http->poll, info->epoll_fd) : -EIO;
	if (error) {
		MHD_stop_daemon(http->daemon);
		return error;
	}
	uv_timer_init(loop, &http->timer);
	http->poll.data = http->timer.data = http;
	uv_poll_start(&http->poll, UV_READABLE, on_readable);
	return 0;
}

void http_stop(struct http *http)
{
	uv_poll_stop(&http->poll);
	uv_timer_stop(&http->timer);
	MHD_stop_daemon(http->daemon);
}
