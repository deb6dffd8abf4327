/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons, events and legs in words. */
#ifndef SHUNT_USER_LIB_REASON_H
#define SHUNT_USER_LIB_REASON_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <shunt/events.h>

#define REASON_TEXT_SIZE 160

/* What became of a request, in one word. */
#define REASON_OUTCOMES(X)                                                            \
	X(MOVED, "moved") /* to another leg */                                        \
	X(STAYED, "stayed") /* on the leg to its override's endpoint */               \
	X(ANSWERED, "answered") /* with an error, by the kernel */                    \
	X(ORIGIN, "origin") /* it went there, as its override could not be reached */ \
	X(RETRIED, "retried") /* at the override's next endpoint */                   \
	X(IGNORED, "ignored") /* its marker does not count: to the origin */          \
	X(UNMOVED, "unmoved") /* it stayed where the one before it went */            \
	X(PINNED, "pinned") /* and so do all that follow on the connection */         \
	X(NOTED, "noted") /* something is odd; another event says where it went */    \
	X(FENCED, "fenced") /* what the fence did with a connection */                \
	X(LOST, "lost") /* events that were not recorded */

enum reason_outcome {
#define X(NAME, name) REASON_OUTCOME_##NAME,
	REASON_OUTCOMES(X)
#undef X
	REASON_OUTCOME_COUNT
};

extern const char *const reason_outcome_names[REASON_OUTCOME_COUNT + 1]; /* ends with NULL */

/* The metric label and the text of a reason; of one that is not known, "unknown". */
const char *reason_label(unsigned int reason);
const char *reason_text(unsigned int reason);

/* Whether it says why a request or a leg did not get where it should. */
bool reason_is_failure(unsigned int reason);

enum reason_outcome reason_outcome(const struct shunt_event *event);

/* Whether there is an outcome or a reason with this name. */
bool reason_is_known(const char *name);

/* What an event tells: "moved in 84 µs", "failed: endpoint refused the connection". Returns text. */
const char *reason_describe(const struct shunt_event *event, char text[REASON_TEXT_SIZE]);

/* What a leg does: "absent", "opening", "current", "parked" or "closed". */
const char *reason_leg_state(const struct shunt_flow *flow, unsigned int leg);

#endif
