/* SPDX-License-Identifier: Apache-2.0 */
/* What a test server answered, checked against the request. */
#ifndef SHUNT_TESTS_ANSWER_H
#define SHUNT_TESTS_ANSWER_H

#include "http.h"
#include "net.h"
#include "request.h"

struct answer {
	int status;
	int interim; /* answers before it: 100, 103 */
	char server[64];
	char peer[NET_NAME_MAX]; /* the client as the server saw it */
	char connection[16];
	char request[16];
	char shunt[256]; /* value of x-shunt, where the switch itself answered */
	struct http_body body;
	char problem[128]; /* what went wrong */
};

/*
 * Reads the answer to *request. Returns 0 where the server received exactly what was sent and
 * every byte of its answer is right; else -errno, and answer->problem says what.
 */
int answer_read(struct http_reader *reader, const struct request *request, struct answer *answer);

#endif
