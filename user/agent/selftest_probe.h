/* SPDX-License-Identifier: Apache-2.0 */
/* What the answer to a SYN with a passport says of the way that it took. */
#ifndef SHUNT_USER_AGENT_SELFTEST_PROBE_H
#define SHUNT_USER_AGENT_SELFTEST_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <shunt/tables.h>

/* result, its label in metrics */
#define PROBE_RESULTS(X)                                                                     \
	X(ARRIVED, "arrived") /* the fence let it in */                                      \
	X(LOST, "lost") /* the passport was taken out on the way */                          \
	X(TRANSLATED, "translated") /* what the passport is of was changed */                \
	X(OTHER_KEYS, "other_keys") /* the endpoint's node does not have the key in force */ \
	X(CLOSED, "closed") /* nobody listens there, which says nothing of the way */        \
	X(SILENT, "silent") /* no answer, which says nothing either */                       \
	X(UNTESTED, "untested") /* there is no way to it from here, or any SYN is let in */

enum probe_result {
#define X(NAME, label) PROBE_##NAME,
	PROBE_RESULTS(X)
#undef X
	PROBE_RESULT_COUNT
};

#define PROBE_WAITING PROBE_RESULT_COUNT /* not answered yet */

/* Labels of metrics, by result. */
extern const char *const probe_labels[PROBE_RESULT_COUNT];

/* A SYN that was sent by the connection's client, with this sequence number. */
struct probe {
	struct shunt_connection connection;
	__u32 sequence;
};

/*
 * What a TCP segment from the connection's server says, or PROBE_WAITING where it is no answer to
 * this very SYN. The segment may be anything.
 */
enum probe_result probe_judge(const struct probe *probe, const __u8 *segment, size_t length);

/* Whether a result means that requests which are moved there fail. */
bool probe_is_bad(enum probe_result result);

/* What a bad result means, and what helps; one line for a person, that begins after a colon. */
const char *probe_explain(enum probe_result result);

#endif
