/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP requests of our own on an event loop: libcurl's multi interface on libuv. HTTP/1.1 or 2 as
 * the server offers, connections are reused, redirects are not followed, no proxy of the environment
 * is used.
 */
#ifndef SHUNT_USER_LIB_FETCH_H
#define SHUNT_USER_LIB_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct fetch_loop;
struct fetch;

/* How the server is known, and what we show it. NULL where there is none. */
struct fetch_tls {
	const char *ca_file; /* PEM; NULL: the system's */
	const char *ca_data; /* the same as text; takes precedence */
	const char *certificate_file; /* PEM, of the client */
	const char *certificate_data;
	const char *key_file;
	const char *key_data;
	const char *server_name; /* the certificate's, where it is not the URL's host */
	bool insecure; /* the server's certificate is not checked */
};

struct fetch_request {
	const char *method; /* NULL: GET */
	const char *url;
	const char *const *headers; /* "Name: value", ends with NULL; NULL: none */
	const void *body; /* copied; NULL: none */
	size_t body_length;
	const struct fetch_tls *tls; /* texts are copied */
	bool compressed; /* the server may compress the response; data() gets it unpacked */
	unsigned int connect_ms; /* 0: 10 s */
	unsigned int timeout_ms; /* for the whole; 0: without limit */
	unsigned int idle_ms; /* without a byte of the response; 0: without limit */
};

/* Any may be NULL. The fetch may be cancelled within each. */
struct fetch_events {
	/* The response's head is there. */
	void (*head)(void *argument, struct fetch *fetch, unsigned int status);
	/* Bytes of its body. A result other than 0 ends the fetch with that error. */
	int (*data)(void *argument, struct fetch *fetch, const void *bytes, size_t length);
	/*
	 * The end; the fetch is freed after the call. status is 0 where there was no response.
	 * problem is NULL where the response is complete, else a sentence for a person that says
	 * what failed ("cannot connect to 10.0.0.1:443: Connection refused").
	 */
	void (*done)(void *argument, struct fetch *fetch, unsigned int status, const char *problem);
};

/*
 * The caller stops it before it closes the loop's handles, not from within head() or data(); that
 * cancels what is under way. -ENOMEM.
 */
int fetch_loop_start(uv_loop_t *loop, struct fetch_loop **started);
void fetch_loop_stop(struct fetch_loop *loop);

/* Starts a request. NULL for want of memory or an URL that is none. done() is never called from in here. */
struct fetch *fetch_start(struct fetch_loop *loop, const struct fetch_request *request,
			  const struct fetch_events *events, void *argument);

/* Ends it without a further event. Safe on NULL. */
void fetch_cancel(struct fetch *fetch);

/* A field of the response's head, or NULL. Valid until done() returns. */
const char *fetch_header(struct fetch *fetch, const char *name);

/* Whether the server may have got any of the request. */
bool fetch_was_sent(struct fetch *fetch);

#endif
