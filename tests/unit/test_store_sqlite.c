// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite_world.h"
#include <errno.h>
#include <sys/stat.h>

static void contexts_are_created_changed_and_removed(void **state)
{
	struct outcome outcome = {0};
	struct world world;
	struct told told;
	struct store *store;
	char uid[40];

	(void)state;
	world_start(&world);
	store = start(&world, "m1", &told);
	put(&world, store, &outcome, "mmeng", USERS, NULL);
	assert_int_equal(outcome.error, 0);
	assert_int_equal(outcome.revision, 1);
	assert_string_equal(metadata(outcome.object, "resourceVersion"), "1");
	assert_int_equal(generation(outcome.object), 1);
	assert_int_equal(strlen(metadata(outcome.object, "uid")), 36);
	assert_int_equal(strlen(metadata(outcome.object, "creationTimestamp")), 20);
	strcpy(uid, metadata(outcome.object, "uid"));
	/* It is told of before the call ends. */
	assert_true(json_equal(json_object_get(told.objects, "mmeng"), outcome.object));
	assert_int_equal(told.settled_at, 1);

	put(&world, store, &outcome, "mmeng", PAY, "1");
	assert_int_equal(outcome.error, 0);
	assert_int_equal(outcome.revision, 2);
	assert_int_equal(generation(outcome.object), 2);
	assert_string_equal(metadata(outcome.object, "uid"), uid);
	assert_true(json_equal(json_object_get(told.objects, "mmeng"), outcome.object));

	store_remove(store, "mmeng", "2", &by_ana, on_done, &outcome);
	assert_int_equal(outcome.error, 0);
	assert_int_equal(outcome.revision, 3);
	assert_int_equal(json_object_size(told.objects), 0);
	assert_int_equal(told.settled_at, 3);
	outcome_clear(&outcome);
	stop(&world, store, &told);
	world_stop(&world);
}

static void another_version_is_refused(void **state)
{
	static const char *const wrong[] = {"2", "0", "01", "1 ", "", "x", "18446744073709551617"};
	struct outcome outcome = {0};
	struct world world;
	struct told told;
	struct store *store;

	(void)state;
	world_start(&world);
	store = start(&world, "m1", &told);
	put_well(&world, store, "mmeng", USERS, NULL);
	put(&world, store, &outcome, "mmeng", PAY, NULL);
	assert_int_equal(outcome.error, -EEXIST);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		put(&world, store, &outcome, "mmeng", PAY, wrong[i]);
		assert_int_equal(outcome.error, -EAGAIN);
		store_remove(store, "mmeng", wrong[i], &by_ana, on_done, &outcome);
		assert_int_equal(outcome.error, -EAGAIN);
	}
	assert_non_null(strstr(outcome.problem, "version 1"));
	put(&world, store, &outcome, "none", PAY, "1");
	assert_int_equal(outcome.error, -ENOENT);
	store_remove(store, "none", "1", &by_ana, on_done, &outcome);
	assert_int_equal(outcome.error, -ENOENT);
	assert_int_equal(told.settled_at, 1);
	assert_int_equal(told.puts, 1);
	outcome_clear(&outcome);
	stop(&world, store, &told);
	world_stop(&world);
}

static void an_object_that_stays_the_same_keeps_its_version(void **state)
{
	struct outcome outcome = {0};
	struct world world;
	struct told told;
	struct store *store;
	json_t *object;

	(void)state;
	world_start(&world);
	store = start(&world, "m1", &told);
	put_well(&world, store, "mmeng", USERS, NULL);
	put(&world, store, &outcome, "mmeng", USERS, "1");
	assert_int_equal(outcome.error, 0);
	assert_int_equal(outcome.revision, 1);

	object = context("mmeng", USERS);
	json_object_set_new(json_object_get(object, "metadata"), "labels",
			    json_pack("{s:s}", "team", "shop"));
	store_put(store, object, "1", &by_ana, on_done, &outcome);
	assert_int_equal(outcome.error, 0);
	assert_int_equal(outcome.revision, 2);
	assert_int_equal(generation(outcome.object), 1);
	json_decref(object);
	outcome_clear(&outcome);
	stop(&world, store, &told);
	world_stop(&world);
}

