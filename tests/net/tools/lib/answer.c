// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "content.h"

#define PIECE 65536

static int answer_fail(struct answer *answer, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int answer_fail(struct answer *answer, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(answer->problem, sizeof(answer->problem), format, arguments);
	va_end(arguments);
	return error;
}

static void answer_field(const char *head, const char *name, char *value, size_t size)
{
	if (!http_field(head, name, value, size))
		snprintf(value, size, "-");
}

static uint64_t request_hash(const struct request *request)
{
	uint64_t hash = CONTENT_HASH_START;
	uint8_t piece[PIECE];

	for (uint64_t offset = 0; offset < request->body; offset += PIECE) {
		uint64_t size = request->body - offset;

		if (size > PIECE)
			size = PIECE;
		content_fill(request->seed, offset, piece, size);
		hash = content_hash(hash, piece, size);
	}
	return hash;
}

/* The server's word on the body that it received. */
static int answer_check_upload(const char *head, const struct request *request,
			       struct answer *answer)
{
	char length[24], hash[24], wrong[24];

	answer_field(head, "x-body-length", length, sizeof(length));
	answer_field(head, "x-body-hash", hash, sizeof(hash));
	answer_field(head, "x-body-wrong", wrong, sizeof(wrong));
	if (strtoull(length, NULL, 10) != request->body ||
	    strtoull(hash, NULL, 16) != request_hash(request))
		return answer_fail(answer, -EBADMSG, "upload: %s of %llu bytes, wrong from %s",
				   length, (unsigned long long)request->body, wrong);
	return 0;
}

static int answer_check_head(const char *head, const struct request *request, struct answer *answer)
{
	char hash[24];

	answer_field(head, "x-head-hash", hash, sizeof(hash));
	if (request->head_hash && strtoull(hash, NULL, 16) != request->head_hash)
		return answer_fail(answer, -EBADMSG, "head: its hash is %s, not %016llx", hash,
				   (unsigned long long)request->head_hash);
	return 0;
}

static int answer_check_download(const struct request *request, struct answer *answer)
{
	const struct http_body *body = &answer->body;

	if (request->download < 0)
		return 0;
	if (body->wrong >= 0 || body->length != (uint64_t)request->download)
		return answer_fail(answer, -EBADMSG,
				   "download: %llu of %lld bytes, wrong from %lld",
				   (unsigned long long)body->length, (long long)request->download,
				   (long long)body->wrong);
	return 0;
}

/* The body is as long as the head says, if it may have one at all (RFC 9112, 6.3). */
static int answer_read_body(struct http_reader *reader, const struct request *request,
			    const char *head, struct answer *answer)
{
	uint64_t seed = request->download >= 0 ? request->seed : 0;
	char value[32];

	http_body_init(&answer->body);
	if (strcmp(request->method, "HEAD") == 0 || answer->status == 101 ||
	    (strcmp(request->method, "CONNECT") == 0 && answer->status / 100 == 2) ||
	    answer->status == 204 || answer->status == 304)
		return 0;
	if (http_field(head, "transfer-encoding", value, sizeof(value)) ||
	    http_field(head, "content-length", value, sizeof(value)))
		return http_read_body(reader, head, seed, &answer->body);
	return http_read_rest(reader, seed, &answer->body);
}

/* Reads a head and those of the interim answers before it. */
static int answer_read_head(struct http_reader *reader, char *head, struct answer *answer)
{
	for (;;) {
		ssize_t length = http_read_head(reader, head);

		if (length <= 0)
			return answer_fail(answer, length < 0 ? length : -EPIPE, "answer");
		if (sscanf(head, "HTTP/1.%*1[01] %d ", &answer->status) != 1)
			return answer_fail(answer, -EBADMSG, "status line \"%.60s\"", head);
		if (answer->status >= 200 || answer->status == 101)
			return 0;
		answer->interim++;
	}
}

int answer_read(struct http_reader *reader, const struct request *request, struct answer *answer)
{
	static _Thread_local char head[HTTP_HEAD_MAX + 1];
	int error;

	memset(answer, 0, sizeof(*answer));
	error = answer_read_head(reader, head, answer);
	if (error)
		return error;
	answer_field(head, "x-server", answer->server, sizeof(answer->server));
	answer_field(head, "x-peer", answer->peer, sizeof(answer->peer));
	answer_field(head, "x-connection", answer->connection, sizeof(answer->connection));
	answer_field(head, "x-request", answer->request, sizeof(answer->request));
	answer_field(head, "x-shunt", answer->shunt, sizeof(answer->shunt));
	error = answer_read_body(reader, request, head, answer);
	if (error)
		return answer_fail(answer, error, "body after %llu bytes",
				   (unsigned long long)answer->body.length);
	if (answer->status != 200 && answer->status != 204 && answer->status != 304)
		return 0;
	error = answer_check_head(head, request, answer);
	if (!error && !request->unchecked)
		error = answer_check_upload(head, request, answer);
	if (error || answer->status != 200 || strcmp(request->method, "HEAD") == 0)
		return error;
	return answer_check_download(request, answer);
}
