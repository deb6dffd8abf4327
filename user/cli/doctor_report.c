// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/visible.h"
#include "user/lib/array.h"

static const char *const state_names[] = {
	[FINDING_OK] = "ok",
	[FINDING_NOTE] = "note",
	[FINDING_WARNING] = "warning",
	[FINDING_FAULT] = "fault",
};

void report_add(struct doctor_report *report, enum finding_state state, const char *check,
		const char *advice, const char *format, ...)
{
	struct finding finding = {.state = state, .check = check, .advice = advice};
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&finding.seen, format, arguments);
	va_end(arguments);
	if (length < 0) {
		report->failed = true;
		return;
	}
	if (array_grow(&report->items, &report->capacity, report->count, sizeof(finding))) {
		report->failed = true;
		free(finding.seen);
		return;
	}
	report->items[report->count++] = finding;
}

size_t report_count(const struct doctor_report *report, enum finding_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < report->count; i++)
		count += report->items[i].state == state;
	return count;
}

static void print_count(size_t count, const char *what)
{
	printf("%zu %s%s", count, what, count == 1 ? "" : "s");
}

void report_print(const struct doctor_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct finding *finding = &report->items[i];
		char seen[VISIBLE_SIZE];

		/* Names of links and programs are others' words. */
		printf("%-8s %-10s %s\n", state_names[finding->state], finding->check,
		       visible(finding->seen, seen));
		if (finding->advice)
			printf("%19s → %s\n", "", finding->advice);
	}
	putchar('\n');
	print_count(report_count(report, FINDING_FAULT), "fault");
	fputs(", ", stdout);
	print_count(report_count(report, FINDING_WARNING), "warning");
	fputs(", ", stdout);
	print_count(report_count(report, FINDING_NOTE), "note");
	putchar('\n');
}

static json_t *finding_to_json(const struct finding *finding)
{
	json_t *object = json_pack("{s:s, s:s, s:o}", "check", finding->check, "state",
				   state_names[finding->state], "seen",
				   json_stringn_nocheck(finding->seen, strlen(finding->seen)));

	if (object && finding->advice)
		json_object_set_new(object, "advice", json_string(finding->advice));
	return object;
}

json_t *report_to_json(const struct doctor_report *report)
{
	json_t *findings = json_array();

	for (size_t i = 0; i < report->count; i++)
		json_array_append_new(findings, finding_to_json(&report->items[i]));
	return json_pack("{s:I, s:I, s:I, s:o}", "faults",
			 (json_int_t)report_count(report, FINDING_FAULT), "warnings",
			 (json_int_t)report_count(report, FINDING_WARNING), "notes",
			 (json_int_t)report_count(report, FINDING_NOTE), "findings", findings);
}

void report_clear(struct doctor_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		free(report->items[i].seen);
	free(report->items);
	*report = (struct doctor_report){0};
}
