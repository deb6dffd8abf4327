// SPDX-License-Identifier: Apache-2.0
#include "user/cli/client_handle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/log.h"
#include "user/lib/version.h"

static int add_header(struct client *client, const char *text)
{
	struct curl_slist *longer = curl_slist_append(client->common, text);

	if (!longer)
		return -ENOMEM;
	client->common = longer;
	return 0;
}

static int add_token(struct client *client, const char *token)
{
	char *text;
	int error;

	if (asprintf(&text, "Authorization: Bearer %s", token) < 0)
		return -ENOMEM;
	error = add_header(client, text);
	explicit_bzero(text, strlen(text));
	free(text);
	return error;
}

static int set_up(struct client *client)
{
	const struct server *server = &client->server;
	CURL *curl = client->curl;
	bool failed = false;
	int error;

	failed |= !!curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	failed |= !!curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	failed |= !!curl_easy_setopt(curl, CURLOPT_USERAGENT, "shunt/" SHUNT_VERSION);
	failed |= !!curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CLIENT_CONNECT_TIMEOUT);
	/* A stream may be silent for long: probes tell whether the manager is still there. */
	failed |= !!curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
	failed |= !!curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, CLIENT_KEEPALIVE);
	failed |= !!curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, CLIENT_KEEPALIVE);
	failed |= !!curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->reason);
	if (server->ca)
		failed |= !!curl_easy_setopt(curl, CURLOPT_CAINFO, server->ca);
	if (server->certificate)
		failed |= !!curl_easy_setopt(curl, CURLOPT_SSLCERT, server->certificate);
	if (server->key)
		failed |= !!curl_easy_setopt(curl, CURLOPT_SSLKEY, server->key);
	error = failed ? -ENOMEM : add_header(client, "Accept: application/json");
	if (!error && server->token)
		error = add_token(client, server->token);
	return error;
}

int client_open_named(const struct server_options *options, struct client **opened)
{
	struct client *client = calloc(1, sizeof(*client));
	int error = client ? server_find(options, &client->server) : -ENOMEM;

	if (error) {
		free(client);
		return error;
	}
	error = -ENOMEM;
	if (!curl_global_init(CURL_GLOBAL_DEFAULT))
		client->curl = curl_easy_init();
	if (client->curl)
		error = set_up(client);
	if (error) {
		log_line("cannot ask the manager: %s", strerror(-error));
		client_close(client);
		return error;
	}
	*opened = client;
	return 0;
}

int client_open(const struct server_options *options, struct client **opened)
{
	int error = client_open_named(options, opened);

	if (error == -EDESTADDRREQ)
		log_line("no manager is named: give --server URL, set SHUNT_SERVER, or write "
			 "\"server: URL\" into ~/.config/shunt/config.yaml; or give --manifests "
			 "DIR");
	return error;
}

void client_close(struct client *client)
{
	if (!client)
		return;
	curl_easy_cleanup(client->curl);
	curl_slist_free_all(client->common);
	server_clear(&client->server);
	free(client);
}

int client_prepare(struct client *client, const char *path)
{
	CURLcode code;
	char *url;

	if (asprintf(&url, "%s%s", client->server.url, path) < 0)
		return -ENOMEM;
	client->reason[0] = '\0';
	code = curl_easy_setopt(client->curl, CURLOPT_URL, url);
	free(url);
	return code ? -ENOMEM : 0;
}

/* What a person can do about it, or NULL. */
static const char *advise(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_URL_MALFORMAT:
		return "is the URL right?";
	case CURLE_COULDNT_CONNECT:
		return "is the manager running, and the URL right?";
	case CURLE_OPERATION_TIMEDOUT:
		return "does the network let you through, and is the manager well?";
	case CURLE_PEER_FAILED_VERIFICATION:
		return "name the authority of its certificate with --ca FILE";
	case CURLE_SSL_CACERT_BADFILE:
		return "is the file of --ca right?";
	case CURLE_SSL_CERTPROBLEM:
		return "are the files of --certificate and --key right?";
	case CURLE_SSL_CONNECT_ERROR:
		return "does it speak TLS, or is http:// meant?";
	case CURLE_GOT_NOTHING: /* it ended the connection, which libcurl notices in one of three ways */
	case CURLE_RECV_ERROR:
	case CURLE_UNRECOVERABLE_POLL:
		return "does it speak TLS, so that https:// is meant?";
	default:
		return NULL;
	}
}

const char *client_explain(struct client *client, CURLcode code)
{
	const char *advice = advise(code);

	snprintf(client->problem, sizeof(client->problem),
		 "no answer from the manager at %s: %s%s%s", client->server.url,
		 client->reason[0] ? client->reason : curl_easy_strerror(code), advice ? "; " : "",
		 advice ? advice : "");
	return client->problem;
}

char *client_escape(const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, (int)strlen(text));
	char *copy = escaped ? strdup(escaped) : NULL;

	curl_free(escaped);
	return copy;
}
