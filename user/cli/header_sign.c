// SPDX-License-Identifier: Apache-2.0
#include "user/cli/header_sign.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/cli/client.h"
#include "user/lib/log.h"

#define PATH_SIZE (SHUNT_CONTEXT_NAME_MAX + 32)

/* NAME.TAG, of just that name. */
static bool is_marker(const char *text, const char *name)
{
	size_t length = strlen(name);

	return text && strncmp(text, name, length) == 0 && text[length] == '.' &&
	       strspn(text + length + 1, "0123456789abcdef") == SHUNT_MARKER_TAG_DIGITS &&
	       strlen(text + length + 1) == SHUNT_MARKER_TAG_DIGITS;
}

static int take(const struct client_response *response, const char *name,
		char marker[KEYS_MARKER_SIZE])
{
	const char *text = json_string_value(json_object_get(response->body, "marker"));
	char subject[PATH_SIZE];

	if (response->status == 200 && is_marker(text, name)) {
		strcpy(marker, text);
		return 0;
	}
	snprintf(subject, sizeof(subject), "context %s", name);
	return client_refused(subject, response);
}

static int ask(struct client *client, const char *name, char marker[KEYS_MARKER_SIZE])
{
	char path[PATH_SIZE];
	const struct client_request request = {.method = "GET", .path = path};
	struct client_response response = {0};
	int error;

	snprintf(path, sizeof(path), "/v1/contexts/%s/marker", name);
	error = client_send(client, &request, &response);
	if (error)
		return error;
	error = take(&response, name, marker);
	client_response_clear(&response);
	return error;
}

struct search {
	const char *name;
	bool found; /* an override of the context */
	__u64 tag; /* of one of these; 0: none is signed */
};

static int visit(void *argument, const void *key, const void *value)
{
	const struct shunt_override_key *override_key = key;
	const struct shunt_override *override = value;
	struct search *search = argument;

	if (strncmp(override_key->context, search->name, sizeof(override_key->context)) != 0)
		return 0;
	search->found = true;
	search->tag = override->tag;
	return override->tag != 0;
}

static int look(const struct globals *globals, const char *name, char marker[KEYS_MARKER_SIZE])
{
	struct search search = {.name = name};
	struct maps maps;
	int error;

	error = command_open_maps(globals, &maps);
	if (error) {
		log_line("no manager is named that could be asked instead: --server URL does");
		return error;
	}
	error = maps_each(maps.fds[PINS_OVERRIDES], 0, visit, &search);
	maps_close(&maps);
	if (error < 0) {
		command_fail(globals, error);
		return error;
	}
	if (search.tag) {
		keys_format_marker(name, search.tag, marker);
		return 0;
	}
	if (search.found)
		log_line("context %s: its markers cannot be signed: where the tables come from "
			 "there are no keys",
			 name);
	else
		log_line("context %s: has no override in the tables of this node, from which its "
			 "signature could be read; --server URL asks a manager",
			 name);
	return -ENOENT;
}

int header_sign(const struct globals *globals, const char *name, char marker[KEYS_MARKER_SIZE])
{
	struct client *client = NULL;
	int error = -EDESTADDRREQ;

	/* A directory knows no keys; the agent that reads it has them. */
	if (!globals->server.manifests)
		error = client_open_named(&globals->server, &client);
	if (error == -EDESTADDRREQ)
		return look(globals, name, marker);
	if (!error)
		error = ask(client, name, marker);
	client_close(client);
	return error;
}
