/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons, events and legs in words. */
#ifndef SHUNT_USER_LIB_REASON_H
#define SHUNT_USER_LIB_REASON_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <shunt/events.h>

#define REASON_TEXT_SIZE 128

/* The metric label and the text of a reason; of one that is not known, "unknown". */
const char *reason_label(unsigned int reason);
const char *reason_text(unsigned int reason);

/* Whether it says why a request or a leg did not get where it should. */
bool reason_is_failure(unsigned int reason);

/* What an event tells: "moved in 84 µs", "failed: endpoint refused the connection". Returns text. */
const char *reason_describe(const struct shunt_event *event, char text[REASON_TEXT_SIZE]);

/* What a leg does: "absent", "opening", "current", "parked" or "closed". */
const char *reason_leg_state(const struct shunt_flow *flow, unsigned int leg);

#endif
