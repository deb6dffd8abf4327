// SPDX-License-Identifier: Apache-2.0
/* A request as libcurl's options. */
#include "user/lib/fetch_state.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* A peer that is gone without a word is noticed within 30 s, whether we wait or send. */
#define KEEPALIVE_IDLE_S 10
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_PROBES 4
#define USER_TIMEOUT_MS 30000

static int on_socket_made(void *argument, curl_socket_t socket, curlsocktype purpose)
{
	int probes = KEEPALIVE_PROBES;
	unsigned int timeout = USER_TIMEOUT_MS;

	(void)argument;
	(void)purpose;
	/* Without them the kernel's own limits hold. */
	setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
	setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
	return CURL_SOCKOPT_OK;
}

static int set_connection(struct fetch *fetch)
{
	CURL *easy = fetch->easy;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket_made);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)fetch->connect_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)fetch->timeout_ms);
	if (curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") ||
	    curl_easy_setopt(easy, CURLOPT_PROXY, "") ||
	    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*"))
		return -ENOMEM;
	return 0;
}

static CURLcode set_blob(CURL *easy, CURLoption option, const char *text)
{
	struct curl_blob blob = {(void *)text, strlen(text), CURL_BLOB_COPY};

	return curl_easy_setopt(easy, option, &blob);
}

/* The text takes precedence over the file. */
static CURLcode set_pem(CURL *easy, CURLoption blob, const char *text, CURLoption option,
			const char *file)
{
	if (text)
		return set_blob(easy, blob, text);
	return file ? curl_easy_setopt(easy, option, file) : CURLE_OK;
}

static int set_tls(struct fetch *fetch, const struct fetch_tls *tls)
{
	CURL *easy = fetch->easy;

	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (!tls)
		return 0;
	if (tls->insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	/* Where a CA is named the system's are not trusted as well. */
	if (tls->ca_data || tls->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (set_pem(easy, CURLOPT_CAINFO_BLOB, tls->ca_data, CURLOPT_CAINFO, tls->ca_file) ||
	    set_pem(easy, CURLOPT_SSLCERT_BLOB, tls->certificate_data, CURLOPT_SSLCERT,
		    tls->certificate_file) ||
	    set_pem(easy, CURLOPT_SSLKEY_BLOB, tls->key_data, CURLOPT_SSLKEY, tls->key_file))
		return -ENOMEM;
	return 0;
}

static int add_header(struct fetch *fetch, const char *line)
{
	struct curl_slist *list = curl_slist_append(fetch->headers, line);

	if (!list)
		return -ENOMEM;
	fetch->headers = list;
	return 0;
}

/* libcurl makes fields of its own, for forms and for bodies that the server may not want. */
static int set_headers(struct fetch *fetch, const struct fetch_request *request)
{
	bool typed = false;

	for (size_t i = 0; request->headers && request->headers[i]; i++) {
		const char *line = request->headers[i];

		if (strpbrk(line, "\r\n"))
			return -EINVAL;
		typed |= strncasecmp(line, "content-type:", strlen("content-type:")) == 0;
		if (add_header(fetch, line))
			return -ENOMEM;
	}
	if (add_header(fetch, "Expect:") || (!typed && add_header(fetch, "Content-Type:")))
		return -ENOMEM;
	curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, fetch->headers);
	/* All of libcurl's codings would be those of its build; gzip is what servers have. */
	if (request->compressed && curl_easy_setopt(fetch->easy, CURLOPT_ACCEPT_ENCODING, "gzip"))
		return -ENOMEM;
	return 0;
}

static int set_method(struct fetch *fetch, const struct fetch_request *request)
{
	const char *method = request->method ? request->method : "GET";
	CURL *easy = fetch->easy;

	if (strcmp(method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
		return 0;
	}
	if (request->body) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)request->body_length);
		if (curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body))
			return -ENOMEM;
	} else if (strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
		   strcmp(method, "PATCH") == 0) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
	}
	return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method) ? -ENOMEM : 0;
}

/*
 * The certificate's name is the URL's host for libcurl. Where it is to be another one, that goes
 * into the URL, the connection is made to the host all the same, and so Host names it.
 */
static int rename_host(struct fetch *fetch, CURLU *url, const char *name)
{
	char line[1024];
	bool is_ipv6 = strchr(name, ':') != NULL;

	if ((size_t)snprintf(line, sizeof(line), "::%s", fetch->server) >= sizeof(line))
		return -EINVAL;
	fetch->connect_to = curl_slist_append(NULL, line);
	if (!fetch->connect_to)
		return -ENOMEM;
	curl_easy_setopt(fetch->easy, CURLOPT_CONNECT_TO, fetch->connect_to);
	snprintf(line, sizeof(line), "Host: %s", fetch->server);
	if (add_header(fetch, line))
		return -ENOMEM;
	if ((size_t)snprintf(line, sizeof(line), is_ipv6 ? "[%s]" : "%s", name) >= sizeof(line))
		return -EINVAL;
	return curl_url_set(url, CURLUPART_HOST, line, 0) ? -EINVAL : 0;
}

/* "host:port", the port always there. */
static int name_server(struct fetch *fetch, CURLU *url)
{
	char *host = NULL, *port = NULL;
	int length = -1;

	if (!curl_url_get(url, CURLUPART_HOST, &host, 0) &&
	    !curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT))
		length = asprintf(&fetch->server, "%s:%s", host, port);
	if (length < 0)
		fetch->server = NULL;
	curl_free(host);
	curl_free(port);
	return length < 0 ? -ENOMEM : 0;
}

static int set_url(struct fetch *fetch, const struct fetch_request *request)
{
	const char *name = request->tls ? request->tls->server_name : NULL;
	CURLU *url = curl_url();
	char *text = NULL;
	int error = -EINVAL;

	if (!url)
		return -ENOMEM;
	if (curl_url_set(url, CURLUPART_URL, request->url, 0))
		goto out;
	error = name_server(fetch, url);
	if (!error && name)
		error = rename_host(fetch, url, name);
	if (error)
		goto out;
	error = -ENOMEM;
	if (!curl_url_get(url, CURLUPART_URL, &text, 0) &&
	    !curl_easy_setopt(fetch->easy, CURLOPT_URL, text))
		error = 0;
	curl_free(text);
out:
	curl_url_cleanup(url);
	return error;
}

int fetch_set_options(struct fetch *fetch, const struct fetch_request *request)
{
	int error;

	fetch->connect_ms = request->connect_ms ? request->connect_ms : FETCH_CONNECT_MS;
	fetch->timeout_ms = request->timeout_ms;
	fetch->idle_ms = request->idle_ms;
	error = set_connection(fetch);
	if (!error)
		error = set_url(fetch, request);
	if (!error)
		error = set_tls(fetch, request->tls);
	if (!error)
		error = set_method(fetch, request);
	return error ? error : set_headers(fetch, request);
}
