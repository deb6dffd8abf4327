/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the manager's REST API, one at a time. */
#ifndef SHUNT_USER_CLI_CLIENT_H
#define SHUNT_USER_CLI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>
#include "user/cli/server.h"

#define CLIENT_BODY_MAX (64u * 1024 * 1024) /* of an answer */
#define CLIENT_ETAG_SIZE 128

struct client;

struct client_request {
	const char *method;
	const char *path; /* from the first slash, query included, escaped */
	json_t *body; /* borrowed; NULL: none */
	const char *if_match; /* an ETag; NULL: no condition */
	bool if_none; /* only if there is none yet */
	unsigned int patience; /* seconds that the manager may take on purpose, beyond the usual */
};

struct client_response {
	long status; /* of HTTP */
	json_t *body; /* NULL where it is no JSON */
	char etag[CLIENT_ETAG_SIZE]; /* with quotes; "" where there is none */
	unsigned long long revision; /* Shunt-Revision; 0 where there is none */
};

/* Finds the manager that the options name, or others do. Says what is wrong and returns -errno. */
int client_open(const struct server_options *options, struct client **opened);

/* The same, but -EDESTADDRREQ without a word where no manager is named. */
int client_open_named(const struct server_options *options, struct client **opened);

/* Safe on NULL. */
void client_close(struct client *client);

/*
 * Says what is wrong and returns -errno where no answer came; any status is an answer. On success
 * the caller clears *response.
 */
int client_send(struct client *client, const struct client_request *request,
		struct client_response *response);

/* Safe on a zeroed struct. */
void client_response_clear(struct client_response *response);

/*
 * GET of a stream of JSON lines: calls on_line() with each. Returns 0 when the stream has ended or
 * could not be had, in which case *problem is why, for a person (it is the client's); what on_line()
 * returned where that is not 0; -EACCES, having said why, where the manager refuses.
 */
typedef int (*client_line)(void *argument, json_t *line);
int client_follow(struct client *client, const char *path, client_line on_line, void *argument,
		  const char **problem);

/* A copy for a path or a query, percent-encoded, to be freed; NULL for want of memory. */
char *client_escape(const char *text);

/* Writes what the manager says against a request about subject ("context mmeng"), and -errno. */
int client_refused(const char *subject, const struct client_response *response);

#endif
