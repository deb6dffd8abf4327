/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the publisher share. */
#ifndef SHUNT_USER_MANAGER_PUBLISHER_STATE_H
#define SHUNT_USER_MANAGER_PUBLISHER_STATE_H

#include <sys/queue.h>
#include "user/lib/sync_wire.h"
#include "user/manager/publisher.h"

#define PUBLISHER_NODE_NAME_MAX 253
#define PUBLISHER_NODES_MAX 10000
#define PUBLISHER_VERSION_MAX 63 /* characters of a report's version; what is longer is cut */
#define PUBLISHER_PROBLEM_MAX 255
#define PUBLISHER_USES_MAX 10000 /* of one report */
#define PUBLISHER_REPORT_MAX (1024u * 1024) /* bytes */

#define PUBLISHER_SILENT_BEATS 6 /* heartbeats without a report, then an agent is taken for dead */
#define PUBLISHER_FORGET_MS (24ull * 60 * 60 * 1000) /* a node that is gone */
#define PUBLISHER_SHARE_MIN_MS 200
#define PUBLISHER_SHARE_MAX_MS 10000

/* Bytes of the sync stream that many sessions send. */
struct publisher_chunk {
	size_t references;
	uint64_t generation; /* that one has after them */
	uint64_t before; /* revision that one has without them, if one has the generation before */
	size_t length;
	char *bytes;
};

/* Takes over what is in the buffer. NULL for want of memory; the buffer then is as it was. */
struct publisher_chunk *publisher_chunk_new(struct sync_buffer *buffer, uint64_t generation);
struct publisher_chunk *publisher_chunk_hold(struct publisher_chunk *chunk);
void publisher_chunk_release(struct publisher_chunk *chunk); /* safe on NULL */

/* publisher_log.c: the generations that are kept, without gap up to the present one. */
struct publisher_log {
	struct publisher_chunk **items; /* from `start` on */
	size_t start;
	size_t count;
	size_t capacity;
	size_t bytes;
	size_t max; /* bytes, as the options have it */
	struct publisher_chunk *snapshot; /* NULL: none was made */
};

/* Appends the generation after the last one. -ENOMEM. */
int publisher_log_add(struct publisher_log *log, struct publisher_chunk *chunk);

/* Lets go of the oldest ones, until what is left is within bounds. */
void publisher_log_trim(struct publisher_log *log);

/* Takes over a snapshot. */
void publisher_log_set_snapshot(struct publisher_log *log, struct publisher_chunk *snapshot);

/*
 * Whether the snapshot is of the present generation. An agent that is new to this manager is given no
 * older one, even with what changed since: it may have had the present tables all along, and would
 * bring the older ones into the kernel for a moment.
 */
bool publisher_log_snapshot_serves(const struct publisher_log *log, uint64_t generation);

/* What changes the tables from the generation before to this one, or NULL. Borrowed. */
struct publisher_chunk *publisher_log_find(const struct publisher_log *log, uint64_t generation);

void publisher_log_clear(struct publisher_log *log);

/* What an agent reported last. */
struct publisher_view {
	bool live;
	char instance[SYNC_INSTANCE_MAX + 1]; /* whose generation it is */
	uint64_t generation;
	uint64_t revision;
	uint64_t applied_at; /* ms since 1970; 0: not known */
	uint64_t last_seen; /* the same */
	uint64_t left_out;
	char version[PUBLISHER_VERSION_MAX + 1];
	char problem[PUBLISHER_PROBLEM_MAX + 1];
};

struct publisher_session;

struct publisher_node {
	char name[PUBLISHER_NODE_NAME_MAX + 1];
	struct publisher_session *session; /* NULL: its agent is not connected here */
	struct publisher_view own; /* to us */
	struct publisher_view other; /* to another manager; last_seen 0: never */
	char manager[SYNC_INSTANCE_MAX + 1]; /* that one */
	uint64_t relayed; /* last_seen, by the clock of whom it reported to in place of us */
};

/* One agent's stream. */
struct publisher_session {
	struct publisher *publisher; /* NULL: it was dropped, and node and chunk are too */
	struct publisher_node *node;
	struct publisher_chunk *chunk; /* being sent */
	size_t sent; /* bytes of it */
	bool fresh; /* needs a snapshot */
	uint64_t generation; /* that the agent has after the chunk */
	uint64_t reported; /* ms of the loop */
	struct httpd_stream *stream; /* NULL while it is being made */
	TAILQ_ENTRY(publisher_session) link;
};