static void a_status_is_put_by_itself(void **state)
{
	json_t *status = json_pack("{s:i}", "observedGeneration", 1);
	struct outcome outcome = {0};
	struct world world;
	struct told told;
	struct store *store;

	(void)state;
	world_start(&world);
	store = start(&world, "m1", &told);
	put_well(&world, store, "mmeng", USERS, NULL);
	store_put_status(store, "mmeng", status, "9", on_done, &outcome);
	assert_int_equal(outcome.error, -EAGAIN);
	store_put_status(store, "mmeng", status, "1", on_done, &outcome);
	assert_int_equal(outcome.error, 0);
	assert_int_equal(outcome.revision, 2);
	assert_int_equal(generation(outcome.object), 1);
	assert_true(json_equal(json_object_get(outcome.object, "status"), status));
	store_put_status(store, "mmeng", status, "2", on_done, &outcome);
	assert_int_equal(outcome.revision, 2);
	/* The next spec leaves it as it is. */
	put(&world, store, &outcome, "mmeng", PAY, "2");
	assert_true(json_equal(json_object_get(outcome.object, "status"), status));
	assert_int_equal(generation(outcome.object), 2);
	store_put_status(store, "none", status, "1", on_done, &outcome);
	assert_int_equal(outcome.error, -ENOENT);
	json_decref(status);
	outcome_clear(&outcome);
	stop(&world, store, &told);
	world_stop(&world);
}

static void what_is_no_context_is_refused(void **state)
{
	struct outcome outcome = {0};
	struct world world;
	struct told told;
	struct store *store;
	json_t *object;
	char *large = malloc(1100000);

	(void)state;
	world_start(&world);
	store = start(&world, "m1", &told);
	put(&world, store, &outcome, "UPPER", USERS, NULL);
	assert_int_equal(outcome.error, -EINVAL);
	put(&world, store, &outcome, "", USERS, NULL);
	assert_int_equal(outcome.error, -EINVAL);
	put(&world, store, &outcome, "mmeng", "[]", NULL);
	assert_int_equal(outcome.error, -EINVAL);
	memset(large, 'a', 1099999);
	large[1099999] = '\0';
	object = context("mmeng", "{}");
	json_object_set_new(json_object_get(object, "spec"), "description", json_string(large));
	store_put(store, object, NULL, &by_ana, on_done, &outcome);
	assert_int_equal(outcome.error, -EINVAL);
	json_decref(object);
	free(large);
	assert_int_equal(json_object_size(told.objects), 0);
	outcome_clear(&outcome);
	stop(&world, store, &told);
	world_stop(&world);
}

static void all_is_there_when_it_is_opened_again(void **state)
{
	struct told told, again;
	struct world world;
	struct store *store;
	struct stat status;
	json_t *before;
	char name[16], version[16];

	(void)state;
	world_start(&world);
	store = start(&world, "m1", &told);
	assert_int_equal(stat(world.file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		put_well(&world, store, name, i % 2 ? USERS : PAY, NULL);
	}
	for (int i = 0; i < 50; i += 3) {
		struct outcome outcome = {0};

		snprintf(name, sizeof(name), "c%d", i);
		snprintf(version, sizeof(version), "%d", i + 1);
		store_remove(store, name, version, &by_ana, on_done, &outcome);
		assert_int_equal(outcome.error, 0);
	}
	before = json_incref(told.objects);
	stop(&world, store, &told);
	store = start(&world, "m1", &again);
	assert_int_equal(again.settled_at, 67);
	assert_int_equal(json_object_size(before), 33);
	assert_true(json_equal(before, again.objects));
	json_decref(before);
	stop(&world, store, &again);
	world_stop(&world);
}

static void metrics_are_written(void **state)
{
	struct world world;
	struct told told;
	struct store *store;
	char *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	(void)state;
	world_start(&world);
	store = start(&world, "m1", &told);
	put_well(&world, store, "mmeng", USERS, NULL);
	store_metrics(store, file);
	fclose(file);
	assert_non_null(
		strstr(text, "\nshunt_manager_store_changes_total{result=\"written\"} 1\n"));
	assert_non_null(strstr(text, "\nshunt_manager_store_contexts 1\n"));
	assert_non_null(strstr(text, "\nshunt_manager_store_revision 1\n"));
	free(text);
	stop(&world, store, &told);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contexts_are_created_changed_and_removed),
		cmocka_unit_test(another_version_is_refused),
		cmocka_unit_test(an_object_that_stays_the_same_keeps_its_version),
		cmocka_unit_test(a_status_is_put_by_itself),
		cmocka_unit_test(what_is_no_context_is_refused),
		cmocka_unit_test(all_is_there_when_it_is_opened_again),
		cmocka_unit_test(metrics_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
