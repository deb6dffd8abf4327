/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) OR Apache-2.0 */
/*
 * What became of a request to a service port that has overrides: one of these for each request whose
 * head was understood. Index into `service_stats` and metric label.
 *
 * X(NAME, label)
 *
 * The numbers are part of the layout of pinned maps: a new outcome goes to the end.
 */
#ifndef SHUNT_OUTCOMES_H
#define SHUNT_OUTCOMES_H

#define SHUNT_OUTCOMES(X)                                                                     \
	X(UNMARKED, "unmarked") /* it names no context: to the origin */                      \
	X(MOVED, "moved") /* to an endpoint of its override */                                \
	X(NO_OVERRIDE, "no_override") /* its context has none in force here: to the origin */ \
	X(NOT_PERMITTED, "not_permitted") /* its marker does not count: to the origin */      \
	X(KEPT, "kept") /* it could not be moved, and went where its connection was */        \
	X(FAILED, "failed") /* no endpoint could be reached: the kernel answered */           \
	X(FELL_BACK, "fell_back") /* the same, but it went to the origin by policy */

enum shunt_outcome {
#define X(name, label) SHUNT_OUTCOME_##name,
	SHUNT_OUTCOMES(X)
#undef X
	SHUNT_OUTCOME_COUNT
};

#define SHUNT_OUTCOMES_MAX 8 /* room for one to come, so that the layout stays */

_Static_assert(SHUNT_OUTCOME_COUNT <= SHUNT_OUTCOMES_MAX, "`service_stats` has room for all");

#endif
