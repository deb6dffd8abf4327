// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/log.h"
#include "user/manager/publisher_state.h"

static bool can_resume(const struct publisher *publisher, const char *instance, uint64_t generation)
{
	if (!instance || strcmp(instance, publisher->options.instance) || !generation)
		return false;
	return generation == publisher->generation ||
	       (generation < publisher->generation &&
		publisher_log_find(&publisher->log, generation + 1));
}

int publisher_session_open(struct publisher *publisher, const char *name, const char *instance,
			   uint64_t generation, struct publisher_session **opened)
{
	struct publisher_session *session = calloc(1, sizeof(*session));
	struct publisher_node *node;
	int error;

	if (!session)
		return -ENOMEM;
	error = publisher_node_get(publisher, name, &node);
	if (error) {
		free(session);
		return error;
	}
	if (node->session)
		publisher_session_drop(node->session, PUBLISHER_DROP_REPLACED);
	*session = (struct publisher_session){
		.publisher = publisher,
		.node = node,
		.chunk = publisher_chunk_hold(publisher->hello),
		.fresh = !can_resume(publisher, instance, generation),
		.reported = uv_now(publisher->loop),
	};
	session->generation = session->fresh ? 0 : generation;
	/* What it reported before it may have lost since, with the whole node. */
	if (session->fresh)
		node->own.instance[0] = '\0';
	publisher->counts.streams++;
	publisher->counts.resumed += !session->fresh;
	TAILQ_INSERT_TAIL(&publisher->sessions, session, link);
	node->session = session;
	node->own.live = true;
	node->own.last_seen = publisher_now();
	publisher_node_changed(publisher);
	*opened = session;
	return 0;
}

/* Takes it out of everything; what is left is closed by its connection. */
static void detach(struct publisher_session *session)
{
	struct publisher *publisher = session->publisher;
	struct publisher_node *node = session->node;

	if (!publisher)
		return;
	TAILQ_REMOVE(&publisher->sessions, session, link);
	publisher_chunk_release(session->chunk);
	session->chunk = NULL;
	session->publisher = NULL;
	session->node = NULL;
	node->session = NULL;
	node->own.live = false;
	node->own.last_seen = publisher_now();
	publisher_node_changed(publisher);
}

void publisher_session_close(struct publisher_session *session)
{
	detach(session);
	free(session);
}

void publisher_session_drop(struct publisher_session *session, enum publisher_drop why)
{
	session->publisher->counts.dropped[why]++;
	detach(session);
	if (session->stream)
		httpd_stream_abort(session->stream);
}

static int make_snapshot(struct publisher *publisher)
{
	const struct sync_done done = {.generation = publisher->generation,
				       .revision = publisher->revision,
				       .made_at_ms = publisher_now()};
	struct publisher_chunk *chunk = NULL;
	struct sync_buffer buffer = {0};
	struct changes changes = {0};
	int error;

	error = publisher->options.snapshot(publisher->options.argument, &changes);
	changes.snapshot = true;
	if (!error)
		error = sync_encode_generation(&buffer, &changes, &done);
	changes_clear(&changes);
	if (!error)
		chunk = publisher_chunk_new(&buffer, done.generation);
	sync_buffer_clear(&buffer);
	if (!chunk)
		return error ? error : -ENOMEM;
	publisher_log_set_snapshot(&publisher->log, chunk);
	publisher->counts.snapshots++;
	return 0;
}

/* Whether an agent that is behind can go on with the snapshot in place of what is not kept. */
static bool can_jump(const struct publisher *publisher, const struct publisher_session *session)
{
	const struct publisher_chunk *snapshot = publisher->log.snapshot;

	return snapshot && snapshot->generation > session->generation &&
	       (snapshot->generation == publisher->generation ||
		publisher_log_find(&publisher->log, snapshot->generation + 1));
}

