/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fenced endpoints that were tested, and which come next. A bounded number is known at a time;
 * where there are more, they take turns.
 */
#ifndef SHUNT_USER_AGENT_SELFTEST_KNOWN_H
#define SHUNT_USER_AGENT_SELFTEST_KNOWN_H

#include "user/agent/mirror.h"
#include "user/agent/selftest_probe.h"

#define KNOWN_MAX 256
#define KNOWN_ROUND 16 /* endpoints that are tested in a round */

struct known_row {
	struct shunt_endpoint endpoint;
	__u8 result; /* enum probe_result: the last one */
	__u8 said; /* the bad one that was said last; PROBE_ARRIVED: there is none to take back */
	__u64 turn; /* of the last round that it was chosen for */
};

/* All zero is empty. */
struct known {
	struct known_row rows[KNOWN_MAX];
	size_t count;
	__u64 turn; /* rounds so far */
	__u32 cursor; /* slot of the mirror after the last one that became known */
};

/*
 * Chooses endpoints that moved requests may go to and whose fence refuses: first some of those that
 * were bad, then ones that are not known. With all, further ones in place of known ones too, and
 * then those that were tested the longest time ago. Without, none where all is known and good.
 * Forgets endpoints that are no such any more. Returns how many were chosen.
 */
size_t known_choose(struct known *known, const struct mirror *mirror, bool all,
		    struct shunt_endpoint chosen[KNOWN_ROUND]);

/* Notes a result. Whether it has to be said: it is bad and was not, or otherwise, or good again. */
bool known_note(struct known *known, const struct shunt_endpoint *endpoint,
		enum probe_result result);

/* How many known endpoints there are of each result. */
void known_count(const struct known *known, size_t counts[PROBE_RESULT_COUNT]);

#endif
