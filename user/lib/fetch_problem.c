// SPDX-License-Identifier: Apache-2.0
/* Why a transfer failed, in words. */
#include "user/lib/fetch_state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static char *sentence(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *sentence(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	return length < 0 ? NULL : text;
}

static bool was_connected(struct fetch *fetch)
{
	curl_off_t time = 0;

	curl_easy_getinfo(fetch->easy, CURLINFO_CONNECT_TIME_T, &time);
	return time > 0;
}

/* What libcurl says of it. */
static const char *detail(const struct fetch *fetch, CURLcode code)
{
	return fetch->text[0] ? fetch->text : curl_easy_strerror(code);
}

static char *refused(struct fetch *fetch, CURLcode code)
{
	long number = 0;

	curl_easy_getinfo(fetch->easy, CURLINFO_OS_ERRNO, &number);
	return sentence("cannot connect to %s: %s", fetch->server,
			number ? strerror((int)number) : detail(fetch, code));
}

static char *timed_out(struct fetch *fetch)
{
	if (fetch->error == -ETIMEDOUT)
		return sentence("%s sent nothing for %.3g s", fetch->server,
				fetch->idle_ms / 1000.0);
	if (!was_connected(fetch))
		return sentence("cannot connect to %s: no answer within %.3g s", fetch->server,
				fetch->connect_ms / 1000.0);
	if (!fetch_was_sent(fetch))
		return sentence("cannot talk TLS with %s: no answer within %.3g s", fetch->server,
				fetch->connect_ms / 1000.0);
	return sentence("%s did not answer whole within %.3g s", fetch->server,
			fetch->timeout_ms / 1000.0);
}

/* Whether the server ended the connection before it said anything. libcurl tells it by how it was noticed. */
static bool ended_silently(struct fetch *fetch, CURLcode code)
{
	return (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
		code == CURLE_UNRECOVERABLE_POLL) &&
	       was_connected(fetch) && !fetch->head_length;
}

static char *silence(struct fetch *fetch)
{
	const char *scheme = NULL;

	curl_easy_getinfo(fetch->easy, CURLINFO_SCHEME, &scheme);
	return sentence("%s closed the connection without an answer%s", fetch->server,
			scheme && strcasecmp(scheme, "http") == 0
				? "; does it speak TLS, so that https:// is meant?"
				: "");
}

static char *own_error(const struct fetch *fetch)
{
	if (fetch->error == -EMSGSIZE && !fetch->head_told)
		return sentence("the head of the answer of %s is longer than %d bytes",
				fetch->server, FETCH_HEAD_MAX);
	return sentence("the answer of %s was not taken: %s", fetch->server,
			strerror(-fetch->error));
}

char *fetch_problem(struct fetch *fetch, CURLcode code)
{
	if (code == CURLE_OPERATION_TIMEDOUT)
		return timed_out(fetch);
	if (fetch->error)
		return own_error(fetch);
	if (ended_silently(fetch, code))
		return silence(fetch);
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return sentence("cannot find the address of %s: %s", fetch->server,
				detail(fetch, code));
	case CURLE_COULDNT_CONNECT:
		return refused(fetch, code);
	case CURLE_PEER_FAILED_VERIFICATION:
		return sentence("the certificate of %s is not trusted: %s", fetch->server,
				detail(fetch, code));
	case CURLE_SSL_CONNECT_ERROR:
		return sentence("cannot talk TLS with %s: %s", fetch->server, detail(fetch, code));
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
		return sentence("cannot use the certificates for %s: %s", fetch->server,
				detail(fetch, code));
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_HTTP2_STREAM:
		return sentence("the answer of %s ended midway: %s", fetch->server,
				detail(fetch, code));
	default:
		return sentence("the request to %s failed: %s", fetch->server, detail(fetch, code));
	}
}
