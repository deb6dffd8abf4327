// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include "user/lib/httpd_state.h"

#define BODY_STEP 4096

void httpd_request_free(struct httpd_request *request)
{
	if (!request)
		return;
	for (size_t i = 0; i < request->field_count; i++) {
		free(request->fields[i].name);
		free(request->fields[i].value);
	}
	free(request->fields);
	free(request->target);
	free(request->body);
	free(request);
}

void *httpd_request_new(void *argument, const char *target, struct MHD_Connection *mhd)
{
	struct httpd_request *request = calloc(1, sizeof(*request));
	char *mark;

	(void)argument;
	if (!request)
		return NULL;
	request->connection = httpd_connection_of(mhd);
	request->target = strdup(target);
	if (!request->connection || !request->target) {
		free(request->target);
		free(request);
		return NULL;
	}
	request->target_length = strlen(target);
	mark = strchr(request->target, '?');
	if (mark) {
		*mark = '\0';
		request->query = mark + 1;
	}
	httpd_request_free(request->connection->coming);
	request->connection->coming = request;
	return request;
}

void httpd_request_completed(void *argument, struct MHD_Connection *mhd, void **state,
			     enum MHD_RequestTerminationCode code)
{
	struct httpd_request *request = *state;
	struct httpd *httpd = argument;

	(void)mhd;
	(void)code;
	if (!request)
		return;
	*state = NULL;
	if (request->connection->coming == request)
		request->connection->coming = NULL;
	if (request->suspended)
		TAILQ_REMOVE(&httpd->suspended, request, link);
	if (request->stream)
		httpd_stream_end(request->stream);
	if (request->response)
		MHD_destroy_response(request->response);
	if (request->release)
		request->release(request->state);
	httpd_connection_await(request->connection);
	httpd_request_free(request);
}

void httpd_request_suspend(struct httpd_request *request, bool watch)
{
	struct httpd *httpd = request->connection->httpd;
	struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = request};

	MHD_suspend_connection(request->connection->mhd);
	request->suspended = true;
	TAILQ_INSERT_TAIL(&httpd->suspended, request, link);
	request->watched =
		watch && !epoll_ctl(httpd->epoll, EPOLL_CTL_ADD, request->connection->fd, &event);
}

void httpd_request_resume(struct httpd_request *request)
{
	struct httpd *httpd = request->connection->httpd;

	if (!request->suspended)
		return;
	if (request->watched)
		epoll_ctl(httpd->epoll, EPOLL_CTL_DEL, request->connection->fd, NULL);
	request->suspended = request->watched = false;
	TAILQ_REMOVE(&httpd->suspended, request, link);
	MHD_resume_connection(request->connection->mhd);
	httpd_run_soon(httpd);
}

static enum MHD_Result queue(struct httpd_request *request)
{
	struct MHD_Response *response = request->response;
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	httpd_connection_arrived(request->connection);
	request->response = NULL;
	result = MHD_queue_response(request->connection->mhd, request->status, response);
	MHD_destroy_response(response);
	return result;
}

static void refuse(struct httpd_request *request, unsigned int status)
{
	const struct httpd_options *options = &request->connection->httpd->options;
	const char *text = status == MHD_HTTP_CONTENT_TOO_LARGE ? "request body too large\n"
			   : status == MHD_HTTP_BAD_REQUEST	? "malformed request\n"
								: "request head too large\n";

	if (options->refuse)
		options->refuse(options->argument, request, status);
	else
		httpd_reply(request, status, "text/plain", text, strlen(text));
}

/* How a head says where its body ends. */
struct framing {
	unsigned int lengths;
	unsigned int encodings;
	bool other; /* than chunked */
};

static enum MHD_Result note_field(void *argument, enum MHD_ValueKind kind, const char *name,
				  const char *value)
{
	struct framing *framing = argument;

	(void)kind;
	if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0)
		framing->lengths++;
	if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) != 0)
		return MHD_YES;
	framing->encodings++;
	if (!value || strcasecmp(value, "chunked") != 0)
		framing->other = true;
	return MHD_YES;
}

/* Where two fields say it, a proxy before us may have believed the other one (RFC 9112, 6.3). */
static bool is_framed_once(struct MHD_Connection *mhd)
{
	struct framing framing = {0};

	MHD_get_connection_values(mhd, MHD_HEADER_KIND, note_field, &framing);
	return framing.lengths + framing.encodings <= 1 && !framing.other;
}

/* Returns the status to refuse it with, by its head; 0. */
static unsigned int check_head(const struct httpd_request *request, const char *path,
			       const char *version)
{
	struct MHD_Connection *mhd = request->connection->mhd;
	const char *length = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Content-Length");
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	/*
	 * A NUL within the target would end it for us, and it would be another one than was asked
	 * for. The daemon reads the request line in place: the version follows the target's NUL.
	 */
	if (version != path + request->target_length + 1)
		return MHD_HTTP_BAD_REQUEST;
	if (!is_framed_once(mhd))
		return MHD_HTTP_BAD_REQUEST;
	if (info && info->header_size > HTTPD_HEAD_MAX)
		return MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;
	if (length && strtoull(length, NULL, 10) > request->connection->httpd->options.body_max)
		return MHD_HTTP_CONTENT_TOO_LARGE;
	return 0;
}

/* The head is there. */
static enum MHD_Result begin(struct httpd_request *request, const char *path, const char *method,
			     const char *version)
{
	const struct httpd_options *options = &request->connection->httpd->options;
	unsigned int status;

	request->begun = true;
	request->connection->coming = NULL;
	request->method = method;
	status = check_head(request, path, version);
	if (status)
		refuse(request, status);
	else if (!options->admit || options->admit(options->argument, request))
		return MHD_YES;
	return queue(request);
}

static int take(struct httpd_request *request, const char *data, size_t size)
{
	const struct httpd_options *options = &request->connection->httpd->options;
	size_t wanted = request->body_length + size;
	char *grown;

	if (request->refused)
		return 0;
	if (wanted > options->body_max) {
		/* The daemon takes no answer before the end of the body. */
		request->refused = true;
		free(request->body);
		request->body = NULL;
		return 0;
	}
	if (wanted > request->body_capacity) {
		wanted = wanted < BODY_STEP ? BODY_STEP : 2 * wanted;
		grown = realloc(request->body, wanted);
		if (!grown)
			return -ENOMEM;
		request->body = grown;
		request->body_capacity = wanted;
	}
	memcpy(request->body + request->body_length, data, size);
	request->body_length += size;
	return 0;
}

/* The request is there as a whole. */
static enum MHD_Result hand_over(struct httpd_request *request)
{
	const struct httpd_options *options = &request->connection->httpd->options;

	httpd_connection_arrived(request->connection);
	request->handed = true;
	if (request->refused)
		refuse(request, MHD_HTTP_CONTENT_TOO_LARGE);
	else
		options->handle(options->argument, request);
	if (request->answered)
		return queue(request);
	httpd_request_suspend(request, false);
	return MHD_YES;
}

enum MHD_Result httpd_request_handle(void *argument, struct MHD_Connection *mhd, const char *path,
				     const char *method, const char *version, const char *data,
				     size_t *size, void **state)
{
	struct httpd_request *request = *state;
	size_t length = *size;

	(void)argument;
	(void)mhd;
	if (!request)
		return MHD_NO;
	if (!request->begun)
		return begin(request, path, method, version);
	if (length) {
		*size = 0;
		return take(request, data, length) ? MHD_NO : MHD_YES;
	}
	if (!request->handed)
		return hand_over(request);
	/* It was resumed. */
	return queue(request);
}
