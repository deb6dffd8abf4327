/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether passports reach the fences of offloaded pods from this node. What strips TCP options or
 * rewrites addresses on the way would make every moved request fail; so the agent sends SYNs with
 * passports itself, one at a time, and says what it finds. No server sees a connection: nothing is
 * there to take its answer, and the kernel refuses it.
 */
#ifndef SHUNT_USER_AGENT_SELFTEST_H
#define SHUNT_USER_AGENT_SELFTEST_H

#include <uv.h>
#include "user/agent/selftest_known.h"
#include "user/agent/selftest_wire.h"
#include "user/agent/sync.h"
#include "user/lib/maps.h"
#include "user/lib/passport.h"

struct selftest {
	const struct sync *sync;
	const struct maps *maps;
	struct wire wire;
	bool open; /* the wire */
	uv_prepare_t watch; /* for generations */
	uv_timer_t round; /* begins the next one */
	uv_timer_t answer; /* limits the wait for one */
	uv_poll_t polls[WIRE_FAMILIES];
	__u64 generation; /* the last that was seen */
	bool changed; /* since the last round began */
	bool running; /* a round is */
	__u64 ended_at; /* the last round; in ms, as uv_now() */
	__u64 all_at; /* when all is tested again; likewise */
	struct shunt_keys keys; /* of the present round */
	struct known known;
	struct shunt_endpoint chosen[KNOWN_ROUND];
	size_t chosen_count;
	size_t next; /* index of the one that is tested */
	bool repeated; /* its SYN was sent twice */
	struct probe probe;
	__u8 segment[PASSPORT_SYN_SIZE];
};

/*
 * Opens what needs rights. Where that fails there is no self-test, which is logged; all other
 * functions do nothing then.
 */
void selftest_open(struct selftest *selftest);

/* Tests from now on, after each generation that brings endpoints and from time to time. */
int selftest_start(struct selftest *selftest, uv_loop_t *loop, const struct sync *sync,
		   const struct maps *maps);

/* Ends what was started and closes what was opened. Safe on a zeroed struct. */
void selftest_stop(struct selftest *selftest);

#endif
