/* SPDX-License-Identifier: Apache-2.0 */
/* Objects from text, and tables as text, for the tests of objects and resolution. */
#ifndef SHUNT_TESTS_UNIT_OBJECTS_H
#define SHUNT_TESTS_UNIT_OBJECTS_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/lib/object.h"
#include "user/lib/resolve.h"

#define DATA "tests/unit/data/" /* tests run in the root of the repository */

#define CONTEXT_HEAD "apiVersion: shunt.dev/v1alpha1\nkind: Context\n"

/* Adds every document of the text. */
static inline int add_text(struct object_set *set, const char *text, struct problems *problems)
{
	struct document document = {0};
	int err;

	err = document_parse("test.yaml", text, strlen(text), &document, problems);
	for (size_t i = 0; !err && i < document.root_count; i++)
		err = object_set_add(set, &document.roots[i], "test.yaml", problems);
	document_clear(&document);
	return err;
}

static inline void print_problems(const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		print_error("%s\n", problems->texts[i]);
}

/* Adds what has to be understood. */
static inline void add_good_text(struct object_set *set, const char *text)
{
	struct problems problems = {0};
	int err = add_text(set, text, &problems);

	print_problems(&problems);
	assert_int_equal(err, 0);
	assert_int_equal(problems.count, 0);
}

static inline void add_good_file(struct object_set *set, const char *path)
{
	struct problems problems = {0};
	struct document document = {0};

	assert_int_equal(document_load(path, &document, &problems), 0);
	for (size_t i = 0; i < document.root_count; i++)
		assert_int_equal(object_set_add(set, &document.roots[i], path, &problems), 0);
	print_problems(&problems);
	assert_int_equal(problems.count, 0);
	document_clear(&document);
}

static inline void finish(struct object_set *set)
{
	struct problems problems = {0};

	assert_int_equal(object_set_finish(set, &problems), 0);
	assert_int_equal(problems.count, 0);
}

static inline void write_overrides(const struct tables *tables, FILE *out)
{
	char text[ADDRESS_ENDPOINT_TEXT_SIZE];

	for (size_t i = 0; i < tables->override_count; i++) {
		const struct tables_override *row = &tables->overrides[i];

		fprintf(out, "override %s %s%s%s", row->context,
			tables->services[row->service].name,
			row->on_unreachable == SHUNT_UNREACHABLE_MAIN ? " main" : "",
			row->flags & SHUNT_OVERRIDE_SIGNED ? " signed" : "");
		for (unsigned int j = 0; j < row->endpoint_count; j++)
			fprintf(out, " %s", address_format_endpoint(&row->endpoints[j], text));
		fprintf(out, "\n");
	}
	for (size_t i = 0; i < tables->unresolved_count; i++)
		fprintf(out, "unresolved %s %s: %s\n", tables->unresolved[i].context,
			tables->unresolved[i].service, tables->unresolved[i].reason);
}

static inline void write_steers(const struct policy *policy, FILE *out)
{
	char text[ADDRESS_ENDPOINT_TEXT_SIZE];

	for (size_t i = 0; i < policy->steer_count; i++) {
		const struct policy_steer *steer = &policy->steers[i];

		fprintf(out, "steer %s%s", address_format_endpoint(&steer->frontend, text),
			steer->flags == SHUNT_STEER_AFFINITY ? " affinity" : "");
		for (size_t j = 0; j < steer->count; j++)
			fprintf(out, " %s",
				address_format_endpoint(&policy->endpoints[steer->first + j],
							text));
		fprintf(out, "\n");
	}
}

/* An enforced fence and a target are the rule, and not said. */
static inline void write_offloaded(const struct tables *tables, FILE *out)
{
	static const char *const fences[] = {" off", " observe", ""};
	char text[ADDRESS_ENDPOINT_TEXT_SIZE];

	for (size_t i = 0; i < tables->offloaded_count; i++) {
		const struct tables_offloaded *row = &tables->offloaded[i];

		fprintf(out, "offloaded %s %s%s%s\n", address_format_endpoint(&row->endpoint, text),
			tables->services[row->service].name, fences[row->fence],
			row->flags & SHUNT_OFFLOADED_TARGET ? "" : " no-target");
	}
}

static inline void write_policy(const struct policy *policy, FILE *out)
{
	static const char *const worth[] = {"ignored", "obeyed", "never", "signed"};
	char text[ADDRESS_PREFIX_TEXT_SIZE];

	for (size_t i = 0; i < policy->source_count; i++)
		fprintf(out, "source %s %s\n",
			address_format_prefix(&policy->sources[i].prefix, text),
			worth[policy->sources[i].flags]);
	for (size_t i = 0; i < policy->allowed_count; i++)
		fprintf(out, "allowed %s\n", address_format_prefix(&policy->allowed[i], text));
}

/* The tables as lines, to be freed. */
static inline char *write_tables(const struct tables *tables)
{
	char text[ADDRESS_ENDPOINT_TEXT_SIZE];
	char *buffer;
	size_t size;
	FILE *out = open_memstream(&buffer, &size);

	for (size_t i = 0; i < tables->frontend_count; i++)
		fprintf(out, "frontend %s %s\n",
			address_format_endpoint(&tables->frontends[i].endpoint, text),
			tables->services[tables->frontends[i].service].name);
	write_offloaded(tables, out);
	write_overrides(tables, out);
	write_policy(&tables->policy, out);
	write_steers(&tables->policy, out);
	fclose(out);
	return buffer;
}

/* Resolves a set and compares all its tables, and the warnings, with lines of text. */
static inline void check_tables(struct object_set *set, time_t now, const char *expected,
				const char *expected_warnings)
{
	struct problems warnings = {0};
	struct tables tables = {0};
	char joined[4096] = "";
	time_t next;
	char *text;

	finish(set);
	assert_int_equal(resolve_tables(set, now, &tables, &next, &warnings), 0);
	text = write_tables(&tables);
	assert_string_equal(text, expected);
	for (size_t i = 0; i < warnings.count; i++) {
		strncat(joined, warnings.texts[i], sizeof(joined) - strlen(joined) - 1);
		strncat(joined, "\n", sizeof(joined) - strlen(joined) - 1);
	}
	assert_string_equal(joined, expected_warnings);
	free(text);
	tables_clear(&tables);
	problems_clear(&warnings);
}

#endif
