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

static void keys_of_the_policy_that_are_there_twice(void **state)
{
	const struct shunt_prefix prefix = sample_prefix("10.0.0.0", 96 + 8);
	const struct shunt_prefix other = sample_prefix("10.0.0.0", 96 + 9);
	const struct shunt_endpoint frontend = sample_endpoint("10.0.0.1:80");
	struct policy policy = {0};
	struct changes changes = {.policy = &policy};

	(void)state;
	policy_add_source(&policy, &prefix, 0);
	policy_add_source(&policy, &other, 0);
	policy_add_source(&policy, &prefix, 1);
	changes_are_refused("sources", &changes, "a key of the table sources is there twice");
	policy_clear(&policy);
	policy_add_allowed(&policy, &prefix);
	policy_add_allowed(&policy, &prefix);
	changes.policy = &policy;
	changes_are_refused("allowed", &changes, "a key of the table fence_allowed is there twice");
	policy_clear(&policy);
	policy_add_steer(&policy, &frontend, 0, NULL, 0);
	policy_add_steer(&policy, &frontend, 1, NULL, 0);
	changes.policy = &policy;
	changes_are_refused("steered", &changes, "a key of the table steered is there twice");
	policy_clear(&policy);
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

static void a_policy_that_is_too_large(void **state)
{
	struct shunt_prefix prefix = sample_prefix("fd00::", 128);
	struct shunt_endpoint frontend = sample_endpoint("10.0.0.1:80");
	struct policy policy = {0};
	struct changes changes = {.policy = &policy};

	(void)state;
	for (__u32 i = 0; i <= SHUNT_SOURCES_MAX; i++) {
		memcpy(&prefix.address.bytes[12], (__u8[]){i >> 24, i >> 16, i >> 8, i}, 4);
		policy_add_source(&policy, &prefix, 0);
	}
	changes_are_refused("sources", &changes, "more than 65536 rows of the table sources");
	policy.allowed_count = policy.source_count = 0;
	for (__u32 i = 0; i <= SHUNT_ALLOWED_MAX; i++) {
		memcpy(&prefix.address.bytes[12], (__u8[]){i >> 24, i >> 16, i >> 8, i}, 4);
		policy_add_allowed(&policy, &prefix);
	}
	changes.policy = &policy;
	changes_are_refused("allowed", &changes, "more than 1024 rows of the table fence_allowed");
	policy.allowed_count = 0;
	for (__u32 i = 0; i <= SHUNT_STEERED_MAX; i++) {
		frontend.port = (__u16)(i + 1);
		policy_add_steer(&policy, &frontend, 0, NULL, 0);
	}
	changes.policy = &policy;
	changes_are_refused("steered", &changes, "more than 4096 rows of the table steered");
	policy_clear(&policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_are_there_twice),
		cmocka_unit_test(keys_of_the_policy_that_are_there_twice),
		cmocka_unit_test(removals_in_a_snapshot),
		cmocka_unit_test(names_that_are_too_long),
		cmocka_unit_test(more_rows_than_a_table_has),
		cmocka_unit_test(a_policy_that_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
