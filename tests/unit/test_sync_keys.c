// SPDX-License-Identifier: Apache-2.0
/* Changes that cannot be those of a generation are refused by a reader of the sync stream. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "sync_refused.h"

/* A service port's name of 192 characters is one too long. */
#define CHARACTERS_47 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu"
#define CHARACTERS_188 CHARACTERS_47 CHARACTERS_47 CHARACTERS_47 CHARACTERS_47

/* What the writer does not look at. */
static void changes_are_refused(const char *name, struct changes *changes, const char *problem)
{
	static const struct sync_done done = {.generation = 1};
	struct sync_buffer buffer = {0};

	add_message(&buffer, BYTES(HELLO));
	assert_int_equal(sync_encode_generation(&buffer, changes, &done), 0);
	is_refused(name, buffer.bytes, buffer.length, problem);
	sync_buffer_clear(&buffer);
	changes_clear(changes);
}

static void keys_that_are_there_twice(void **state)
{
	static const char *const target[] = {"10.0.0.9:80", NULL};
	struct shunt_endpoint endpoint = sample_endpoint("10.0.0.1:80");
	struct changes changes = {0};

	(void)state;
	changes_add_service(&changes, "a/b:d", false);
	changes_add_service(&changes, "a/b:c", false);
	changes_add_service(&changes, "a/b:d", true);
	changes_are_refused("services", &changes, "a key of the table services is there twice");
	changes_add_frontend(&changes, &endpoint, "a/b:c");
	changes_add_frontend(&changes, &endpoint, NULL);
	changes_are_refused("frontends", &changes, "a key of the table frontends is there twice");
	sample_offloaded(&changes, "10.0.0.1:80", "a/b:c", 0, 0);
	sample_offloaded(&changes, "10.0.0.1:80", "a/b:d", 0, 0);
	changes_are_refused("offloaded", &changes, "a key of the table offloaded is there twice");
	sample_override(&changes, "a", "a/b:c", 0, target);
	sample_override(&changes, "b", "a/b:c", 0, target);
	sample_override(&changes, "a", "a/b:d", 0, target);
	sample_override(&changes, "a", "a/b:c", 0, NULL);
	changes_are_refused("overrides", &changes, "a key of the table overrides is there twice");
}

static void removals_in_a_snapshot(void **state)
{
	struct shunt_endpoint endpoint = sample_endpoint("10.0.0.1:80");
	struct changes changes = {.snapshot = true};

	(void)state;
	changes_add_service(&changes, "a/b:c", true);
	changes_are_refused("services", &changes, "a removal in a snapshot");
	changes.snapshot = true;
	changes_add_frontend(&changes, &endpoint, NULL);
	changes_are_refused("frontends", &changes, "a removal in a snapshot");
	changes.snapshot = true;
	sample_offloaded(&changes, "10.0.0.1:80", NULL, 0, 0);
	changes_are_refused("offloaded", &changes, "a removal in a snapshot");
	changes.snapshot = true;
	sample_override(&changes, "a", "a/b:c", 0, NULL);
	changes_are_refused("overrides", &changes, "a removal in a snapshot");
}

static void names_that_are_too_long(void **state)
{
	struct changes changes = {0};
	char context[SHUNT_CONTEXT_NAME_MAX + 2];
	char problem[SYNC_PROBLEM_SIZE];

	(void)state;
	memset(context, 'a', sizeof(context) - 1);
	context[sizeof(context) - 1] = '\0';
	sample_override(&changes, context, "a/b:c", 0, NULL);
	snprintf(problem, sizeof(problem), "\"%s\" is no name of a context", context);
	changes_are_refused("context", &changes, problem);
	changes_add_service(&changes, "a/:" CHARACTERS_188 "x", false);
	snprintf(problem, sizeof(problem),
		 "\"a/:%.77s\" is no name of a service port, as namespace/name:port is",
		 CHARACTERS_188);
	changes_are_refused("service", &changes, problem);
}

/* Of what the table can hold twice as many, for removals, and no more. */
static void more_rows_than_a_table_has(void **state)
{
	size_t count = 2 * SHUNT_SERVICES_MAX + 1;
	char(*names)[16] = calloc(count, sizeof(*names));
	struct changes changes = {0};

	(void)state;
	assert_non_null(names);
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "a/%zu:c", i);
		assert_int_equal(changes_add_service(&changes, names[i], false), 0);
	}
	changes_are_refused("services", &changes, "more than 131072 rows of the table services");
	free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_are_there_twice),
		cmocka_unit_test(removals_in_a_snapshot),
		cmocka_unit_test(names_that_are_too_long),
		cmocka_unit_test(more_rows_than_a_table_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