/* What the agent is to get next, held; NULL: nothing at present. */
static int next_chunk(struct publisher_session *session, struct publisher_chunk **next)
{
	struct publisher *publisher = session->publisher;
	struct publisher_log *log = &publisher->log;
	struct publisher_chunk *chunk = NULL;
	int error = 0;

	if (session->fresh && publisher->generation) {
		if (!publisher_log_snapshot_serves(log, publisher->generation))
			error = make_snapshot(publisher);
		chunk = error ? NULL : log->snapshot;
	} else if (session->generation < publisher->generation) {
		chunk = publisher_log_find(log, session->generation + 1);
		if (!chunk && can_jump(publisher, session))
			chunk = log->snapshot;
		if (!chunk)
			error = -ESTALE;
	}
	*next = chunk ? publisher_chunk_hold(chunk) : NULL;
	return error;
}

static int advance(struct publisher_session *session)
{
	struct publisher_chunk *next;
	int error;

	publisher_chunk_release(session->chunk);
	session->chunk = NULL;
	session->sent = 0;
	error = next_chunk(session, &next);
	if (error || !next)
		return error;
	session->chunk = next;
	session->generation = next->generation;
	session->fresh = false;
	return 0;
}

ssize_t publisher_session_read(struct publisher_session *session, char *buffer, size_t size)
{
	size_t filled = 0;

	while (session->publisher && filled < size) {
		struct publisher_chunk *chunk = session->chunk;
		size_t rest = chunk ? chunk->length - session->sent : 0;
		size_t length = rest < size - filled ? rest : size - filled;

		if (length) {
			memcpy(buffer + filled, chunk->bytes + session->sent, length);
			session->sent += length;
			filled += length;
			continue;
		}
		int error = advance(session);

		if (error == -ESTALE) {
			publisher_session_drop(session, PUBLISHER_DROP_SLOW);
		} else if (error) {
			log_line("cannot make a snapshot for agents: %s", strerror(-error));
			publisher_session_drop(session, PUBLISHER_DROP_FAILED);
		} else if (!session->chunk) {
			break;
		}
	}
	if (!session->publisher)
		return -1;
	session->publisher->counts.bytes += filled;
	return (ssize_t)filled;
}

static bool is_sent(const struct publisher_session *session)
{
	return !session->chunk || session->sent == session->chunk->length;
}

void publisher_session_beat_all(struct publisher *publisher)
{
	struct publisher_session *session;

	for (session = TAILQ_FIRST(&publisher->sessions); session;
	     session = TAILQ_NEXT(session, link)) {
		/* Where bytes are on their way, they show that we are alive. */
		if (!is_sent(session) || session->generation != publisher->generation)
			continue;
		publisher_chunk_release(session->chunk);
		session->chunk = publisher_chunk_hold(publisher->heartbeat);
		session->sent = 0;
	}
}

void publisher_session_wake_all(struct publisher *publisher)
{
	struct publisher_session *session;

	for (session = TAILQ_FIRST(&publisher->sessions); session;
	     session = TAILQ_NEXT(session, link)) {
		if (session->stream)
			httpd_stream_wake(session->stream);
	}
}

/* One that takes no data must not keep alive what nobody else needs. */
static bool has_fallen_out(const struct publisher *publisher,
			   const struct publisher_session *session)
{
	if (session->fresh || session->generation == publisher->generation ||
	    publisher_log_find(&publisher->log, session->generation + 1))
		return false;
	return !is_sent(session) || !can_jump(publisher, session);
}

void publisher_session_check_all(struct publisher *publisher)
{
	uint64_t silent_ms = (uint64_t)PUBLISHER_SILENT_BEATS * publisher->options.heartbeat_ms;
	struct publisher_session *session, *next;

	for (session = TAILQ_FIRST(&publisher->sessions); session; session = next) {
		next = TAILQ_NEXT(session, link);
		if (has_fallen_out(publisher, session))
			publisher_session_drop(session, PUBLISHER_DROP_SLOW);
		else if (uv_now(publisher->loop) - session->reported > silent_ms)
			publisher_session_drop(session, PUBLISHER_DROP_SILENT);
	}
}
