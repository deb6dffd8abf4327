// SPDX-License-Identifier: Apache-2.0
/* Files that cannot be written, and disks that are full. */
#include "store_sqlite_world.h"
#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_file_that_cannot_be_written_is_refused(void **state)
{
	struct world world;
	struct told told;
	int status;
	pid_t child;

	(void)state;
	world_start(&world);
	stop(&world, start(&world, "m1", &told), &told);
	assert_int_equal(chmod(world.file, 0444), 0);
	assert_int_equal(chmod(world.directory, 0755), 0);
	child = fork();
	if (!child) {
		struct problems problems = {0};
		struct store_events events = {0};
		struct store *store;
		int error;

		/* root may write everything. */
		if (geteuid() == 0 && setuid(65534))
			_exit(2);
		error = store_sqlite_start(&world.loop, world.file, "m1", &events, &store,
					   &problems);
		_exit(error && problems.count == 1 && strstr(problems.texts[0], world.file) ? 0
											    : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	world_stop(&world);
}

static void a_full_disk_is_reported_and_got_over(void **state)
{
	unsigned int written = 0;
	struct outcome outcome = {0};
	const char *problem = NULL;
	struct world world;
	struct told told;
	struct store *store;
	char name[16];

	(void)state;
	if (geteuid() != 0)
		skip();
	world_start(&world);
	assert_int_equal(mount("tmpfs", world.directory, "tmpfs", 0, "size=1m"), 0);
	store = start(&world, "m1", &told);
	while (!outcome.error) {
		snprintf(name, sizeof(name), "c%u", written);
		put(&world, store, &outcome, name, USERS, NULL);
		written += !outcome.error;
	}
	assert_int_equal(outcome.error, -ENOSPC);
	assert_non_null(strstr(outcome.problem, "the disk is full"));
	assert_false(store_is_ready(store, &problem));
	assert_string_equal(problem, outcome.problem);
	assert_int_equal(json_object_size(told.objects), written);
	assert_int_equal(mount(NULL, world.directory, NULL, MS_REMOUNT, "size=8m"), 0);
	put_well(&world, store, "after", USERS, NULL);
	assert_true(store_is_ready(store, &problem));
	outcome_clear(&outcome);
	stop(&world, store, &told);
	store = start(&world, "m1", &told);
	assert_int_equal(json_object_size(told.objects), written + 1);
	stop(&world, store, &told);
	assert_int_equal(umount(world.directory), 0);
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_cannot_be_written_is_refused),
		cmocka_unit_test(a_full_disk_is_reported_and_got_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
