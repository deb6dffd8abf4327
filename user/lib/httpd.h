/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP server on an event loop: libmicrohttpd on libuv. A request is handed over whole, is
 * answered then or later, with a body or with a stream that goes on.
 */
#ifndef SHUNT_USER_LIB_HTTPD_H
#define SHUNT_USER_LIB_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>
#include <linux/bpf.h>
#include <shunt/tables.h>

struct httpd;
struct httpd_request;
struct httpd_stream;

struct httpd_options {
	struct shunt_endpoint listen;
	int socket; /* one that listens already, in place of that, and is closed in the end; 0: none */
	const char *certificate_file; /* PEM; NULL: no TLS */
	const char *key_file;
	const char *client_ca_file; /* client certificates are asked for and checked against it */
	unsigned int
		connection_max; /* 0: 16384; bounded by RLIMIT_NOFILE, which is raised if need be */
	/*
	 * 0: 10. For a request to come whole, from when its connection was made or the last one was
	 * answered; a reply may take this long without any progress. Who takes longer is cut off.
	 * Waiting for an answer and streams are not timed.
	 */
	unsigned int idle_seconds;
	size_t body_max; /* bytes; more is answered with 413 */

	/*
	 * A request is there, with its body. To be answered once, with httpd_reply() or
	 * httpd_stream(), within the call or later.
	 */
	void (*handle)(void *argument, struct httpd_request *request);
	/*
	 * The head is there, before any body: returns true to go on, or answers with httpd_reply()
	 * and returns false, so that nobody who may not has to be listened to. May be NULL.
	 */
	bool (*admit)(void *argument, struct httpd_request *request);
	/*
	 * Answers with httpd_reply() what is refused before it is handed over: 400, 413, 431. May be
	 * NULL: plain text. What cannot be read at all the library answers itself.
	 */
	void (*refuse)(void *argument, struct httpd_request *request, unsigned int status);
	void *argument;
};

/* The error of binding the address or reading a file, or -EIO. options is copied, texts are not. */
int httpd_start(uv_loop_t *loop, const struct httpd_options *options, struct httpd **started);

/*
 * Ends all connections, and closes its handles of the loop, which has to run on until they are.
 * What is not answered never will be. Safe on NULL.
 */
void httpd_stop(struct httpd *httpd);

/* The port it listens on, in host order: where options say 0, the one it was given. */
__u16 httpd_port(const struct httpd *httpd);

/* Of a request, valid until it is answered. NULL where there is none. */
const char *httpd_method(const struct httpd_request *request);
const char *httpd_path(const struct httpd_request *request); /* as sent, without the query */
const char *httpd_header(const struct httpd_request *request, const char *name);
const char *httpd_query_text(const struct httpd_request *request); /* as sent, behind the "?" */
const void *httpd_body(const struct httpd_request *request, size_t *length);
/* The common name of the client's certificate, where it was checked. */
const char *httpd_client_name(const struct httpd_request *request);
void httpd_peer(const struct httpd_request *request, struct shunt_endpoint *peer);

/* Whoever handles a request may keep something with it; release() is called when it ends. */
void httpd_set_state(struct httpd_request *request, void *state, void (*release)(void *state));
void *httpd_state(const struct httpd_request *request);

/* Adds a field to the answer that is to come. */
void httpd_set_header(struct httpd_request *request, const char *name, const char *value);

/* Answers with a copy of body. The request is not to be used any more. */
void httpd_reply(struct httpd_request *request, unsigned int status, const char *type,
		 const void *body, size_t length);

struct httpd_stream_events {
	/* Writes up to size bytes; returns how many, 0 for none at present, -1 for the end. */
	ssize_t (*read)(void *argument, char *buffer, size_t size);
	/* The stream is over, by whichever side; it is not to be used any more. */
	void (*closed)(void *argument);
};

/*
 * Answers with a stream. read() is called whenever the client takes more; where it returned 0, after
 * httpd_stream_wake(). NULL for want of memory: the connection is then ended, closed() not called.
 */
struct httpd_stream *httpd_stream(struct httpd_request *request, unsigned int status,
				  const char *type, const struct httpd_stream_events *events,
				  void *argument);

void httpd_stream_wake(struct httpd_stream *stream);

/* Ends the connection at once, also where the client takes nothing. closed() is called, later. */
void httpd_stream_abort(struct httpd_stream *stream);

#endif
