/* SPDX-License-Identifier: Apache-2.0 */
/* Agents that take a publisher's stream without a network. */
#ifndef SHUNT_TESTS_UNIT_PUBLISHER_AGENT_H
#define SHUNT_TESTS_UNIT_PUBLISHER_AGENT_H

#include "publisher_world.h"

/* One that takes the stream, and keeps its table over several of them. */
struct agent {
	char node[16];
	char instance[SYNC_INSTANCE_MAX + 1]; /* empty: none yet */
	uint64_t generation, revision;
	struct table table;
	struct publisher_session *session; /* NULL: not connected */
	struct sync_reader *reader;
	size_t hellos, snapshots, changes, heartbeats;
};

static inline int agent_hello(void *argument, const struct sync_hello *hello)
{
	struct agent *agent = argument;

	agent->hellos++;
	snprintf(agent->instance, sizeof(agent->instance), "%s", hello->instance);
	return 0;
}

static inline int agent_generation(void *argument, struct changes *changes,
				   const struct sync_done *done)
{
	struct agent *agent = argument;

	if (changes->snapshot) {
		memset(&agent->table, 0, sizeof(agent->table));
		agent->snapshots++;
	} else {
		/* Nothing is left out in between. */
		assert_int_equal(done->generation, agent->generation + 1);
		agent->changes++;
	}
	for (size_t i = 0; i < changes->override_count; i++) {
		const struct change_override *override = &changes->overrides[i];
		size_t key = strtoul(override->context + 2, NULL, 10);

		assert_true(key < WORLD_KEYS);
		agent->table.values[key] =
			override->endpoint_count ? (unsigned char) override->endpoints[0].port : 0;
	}
	agent->generation = done->generation;
	agent->revision = done->revision;
	return 0;
}

static inline int agent_heartbeat(void *argument, uint64_t generation, uint64_t time_ms)
{
	struct agent *agent = argument;

	assert_int_equal(generation, agent->generation);
	assert_true(time_ms > 0);
	agent->heartbeats++;
	return 0;
}

static const struct sync_reader_events agent_events = {agent_hello, agent_generation,
						       agent_heartbeat};

static inline void agent_connect(struct agent *agent, struct publisher *publisher)
{
	assert_null(agent->session);
	assert_int_equal(publisher_session_open(publisher, agent->node,
						*agent->instance ? agent->instance : NULL,
						agent->generation, &agent->session),
			 0);
	agent->reader = sync_reader_new(&agent_events, agent);
	assert_non_null(agent->reader);
}

static inline void agent_disconnect(struct agent *agent)
{
	if (!agent->session)
		return;
	publisher_session_close(agent->session);
	sync_reader_free(agent->reader);
	agent->session = NULL;
	agent->reader = NULL;
}

/* Takes up to size bytes; what publisher_session_read() returned. */
static inline ssize_t agent_take(struct agent *agent, size_t size)
{
	char *buffer = malloc(size);
	ssize_t length;

	assert_non_null(buffer);
	length = publisher_session_read(agent->session, buffer, size);
	if (length > 0 && sync_reader_feed(agent->reader, buffer, (size_t)length))
		fail_msg("%s: %s", agent->node, sync_reader_problem(agent->reader));
	free(buffer);
	return length;
}

/* Takes all there is; false where the stream has ended. */
static inline bool agent_drain(struct agent *agent)
{
	ssize_t length;

	do {
		length = agent_take(agent, 100);
	} while (length > 0);
	return length == 0;
}

/* Tells the publisher what the agent has. */
static inline void agent_report(struct agent *agent, struct publisher *publisher)
{
	Shunt__V1__SyncReport report = SHUNT__V1__SYNC_REPORT__INIT;
	const char *problem;
	uint8_t bytes[512];

	report.node = agent->node;
	report.instance = agent->instance;
	report.generation = agent->generation;
	report.revision = agent->revision;
	report.applied_at_ms = 1000;
	report.version = (char *)"1.2.3";
	assert_true(shunt__v1__sync_report__get_packed_size(&report) <= sizeof(bytes));
	assert_int_equal(publisher_report_take(publisher, bytes,
					       shunt__v1__sync_report__pack(&report, bytes), NULL,
					       &problem),
			 0);
}

#endif
