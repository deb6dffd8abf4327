// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "net.h"
#include "request.h"

#define HEAD_SLACK 1024 /* more than any head without padding */
#define LIMIT_MS 10000

struct number {
	const char *name;
	size_t offset;
};

#define NUMBER(field)                                       \
	{                                                   \
#field "=", offsetof(struct request, field) \
	}

static const struct number numbers[] = {
	NUMBER(download), NUMBER(body), NUMBER(chunk), NUMBER(head),  NUMBER(seed),
	NUMBER(writes),	  NUMBER(from), NUMBER(to),    NUMBER(split),
};

static bool request_parse_number(const char *word, struct request *request)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		size_t length = strlen(numbers[i].name);
		char *end;

		if (strncmp(word, numbers[i].name, length) != 0)
			continue;
		*(uint64_t *)((char *)request + numbers[i].offset) =
			strtoull(word + length, &end, 10);
		return end != word + length && *end == '\0';
	}
	return false;
}

static bool request_parse_word(const char *word, struct request *request)
{
	if (sscanf(word, "context=%79s", request->context) == 1 ||
	    sscanf(word, "query=%127s", request->query) == 1 ||
	    sscanf(word, "method=%7s", request->method) == 1 ||
	    sscanf(word, "limit=%d", &request->limit_ms) == 1)
		return true;
	if (strcmp(word, "marker=last") == 0) {
		request->marker_last = true;
		return true;
	}
	if (strcmp(word, "apart") == 0) {
		request->apart = true;
		return true;
	}
	if (strcmp(word, "unchecked") == 0) {
		request->unchecked = true;
		return true;
	}
	return request_parse_number(word, request);
}

int request_parse(char *words, struct request *request, const char **bad)
{
	char *state;

	*request = (struct request){.download = -1, .seed = 1, .limit_ms = LIMIT_MS};
	for (char *word = strtok_r(words, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
		if (!request_parse_word(word, request)) {
			*bad = word;
			return -EINVAL;
		}
	}
	return 0;
}

/* Adds fields up to and with the empty line, padded to the length asked for. */
static size_t request_add_fields(const struct request *request, char *head, size_t size, size_t at)
{
	char marker[128] = "", framing[64] = "";

	if (request->context[0])
		snprintf(marker, sizeof(marker), "x-shunt-context: %s\r\n", request->context);
	if (request->chunk)
		snprintf(framing, sizeof(framing), "transfer-encoding: chunked\r\n");
	else if (request->body)
		snprintf(framing, sizeof(framing), "content-length: %llu\r\n",
			 (unsigned long long)request->body);
	at += snprintf(head + at, size - at, "%shost: users\r\n%s",
		       request->marker_last ? "" : marker, framing);
	if (request->head) {
		size_t end = request->head - 2 - (request->marker_last ? strlen(marker) : 0);

		at += snprintf(head + at, size - at, "x-pad: ");
		while (at + 2 < end)
			head[at++] = 'p';
		at += snprintf(head + at, size - at, "\r\n");
	}
	return at + snprintf(head + at, size - at, "%s\r\n", request->marker_last ? marker : "");
}

static size_t request_build_head(const struct request *request, char *head, size_t size)
{
	const char *method = request->method[0] ? request->method : request->body ? "POST" : "GET";
	size_t at =
		snprintf(head, size, "%s /?seed=%llu", method, (unsigned long long)request->seed);

	if (request->download >= 0)
		at += snprintf(head + at, size - at, "&bytes=%lld", (long long)request->download);
	if (request->query[0])
		at += snprintf(head + at, size - at, "&%s", request->query);
	at += snprintf(head + at, size - at, " HTTP/1.1\r\n");
	return request_add_fields(request, head, size, at);
}

static size_t request_build_chunks(const struct request *request, uint8_t *bytes)
{
	size_t at = 0;

	for (uint64_t offset = 0; offset < request->body;) {
		uint64_t size = request->chunk;

		if (size > request->body - offset)
			size = request->body - offset;
		at += sprintf((char *)bytes + at, "%llx\r\n", (unsigned long long)size);
		content_fill(request->seed, offset, bytes + at, size);
		at += size;
		bytes[at++] = '\r';
		bytes[at++] = '\n';
		offset += size;
	}
	return at + sprintf((char *)bytes + at, "0\r\nx-trailer: yes\r\n\r\n");
}

uint8_t *request_build(const struct request *request, size_t *size, size_t *head_size)
{
	size_t head_room = request->head + HEAD_SLACK;
	size_t chunks = request->chunk ? request->body / request->chunk + 2 : 0;
	uint8_t *bytes = malloc(head_room + request->body + chunks * 32);

	if (!bytes)
		return NULL;
	*head_size = request_build_head(request, (char *)bytes, head_room);
	*size = *head_size;
	if (request->chunk) {
		*size += request_build_chunks(request, bytes + *head_size);
	} else {
		content_fill(request->seed, 0, bytes + *head_size, request->body);
		*size += request->body;
	}
	return bytes;
}

static int request_write(const struct request *request, int fd, const uint8_t *bytes, size_t size)
{
	size_t step = request->writes ? request->writes : size;
	int error = 0;

	for (size_t at = 0; at < size && !error; at += step) {
		size_t count = step < size - at ? step : size - at;

		error = net_write_packet(fd, bytes + at, count, request->limit_ms);
	}
	return error;
}

int request_send(const struct request *request, int fd)
{
	size_t size, head_size, from, to, middle;
	uint8_t *bytes = request_build(request, &size, &head_size);
	int error;

	if (!bytes)
		return -ENOMEM;
	from = request->from < size ? request->from : size;
	to = request->to && request->to < size ? request->to : size;
	middle = request->apart ? head_size : request->split;
	if (middle <= from || middle >= to)
		middle = to;
	error = request_write(request, fd, bytes + from, middle - from);
	if (!error)
		error = request_write(request, fd, bytes + middle, to - middle);
	free(bytes);
	return error;
}
