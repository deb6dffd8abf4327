/* SPDX-License-Identifier: Apache-2.0 */
/* What requests and streams have in common: the curl handle, and why it failed. */
#ifndef SHUNT_USER_CLI_CLIENT_HANDLE_H
#define SHUNT_USER_CLI_CLIENT_HANDLE_H

#include <curl/curl.h>
#include "user/cli/client.h"

#define CLIENT_CONNECT_TIMEOUT 10L /* seconds */
#define CLIENT_KEEPALIVE 20L /* seconds */
#define CLIENT_PROBLEM_SIZE 1024

struct client {
	CURL *curl;
	struct server server;
	struct curl_slist *common; /* headers of all requests */
	char reason[CURL_ERROR_SIZE];
	char problem[CLIENT_PROBLEM_SIZE];
};

/* Makes the handle ready for a request to path. -ENOMEM. */
int client_prepare(struct client *client, const char *path);

/* Why there was no answer and what to do about it, in client->problem. */
const char *client_explain(struct client *client, CURLcode code);

#endif
