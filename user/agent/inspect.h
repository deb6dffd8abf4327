/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the agent tells `shunt` over its Unix socket, as HTTP:
 *
 *   GET /trace?since=SECONDS&follow=1&lines=1   events, an object a line
 *   GET /explain?context=NAME&service=NAME      what only the agent knows of an override
 */
#ifndef SHUNT_USER_AGENT_INSPECT_H
#define SHUNT_USER_AGENT_INSPECT_H

#include <sys/queue.h>
#include <jansson.h>
#include "user/agent/recorder.h"
#include "user/lib/agent_socket.h"

struct agent;
struct httpd;
struct inspect_reader;

struct inspect {
	struct agent *agent;
	struct recorder recorder;
	struct httpd *httpd; /* NULL: nobody can ask */
	char path[AGENT_SOCKET_PATH_SIZE];
	LIST_HEAD(, inspect_reader) readers;
};

/* Once the kernel's tables are there. What fails is logged: requests go on without it. */
void inspect_start(struct inspect *inspect, struct agent *agent);

/* To be called at least every RECORDER_RENEW_SECONDS. */
void inspect_renew(struct inspect *inspect);

/* Safe on a zeroed struct. */
void inspect_stop(struct inspect *inspect);

/* inspect_trace.c: answers with a stream. */
struct httpd_request;
void inspect_trace(struct inspect *inspect, struct httpd_request *request);

/* The recorder has new events. */
void inspect_trace_wake(struct inspect *inspect);

/* inspect_explain.c */
void inspect_explain(struct inspect *inspect, struct httpd_request *request);

/* inspect.c: answers with an object, of which it takes over the reference, or an error. */
void inspect_reply(struct httpd_request *request, json_t *object);
void inspect_refuse(struct httpd_request *request, unsigned int status, const char *text);

#endif
