// SPDX-License-Identifier: Apache-2.0
/* Files that are not what they should be: reported, never served. */
#include "store_sqlite_world.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTEXTS 200

/* A sound file with CONTEXTS contexts, closed. Returns them. */
static json_t *fill(struct world *world)
{
	struct told told;
	struct store *store = start(world, "m1", &told);
	json_t *objects;
	char name[16];

	for (int i = 0; i < CONTEXTS; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		put_well(world, store, name, i % 2 ? USERS : PAY, NULL);
	}
	objects = json_incref(told.objects);
	stop(world, store, &told);
	return objects;
}

static char *read_file(const struct world *world, size_t *size)
{
	int fd = open(world->file, O_RDONLY);
	struct stat status;
	char *bytes;

	assert_int_equal(fstat(fd, &status), 0);
	*size = (size_t)status.st_size;
	bytes = malloc(*size);
	assert_int_equal(read(fd, bytes, *size), *size);
	close(fd);
	return bytes;
}

static void write_file(const struct world *world, const char *bytes, size_t size)
{
	int fd = open(world->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

static void what_is_no_database_of_ours_is_refused(void **state)
{
	struct world world;

	(void)state;
	world_start(&world);
	write_file(&world, "apiVersion: v1\nkind: Config\n", 28);
	assert_refused(&world, -EINVAL, "the database is damaged: file is not a database");
	write_file(&world, "", 0);
	assert_refused(&world, -EINVAL, "it is empty (for a new store, remove it");
	unlink(world.file);
	run_sql(&world, "CREATE TABLE songs (name TEXT)");
	assert_refused(&world, -EINVAL, "is a database of another program");
	unlink(world.file);
	assert_int_equal(mkdir(world.file, 0700), 0);
	assert_refused(&world, -EINVAL, "is no regular file");
	rmdir(world.file);
	strcat(world.directory, "/none");
	snprintf(world.file, sizeof(world.file), "%s/store.db", world.directory);
	assert_refused(&world, -ENOENT, "make it first");
	*strrchr(world.directory, '/') = '\0';
	world_stop(&world);
}

static void a_log_without_its_file_is_not_replayed(void **state)
{
	char log[128];
	struct world world;
	struct told told;

	(void)state;
	world_start(&world);
	snprintf(log, sizeof(log), "%s-wal", world.file);
	assert_int_equal(close(open(log, O_WRONLY | O_CREAT, 0600)), 0);
	assert_refused(&world, -EINVAL, "is missing, but its log");
	assert_int_equal(access(world.file, F_OK), -1);
	assert_int_equal(unlink(log), 0);
	stop(&world, start(&world, "m1", &told), &told);
	world_stop(&world);
}

static void a_later_version_is_refused(void **state)
{
	struct world world;

	(void)state;
	world_start(&world);
	json_decref(fill(&world));
	run_sql(&world, "PRAGMA user_version = 2");
	assert_refused(&world, -EINVAL,
		       "made by a later version of shunt-manager (tables of version 2, this one "
		       "knows 1)");
	run_sql(&world, "PRAGMA user_version = 0");
	assert_refused(&world, -EINVAL, "it has no version");
	run_sql(&world, "PRAGMA user_version = 1; DROP TABLE audit");
	assert_refused(&world, -EINVAL, "no such table");
	world_stop(&world);
}

static void a_truncated_file_is_refused(void **state)
{
	struct world world;
	size_t size;
	char *bytes;

	(void)state;
	world_start(&world);
	json_decref(fill(&world));
	bytes = read_file(&world, &size);
	for (size_t left = 1; left < size; left += left < 200 ? 13 : 4096 - 1234) {
		write_file(&world, bytes, left);
		assert_refused(&world, -EINVAL, ".recover");
	}
	free(bytes);
	world_stop(&world);
}

/* Starts; either it is refused, or becomes unready, or all that is told is as it was. */
static bool is_served(struct world *world, json_t *objects)
{
	struct told told;
	struct store_events events = told_events(&told);
	struct problems problems = {0};
	struct store *store = NULL;
	const char *problem;
	bool served = false;

	if (store_sqlite_start(&world->loop, world->file, "m1", &events, &store, &problems)) {
		assert_int_equal(problems.count, 1);
	} else {
		world_wait(world, told.settled || (!store_is_ready(store, &problem) &&
						   strstr(problem, "damaged")));
		served = told.settled;
		if (served)
			assert_true(json_equal(told.objects, objects));
		store_stop(store);
		uv_run(&world->loop, UV_RUN_NOWAIT);
	}
	problems_clear(&problems);
	told_clear(&told);
	return served;
}

static void random_bytes_are_never_served(void **state)
{
	unsigned int served = 0, seed = 1;
	struct world world;
	json_t *objects;
	char *bytes, *bad;
	size_t size;

	(void)state;
	world_start(&world);
	objects = fill(&world);
	bytes = read_file(&world, &size);
	bad = malloc(size);
	for (int round = 0; round < 300; round++) {
		size_t at = (size_t)rand_r(&seed) % size, length = 1u << rand_r(&seed) % 10;

		memcpy(bad, bytes, size);
		for (size_t i = at; i < at + length && i < size; i++)
			bad[i] = (char)rand_r(&seed);
		write_file(&world, bad, size);
		served += is_served(&world, objects);
	}
	/* Some bytes are free, or of the record of changes. */
	assert_in_range(served, 1, 200);
	write_file(&world, bytes, size);
	assert_true(is_served(&world, objects));
	free(bytes);
	free(bad);
	json_decref(objects);
	world_stop(&world);
}

static void damage_met_later_ends_the_service(void **state)
{
	struct outcome outcome = {0};
	const char *problem = NULL;
	struct world world;
	struct told told;
	struct store *store;

	(void)state;
	world_start(&world);
	store = start(&world, "m1", &told);
	put_well(&world, store, "one", USERS, NULL);
	run_sql(&world, "UPDATE contexts SET object = replace(object, '4f2a91c', '4f2a91d'), "
			"revision = 2; UPDATE state SET revision = 2");
	world_wait(&world, !store_is_ready(store, &problem));
	assert_non_null(strstr(problem, "the checksum of a context is wrong"));
	assert_non_null(strstr(problem, ".recover"));
	assert_int_equal(told.settled_at, 1);
	put(&world, store, &outcome, "two", USERS, NULL);
	assert_int_equal(outcome.error, -EIO);
	assert_non_null(strstr(outcome.problem, "damaged"));
	store_remove(store, "one", "1", &by_ana, on_done, &outcome);
	assert_int_equal(outcome.error, -EIO);
	outcome_clear(&outcome);
	stop(&world, store, &told);
	world_stop(&world);
}

static void a_file_that_is_replaced_is_not_used(void **state)
{
	struct outcome outcome = {0};
	const char *problem = NULL;
	struct world world;
	struct told told;
	struct store *store;
	char *bytes;
	size_t size;

	(void)state;
	world_start(&world);
	store = start(&world, "m1", &told);
	put_well(&world, store, "one", USERS, NULL);
	bytes = read_file(&world, &size);
	assert_int_equal(unlink(world.file), 0);
	world_wait(&world, !store_is_ready(store, &problem));
	assert_non_null(strstr(problem, "removed or replaced"));
	put(&world, store, &outcome, "two", USERS, NULL);
	assert_int_equal(outcome.error, -EIO);
	free(bytes);
	outcome_clear(&outcome);
	stop(&world, store, &told);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_database_of_ours_is_refused),
		cmocka_unit_test(a_log_without_its_file_is_not_replayed),
		cmocka_unit_test(a_later_version_is_refused),
		cmocka_unit_test(a_truncated_file_is_refused),
		cmocka_unit_test(random_bytes_are_never_served),
		cmocka_unit_test(damage_met_later_ends_the_service),
		cmocka_unit_test(a_file_that_is_replaced_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
