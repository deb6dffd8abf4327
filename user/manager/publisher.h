/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generations that agents are sent, and what is known of the agents: GET /v1/sync and POST
 * /v1/sync/report, proto/sync.proto. Each generation is encoded once, whatever the number of agents.
 * One that takes no data does not hold up others: it is dropped when it is too far behind.
 */
#ifndef SHUNT_USER_MANAGER_PUBLISHER_H
#define SHUNT_USER_MANAGER_PUBLISHER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <uv.h>
#include <jansson.h>
#include "user/lib/changes.h"
#include "user/lib/httpd.h"

struct publisher;

struct publisher_options {
	const char *instance; /* names this run of this manager */
	const char
		*name; /* of the manager, as others that share the store know it; NULL: the same */
	unsigned int heartbeat_ms; /* 0: 5000 */
	unsigned int
		absence_ms; /* an agent whose stream has ended is back within this time, if it comes */
	size_t log_bytes; /* of generations that are kept for agents that resume; 0: 64 MiB */
	/* All of the tables as of the last publisher_publish(), as a snapshot. */
	int (*snapshot)(void *argument, struct changes *changes);
	/* A report said that a context was used. */
	void (*used)(void *argument, const char *context, const char *service, uint64_t requests);
	/* What is known of this manager's agents has changed: for store_share(). Borrowed. */
	void (*share)(void *argument, json_t *nodes);
	void *argument;
};

/* texts of options must outlive it. */
int publisher_start(uv_loop_t *loop, const struct publisher_options *options,
		    struct publisher **started);

/* Ends all streams; to be called before httpd_stop(). Safe on NULL. */
void publisher_stop(struct publisher *publisher);

/*
 * A generation. Before the first one agents wait. One that changes nothing is not sent: who has the
 * generation before it has this revision too.
 */
int publisher_publish(struct publisher *publisher, const struct changes *changes,
		      uint64_t revision);

uint64_t publisher_generation(const struct publisher *publisher);
uint64_t publisher_revision(const struct publisher *publisher);

/* Answer the two requests. node is who the client proved to be, or NULL where it may name itself. */
void publisher_stream(struct publisher *publisher, struct httpd_request *request, const char *node);
void publisher_report(struct publisher *publisher, struct httpd_request *request, const char *node);

/* What another manager knows of its agents; NULL: it is gone. */
void publisher_shared(struct publisher *publisher, const char *manager, json_t *nodes);

/*
 * All nodes known: an array of {"name", "live", "manager", "generation", "revision", "appliedAt",
 * "lastSeen", "version", "leftOut", "problem"}, by name. A node is live while an agent of it is
 * connected to a manager that is.
 */
json_t *publisher_nodes(const struct publisher *publisher);

/*
 * Calls done() once, with true as soon as every live node has applied this revision, else false
 * after timeout_ms. A node whose agent may be back any moment counts as live (absence_ms), and as
 * long after the start it is not known who may come. NULL for want of memory.
 */
struct publisher_wait;
typedef void (*publisher_waited)(void *argument, bool applied);
struct publisher_wait *publisher_wait(struct publisher *publisher, uint64_t revision,
				      unsigned int timeout_ms, publisher_waited done,
				      void *argument);
void publisher_wait_cancel(struct publisher_wait *wait);

/* Agents, generations, bytes, drops and lags in Prometheus' text format: shunt_manager_sync_*. */
void publisher_metrics(const struct publisher *publisher, FILE *file);

#endif
