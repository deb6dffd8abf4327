/* SPDX-License-Identifier: Apache-2.0 */
/* A few read-only pages over HTTP, served by the event loop. */
#ifndef SHUNT_USER_AGENT_HTTP_H
#define SHUNT_USER_AGENT_HTTP_H

#include <stdio.h>
#include <uv.h>
#include <linux/bpf.h>
#include <shunt/tables.h>

struct http_page {
	const char *path;
	const char *type; /* of the content */
	unsigned int (*write)(void *argument, FILE *body); /* returns the status */
};

struct httpd;

struct http {
	struct httpd *httpd;
	const struct http_page *pages; /* ends with one without a path */
	void *argument;
};

/*
 * Serves the pages at address, one request after the other. Other paths get 404, methods other
 * than GET and HEAD 405. The error of binding the address, or -EIO. On success the caller stops
 * it before the loop ends.
 */
int http_start(struct http *http, uv_loop_t *loop, const struct shunt_endpoint *address,
	       const struct http_page *pages, void *argument);

void http_stop(struct http *http);

#endif
