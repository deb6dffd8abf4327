// SPDX-License-Identifier: Apache-2.0
/* The file that tables are kept in: what was written is read, what is damaged is not. */
#include "tests/unit/apply_world.h"
#include <sys/stat.h>
#include <unistd.h>
#include "user/agent/cache_file.h"

static int change_byte(const char *path, long at)
{
	FILE *file = fopen(path, "r+");
	int byte;

	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	byte = fgetc(file);
	if (byte != EOF) {
		assert_int_equal(fseek(file, at, SEEK_SET), 0);
		fputc(byte ^ 1, file);
	}
	fclose(file);
	return byte;
}

static const struct shunt_keys keys = {
	.epochs = {6, 7}, .current = 6, .keys = {{{1, 2}}, {{3, ~0ull}}}};

static void make_policy(struct policy *policy)
{
	const struct shunt_endpoint front = endpoint("10.96.0.1:80");
	const struct shunt_prefix prefix = {.length = 128, .address = front.address};

	assert_int_equal(policy_add_source(policy, &prefix, SHUNT_SOURCE_OBEYED), 0);
	assert_int_equal(policy_add_allowed(policy, &prefix), 0);
	assert_int_equal(policy_add_steer(policy, &front, SHUNT_STEER_AFFINITY, &front, 1), 0);
}

static int take(void *argument, struct changes *changes, const struct sync_done *done)
{
	struct policy policy = {0};
	size_t *taken = argument;

	make_policy(&policy);
	assert_non_null(changes->policy);
	assert_true(policy_equal(changes->policy, &policy));
	policy_clear(&policy);
	assert_non_null(changes->keys);
	assert_memory_equal(changes->keys, &keys, sizeof(keys));
	assert_int_equal(changes->offloaded[0].fence, SHUNT_FENCE_ENFORCE);
	assert_int_equal(changes->offloaded[0].flags, SHUNT_OFFLOADED_TARGET);
	assert_true(changes->snapshot);
	assert_int_equal(changes->override_count, 2);
	assert_int_equal(done->generation, 2);
	++*taken;
	return 0;
}

static void test_damage_is_seen(void **state)
{
	struct sync sync = {.mirror = ((struct world *)*state)->mirror,
			    .keys = keys,
			    .has_keys = true,
			    .policy.given = true};
	const struct sync_done done = {2, 12, 1000};
	char directory[] = "/tmp/shunt-test-XXXXXX", path[64], problem[SYNC_PROBLEM_SIZE];
	struct sync_buffer buffer;
	struct stat status;
	size_t taken = 0;

	make_policy(&sync.policy.policy);
	assert_non_null(mkdtemp(directory));
	/* Its directory is made where it is missing. */
	snprintf(path, sizeof(path), "%s/shunt/tables", directory);
	assert_int_equal(cache_file_read(path, take, &taken, problem), -ENOENT);
	assert_int_equal(cache_file_encode(&sync, "first-run", &done, &buffer), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(cache_file_write(path, &buffer), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(cache_file_read(path, take, &taken, problem), 0);
	assert_int_equal(taken, 1);
	for (long at = 0; change_byte(path, at) != EOF; at++) {
		assert_int_equal(cache_file_read(path, take, &taken, problem), -EBADMSG);
		change_byte(path, at);
	}
	while (buffer.length--) {
		assert_int_equal(truncate(path, (off_t)buffer.length), 0);
		assert_int_equal(cache_file_read(path, take, &taken, problem), -EBADMSG);
	}
	assert_int_equal(taken, 1);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(directory);
	sync_buffer_clear(&buffer);
	policy_clear(&sync.policy.policy);
}

static int set_up_shop(void **state)
{
	struct wanted wanted;

	set_up(state);
	want_shop(&wanted);
	apply(*state, &wanted);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_damage_is_seen, set_up_shop, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
