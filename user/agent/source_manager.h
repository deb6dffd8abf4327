/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Managers as the source of the tables: takes the sync stream of proto/sync.proto from one of them,
 * and the next one where that fails. Reports what was applied. While all are away the last tables
 * stay. What goes wrong is logged once.
 */
#ifndef SHUNT_USER_AGENT_SOURCE_MANAGER_H
#define SHUNT_USER_AGENT_SOURCE_MANAGER_H

#include <uv.h>
#include "user/agent/cache.h"
#include "user/agent/counts.h"
#include "user/agent/options.h"
#include "user/agent/sync.h"
#include "user/lib/fetch.h"
#include "user/lib/problems.h"
#include "user/lib/sync_wire.h"

#define SOURCE_MANAGER_BODY_MAX 4096 /* of a response that is no stream; what is longer is cut */
#define SOURCE_MANAGER_TOKEN_MAX 16384
#define SOURCE_MANAGER_URL_MAX 2048

struct source_manager {
	uv_loop_t *loop;
	const struct options_manager *options;
	struct sync *sync;
	struct fetch_loop *fetches;
	struct fetch *stream;
	struct sync_reader *reader;
	uv_timer_t retry; /* connects when it runs out */
	uv_timer_t silence; /* nothing was heard for too long */
	uv_timer_t release; /* removals that were put off */
	size_t url; /* index of the one that is connected to, or is next */
	unsigned int backoff_ms; /* before the next attempt */
	unsigned int silence_ms;
	bool connected; /* the hello has come */
	bool trims; /* a snapshot was taken: memory can be given back */
	char offered[SYNC_INSTANCE_MAX + 1]; /* instance of this stream */
	char instance[SYNC_INSTANCE_MAX + 1]; /* of the generation that is applied; empty: none */
	struct sync_done done; /* that generation */
	__u64 last_contact; /* ns since 1970; 0: none by this process */
	char body[SOURCE_MANAGER_BODY_MAX + 1];
	size_t body_length;
	char problem[SYNC_PROBLEM_SIZE + 256]; /* why the stream is being ended */
	struct problems *said; /* of each URL */
	struct cache cache;

	struct fetch *report; /* under way */
	bool report_again; /* something is newer than it */
	bool report_uses; /* it has counts of uses */
	struct problems report_said;
	struct counts counts;
	uint64_t counted; /* ms of the loop: when uses were reported last */
};

/* Nothing is connected to yet. The caller stops it before the loop's handles are closed. -ENOMEM. */
int source_manager_start(struct source_manager *source, uv_loop_t *loop,
			 const struct options_manager *options, struct sync *sync);

/* Loads the cache where the kernel has no tables, and connects. */
void source_manager_begin(struct source_manager *source);

/* Connects anew, at once. */
void source_manager_reconnect(struct source_manager *source);

void source_manager_stop(struct source_manager *source);

/* source_manager_cache.c: applies what is in the cache where the kernel has nothing: after a reboot. */
void source_manager_load(struct source_manager *source);

/* source_manager_request.c */

/*
 * Starts a request to the present manager, with the token as it is now. NULL where that cannot be:
 * problem then says why.
 */
struct fetch *source_manager_request(struct source_manager *source,
				     const struct fetch_request *request, const char *path,
				     const struct fetch_events *events, char *problem, size_t size);

/* What a response says that is an error, in a sentence. */
void source_manager_explain(unsigned int status, const char *body, size_t length, char *text,
			    size_t size);

/* source_manager_report.c */

/* Reports what is applied, now or as soon as the report under way has ended. */
void source_manager_report(struct source_manager *source);

/* The stream has ended, and with it the report under way. */
void source_manager_report_cancel(struct source_manager *source);

#endif
