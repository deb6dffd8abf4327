// SPDX-License-Identifier: Apache-2.0
#include "user/cli/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/client_handle.h"
#include "user/lib/log.h"

#define ANSWER_TIMEOUT 30L /* seconds for a whole answer */

struct exchange {
	struct client_response *response;
	FILE *body;
	size_t length;
};

static size_t on_body(char *data, size_t size, size_t count, void *argument)
{
	struct exchange *exchange = argument;

	exchange->length += size * count;
	if (exchange->length > CLIENT_BODY_MAX)
		return 0;
	return fwrite(data, size, count, exchange->body) * size;
}

/* The value of the last answer's field, or NULL. */
static const char *get_field(CURL *curl, const char *name)
{
	struct curl_header *header;

	return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) ? NULL : header->value;
}

static void take_fields(CURL *curl, struct client_response *response)
{
	const char *etag = get_field(curl, "ETag"), *revision = get_field(curl, "Shunt-Revision");

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response->status);
	if (etag && strlen(etag) < sizeof(response->etag))
		strcpy(response->etag, etag);
	if (revision)
		response->revision = strtoull(revision, NULL, 10);
}

static int append(struct curl_slist **headers, const char *name, const char *value)
{
	struct curl_slist *longer;
	char *text;

	if (asprintf(&text, "%s: %s", name, value) < 0)
		return -ENOMEM;
	longer = curl_slist_append(*headers, text);
	free(text);
	if (!longer)
		return -ENOMEM;
	*headers = longer;
	return 0;
}

/* Those of all requests and of this one, to be freed. */
static int make_headers(const struct client *client, const struct client_request *request,
			struct curl_slist **headers)
{
	int error = 0;

	*headers = NULL;
	for (const struct curl_slist *item = client->common; item; item = item->next) {
		struct curl_slist *longer = curl_slist_append(*headers, item->data);

		if (!longer)
			return -ENOMEM;
		*headers = longer;
	}
	if (request->body)
		error = append(headers, "Content-Type", "application/json");
	if (!error && request->if_match)
		error = append(headers, "If-Match", request->if_match);
	if (!error && request->if_none)
		error = append(headers, "If-None-Match", "*");
	return error;
}

/* body has to live until the transfer is over. */
static void set_request(CURL *curl, const struct client_request *request, const char *body,
			struct curl_slist *headers)
{
	curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	if (body) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, ANSWER_TIMEOUT + (long)request->patience);
}

static int transfer(struct client *client, struct client_response *response)
{
	struct exchange exchange = {.response = response};
	char *text = NULL;
	size_t length = 0;
	CURLcode code;

	exchange.body = open_memstream(&text, &length);
	if (!exchange.body)
		return -ENOMEM;
	curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, &exchange);
	code = curl_easy_perform(client->curl);
	if (fclose(exchange.body)) {
		free(text);
		return -ENOMEM;
	}
	if (code) {
		log_line("%s", client_explain(client, code));
	} else {
		take_fields(client->curl, response);
		response->body = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	}
	free(text);
	return code ? -EIO : 0;
}

int client_send(struct client *client, const struct client_request *request,
		struct client_response *response)
{
	char *body = request->body ? json_dumps(request->body, JSON_COMPACT) : NULL;
	struct client_response answer = {0};
	struct curl_slist *headers = NULL;
	int error = -ENOMEM;

	if (body || !request->body)
		error = client_prepare(client, request->path);
	if (!error)
		error = make_headers(client, request, &headers);
	if (!error) {
		set_request(client->curl, request, body, headers);
		error = transfer(client, &answer);
	}
	if (error == -ENOMEM)
		log_line("cannot ask the manager: %s", strerror(ENOMEM));
	curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(headers);
	free(body);
	if (!error)
		*response = answer;
	return error;
}

void client_response_clear(struct client_response *response)
{
	json_decref(response->body);
	*response = (struct client_response){0};
}
