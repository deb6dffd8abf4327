// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "user/lib/httpd_state.h"

#define BLOCK_SIZE (16u * 1024) /* read at a time, for clients that do not know chunks */

static ssize_t on_read(void *argument, uint64_t position, char *buffer, size_t size)
{
	struct httpd_stream *stream = argument;
	ssize_t length;

	(void)position;
	if (stream->aborted || !stream->request)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	stream->woken = false;
	stream->reading = true;
	length = stream->events->read(stream->argument, buffer, size);
	stream->reading = false;
	if (stream->aborted)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (length < 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (length == 0) {
		httpd_request_suspend(stream->request, true);
		if (stream->woken)
			httpd_request_resume(stream->request);
	}
	return length;
}

static void on_free(void *argument)
{
	httpd_stream_end(argument);
	free(argument);
}

struct httpd_stream *httpd_stream(struct httpd_request *request, unsigned int status,
				  const char *type, const struct httpd_stream_events *events,
				  void *argument)
{
	struct httpd_stream *stream = calloc(1, sizeof(*stream));
	struct MHD_Response *response = NULL;

	if (stream)
		response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, on_read,
							     stream, on_free);
	if (!response) {
		free(stream);
		httpd_request_answer(request, status, type, NULL);
		return NULL;
	}
	*stream = (struct httpd_stream){.request = request, .events = events, .argument = argument};
	request->stream = stream;
	/* Its timeouts are off, so no further request is to come on it. */
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	MHD_set_connection_option(request->connection->mhd, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
	httpd_request_answer(request, status, type, response);
	return stream;
}

void httpd_stream_wake(struct httpd_stream *stream)
{
	if (stream->reading)
		stream->woken = true;
	else if (stream->request)
		httpd_request_resume(stream->request);
}

void httpd_stream_abort(struct httpd_stream *stream)
{
	if (stream->aborted || !stream->request)
		return;
	stream->aborted = true;
	/* The daemon waits for a client that takes nothing: only the socket can tell it. */
	httpd_connection_cut(stream->request->connection);
	if (!stream->reading)
		httpd_request_resume(stream->request);
}

void httpd_stream_end(struct httpd_stream *stream)
{
	if (!stream->request)
		return;
	stream->request->stream = NULL;
	stream->request = NULL;
	if (stream->events->closed)
		stream->events->closed(stream->argument);
}
