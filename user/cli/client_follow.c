// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/client_handle.h"
#include "user/lib/array.h"
#include "user/lib/log.h"

#define LINE_MAX_BYTES (1024u * 1024)

struct follow {
	struct client *client;
	client_line on_line;
	void *argument;
	char *text; /* the line that is not whole yet */
	size_t length;
	size_t capacity;
	int result; /* of on_line(), or -ENOMEM */
	bool is_bad; /* a line that is too long or no JSON */
};

static int end_line(struct follow *follow)
{
	json_t *line = NULL;

	if (follow->length) {
		line = json_loadb(follow->text, follow->length, 0, NULL);
		follow->is_bad = !line;
	}
	follow->length = 0;
	if (line)
		follow->result = follow->on_line(follow->argument, line);
	json_decref(line);
	return follow->is_bad || follow->result ? -1 : 0;
}

static size_t on_data(char *data, size_t size, size_t count, void *argument)
{
	struct follow *follow = argument;
	size_t length = size * count;
	long status = 0;

	curl_easy_getinfo(follow->client->curl, CURLINFO_RESPONSE_CODE, &status);
	for (size_t i = 0; i < length; i++) {
		/* Of an error the whole body is one line. */
		if (data[i] == '\n' && status == 200) {
			if (end_line(follow))
				return 0;
			continue;
		}
		follow->is_bad = follow->length >= LINE_MAX_BYTES;
		if (follow->is_bad)
			return 0;
		follow->result = array_grow(&follow->text, &follow->capacity, follow->length, 1);
		if (follow->result)
			return 0;
		follow->text[follow->length++] = data[i];
	}
	return length;
}

static int refuse(struct follow *follow, const char *path, long status, const char **problem)
{
	struct client_response response = {.status = status};
	int error;

	/* It may be better in a while. */
	if (status == 429 || status >= 500) {
		snprintf(follow->client->problem, sizeof(follow->client->problem),
			 "the manager at %s answered with status %ld", follow->client->server.url,
			 status);
		*problem = follow->client->problem;
		return 0;
	}
	if (follow->length)
		response.body = json_loadb(follow->text, follow->length, 0, NULL);
	error = client_refused(path, &response);
	client_response_clear(&response);
	return error == -EACCES ? error : -EACCES;
}

static CURLcode perform(struct follow *follow, const char *path)
{
	CURL *curl = follow->client->curl;
	CURLcode code;

	if (client_prepare(follow->client, path))
		return CURLE_OUT_OF_MEMORY;
	curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, NULL);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, follow->client->common);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 0L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, follow);
	code = curl_easy_perform(curl);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
	return code;
}

int client_follow(struct client *client, const char *path, client_line on_line, void *argument,
		  const char **problem)
{
	struct follow follow = {.client = client, .on_line = on_line, .argument = argument};
	long status = 0;
	CURLcode code;
	int result = 0;

	code = perform(&follow, path);
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	if (follow.result)
		result = follow.result;
	else if (follow.is_bad)
		*problem = "the manager sent a line that cannot be understood";
	else if (code)
		*problem = client_explain(client, code);
	else if (status != 200)
		result = refuse(&follow, path, status, problem);
	else
		*problem = "the manager has ended the stream";
	free(follow.text);
	return result;
}
