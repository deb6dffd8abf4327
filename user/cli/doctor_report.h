/* SPDX-License-Identifier: Apache-2.0 */
/* What `shunt doctor` finds, in the order in which it looks. */
#ifndef SHUNT_USER_CLI_DOCTOR_REPORT_H
#define SHUNT_USER_CLI_DOCTOR_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

enum finding_state {
	FINDING_OK,
	FINDING_NOTE, /* worth knowing, and may be meant */
	FINDING_WARNING, /* some requests may not be moved, or soon */
	FINDING_FAULT, /* requests are not moved as they should be */
	FINDING_STATE_COUNT
};

struct finding {
	enum finding_state state;
	const char *check; /* what was looked at: one word of a fixed list */
	char *seen;
	const char *advice; /* what to do; NULL where nothing is */
};

/* All zero is empty. */
struct doctor_report {
	struct finding *items;
	size_t count;
	size_t capacity;
	bool failed; /* there was no memory for one */
};

/* Adds a finding; check and advice stay the caller's. */
void report_add(struct doctor_report *report, enum finding_state state, const char *check,
		const char *advice, const char *format, ...) __attribute__((format(printf, 5, 6)));

size_t report_count(const struct doctor_report *report, enum finding_state state);

/* Prints a line for each finding, its advice below it, and a last one with how many there are. */
void report_print(const struct doctor_report *report);

json_t *report_to_json(const struct doctor_report *report);

void report_clear(struct doctor_report *report);

#endif
