// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/client.h"
#include "user/cli/context_object.h"
#include "user/cli/contexts.h"
#include "user/cli/pages.h"
#include "user/lib/log.h"

#define NAME_SIZE 64
#define SUBJECT_SIZE (NAME_SIZE + 16)

/* name is a context's, so that nothing in it has to be escaped. */
static int send(struct contexts *contexts, struct client_request *request, const char *name,
		struct client_response *response)
{
	char path[NAME_SIZE + 32];
	int error;

	snprintf(path, sizeof(path), "/v1/contexts/%s", name);
	request->path = path;
	error = client_send(contexts->client, request, response);
	request->path = NULL;
	return error;
}

static int refuse(const char *name, const struct client_response *response)
{
	char subject[SUBJECT_SIZE];
	int error;

	if (response->status == 404)
		return -ENOENT;
	if (response->status == 412 || response->status == 409)
		return -EAGAIN;
	snprintf(subject, sizeof(subject), "context %s", name);
	error = client_refused(subject, response);
	/* These two would mean something else here. */
	return error == -ENOENT || error == -EAGAIN ? -EINVAL : error;
}

static int get(struct contexts *contexts, const char *name, json_t **object,
	       char version[CONTEXTS_VERSION_SIZE])
{
	struct client_request request = {.method = "GET"};
	struct client_response response = {0};
	int error;

	_Static_assert(CONTEXTS_VERSION_SIZE >= CLIENT_ETAG_SIZE, "An ETag is a version.");
	error = send(contexts, &request, name, &response);
	if (error)
		return error;
	if (response.status != 200 || !json_is_object(response.body))
		error = refuse(name, &response);
	if (!error && !response.etag[0]) {
		log_line("context %s: the manager sent no ETag; is it one of this version?", name);
		error = -EPROTO;
	}
	if (!error) {
		*object = json_incref(response.body);
		strcpy(version, response.etag);
	}
	client_response_clear(&response);
	return error;
}

static int list(struct contexts *contexts, const struct contexts_filter *filter, json_t **items)
{
	const struct pages_parameter parameters[] = {
		{"owner", filter->owner},
		{"label", filter->label},
		{"service", filter->service},
		{"state", filter->state},
		{0},
	};

	return pages_get(contexts->client, "contexts", parameters, items);
}

static int put(struct contexts *contexts, json_t *object, const char *version,
	       struct contexts_written *written)
{
	struct client_request request = {
		.method = "PUT",
		.body = object,
		.if_match = *version ? version : NULL,
		.if_none = !*version,
	};
	struct client_response response = {0};
	int error;

	error = send(contexts, &request, context_object_name(object), &response);
	if (error)
		return error;
	if ((response.status != 200 && response.status != 201) || !json_is_object(response.body))
		error = refuse(context_object_name(object), &response);
	if (!error)
		*written = (struct contexts_written){
			.object = json_incref(response.body),
			.revision = response.revision,
		};
	client_response_clear(&response);
	return error;
}

static int remove_one(struct contexts *contexts, const char *name, struct contexts_written *written)
{
	struct client_request request = {.method = "DELETE"};
	struct client_response response = {0};
	int error;

	error = send(contexts, &request, name, &response);
	if (error)
		return error;
	if (response.status != 200 && response.status != 204)
		error = refuse(name, &response);
	if (!error)
		*written = (struct contexts_written){.revision = response.revision};
	client_response_clear(&response);
	return error;
}

static void close_manager(struct contexts *contexts)
{
	client_close(contexts->client);
	free(contexts);
}

int contexts_open_manager(const struct server_options *options, struct contexts **opened)
{
	static const struct contexts_operations operations = {
		.get = get,
		.list = list,
		.put = put,
		.remove = remove_one,
		.close = close_manager,
	};
	struct contexts *contexts = calloc(1, sizeof(*contexts));
	int error;

	if (!contexts) {
		log_line("%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	contexts->operations = &operations;
	error = client_open(options, &contexts->client);
	if (error)
		free(contexts);
	else
		*opened = contexts;
	return error;
}