enum publisher_drop {
	PUBLISHER_DROP_SLOW, /* fell out of the log */
	PUBLISHER_DROP_SILENT, /* did not report */
	PUBLISHER_DROP_REPLACED, /* another stream of its node came */
	PUBLISHER_DROP_FAILED, /* for want of memory */
	PUBLISHER_DROP_STOPPED,
	PUBLISHER_DROP_COUNT
};

struct publisher_counts {
	uint64_t streams, resumed, snapshots, bytes, reports, refused;
	uint64_t dropped[PUBLISHER_DROP_COUNT];
};

struct publisher {
	uv_loop_t *loop;
	struct publisher_options options;
	uint64_t generation; /* 0: none yet */
	uint64_t revision;
	struct publisher_chunk *hello;
	struct publisher_chunk *heartbeat; /* the present one; NULL before the first */
	struct publisher_log log;
	struct publisher_node **nodes; /* by name */
	size_t node_count;
	size_t node_capacity;
	struct publisher_counts counts;
	uv_timer_t beat; /* half a heartbeat */
	uv_timer_t share;
	unsigned int handles; /* that are not closed */
	bool changed; /* something is to be shared */
	uint64_t shared_at; /* ms of the loop */
	uint64_t started_at; /* the same */
	TAILQ_HEAD(publisher_sessions, publisher_session) sessions;
	TAILQ_HEAD(publisher_waits, publisher_wait) waits;
};

/* ms since 1970. */
uint64_t publisher_now(void);

/* publisher_stream.c */

/* instance is NULL where the agent has nothing to resume from. -ENOMEM, -ENOSPC. */
int publisher_session_open(struct publisher *publisher, const char *node, const char *instance,
			   uint64_t generation, struct publisher_session **opened);

/* As httpd_stream_events.read(). */
ssize_t publisher_session_read(struct publisher_session *session, char *buffer, size_t size);

/* Its connection is over. */
void publisher_session_close(struct publisher_session *session);

/* Ends it; it is closed later. */
void publisher_session_drop(struct publisher_session *session, enum publisher_drop why);

/* Gives the heartbeat to those that have nothing else to send. */
void publisher_session_beat_all(struct publisher *publisher);

/* There is a new generation, or a heartbeat. */
void publisher_session_wake_all(struct publisher *publisher);

/* Drops those that can only go on with a snapshot, or whose agents are silent. */
void publisher_session_check_all(struct publisher *publisher);

/* publisher_nodes.c */

/* The record of a node, made where there is none. -ENOMEM, -ENOSPC where there are too many. */
int publisher_node_get(struct publisher *publisher, const char *name, struct publisher_node **node);

/* What counts: of the manager that it is connected to, or else of the one that saw it last. */
const struct publisher_view *publisher_node_view(const struct publisher_node *node);

/* The revision up to which it has all changes; in own only by what it reported to us. */
uint64_t publisher_node_own_revision(const struct publisher *publisher,
				     const struct publisher_node *node);
uint64_t publisher_node_revision(const struct publisher *publisher,
				 const struct publisher_node *node);

/* Something is known of a node that was not. */
void publisher_node_changed(struct publisher *publisher);

/* Forgets those that are gone for long. */
void publisher_node_forget(struct publisher *publisher);
void publisher_node_clear(struct publisher *publisher);

/* publisher_report.c: takes a report's bytes. -EBADMSG, -EINVAL: its node is another one; -ENOMEM,
 * -ENOSPC. problem says why, for a person. */
int publisher_report_take(struct publisher *publisher, const void *bytes, size_t length,
			  const char *node, const char **problem);

/* publisher_share.c */
void publisher_share_start(struct publisher *publisher);
void publisher_share_soon(struct publisher *publisher);

/* publisher_wait.c */
void publisher_wait_check_all(struct publisher *publisher);
void publisher_wait_clear(struct publisher *publisher);

/* A handle of the publisher's is closed; the last one frees it. */
void publisher_handle_closed(struct publisher *publisher);

#endif
