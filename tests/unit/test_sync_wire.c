// SPDX-License-Identifier: Apache-2.0
/* The sync stream, written and read. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "sync_sample.h"
#include "user/lib/sync_encode.h"

static const struct sync_hello hello = {
	.version = SYNC_VERSION, .instance = "manager-0.a1", .heartbeat_ms = 5000};
static const struct sync_done first_done = {.generation = 7, .revision = 40, .made_at_ms = 1000};
static const struct sync_done second_done = {.generation = 8, .revision = 41, .made_at_ms = 2000};

/* What a reader was told, against what it should be. */
struct told {
	const struct changes *expected[2];
	const struct sync_done *done[2];
	size_t hellos, generations, heartbeats;
	int answer; /* of generation() */
};

static int on_hello(void *argument, const struct sync_hello *said)
{
	struct told *told = argument;

	assert_int_equal(said->version, hello.version);
	assert_string_equal(said->instance, hello.instance);
	assert_int_equal(said->heartbeat_ms, hello.heartbeat_ms);
	told->hellos++;
	return 0;
}

static int on_generation(void *argument, struct changes *changes, const struct sync_done *done)
{
	struct told *told = argument;

	assert_true(told->generations < 2);
	if (told->expected[told->generations]) {
		sample_equal(changes, told->expected[told->generations]);
		assert_memory_equal(done, told->done[told->generations], sizeof(*done));
	}
	told->generations++;
	return told->answer;
}

static int on_heartbeat(void *argument, uint64_t generation, uint64_t time_ms)
{
	struct told *told = argument;

	assert_int_equal(generation, second_done.generation);
	assert_int_equal(time_ms, 3000);
	told->heartbeats++;
	return 0;
}

static const struct sync_reader_events events = {on_hello, on_generation, on_heartbeat};

/* A snapshot, a change, a heartbeat. */
struct sample {
	struct changes snapshot, changes;
	struct shunt_markers markers;
	struct policy policies[2]; /* the second is empty */
	struct sync_buffer buffer;
	struct told told;
};

static void make_sample(struct sample *sample)
{
	*sample = (struct sample){0};
	sample_snapshot(&sample->snapshot, &sample->markers, &sample->policies[0]);
	sample_changes(&sample->changes);
	sample->changes.policy = &sample->policies[1];
	assert_int_equal(sync_encode_hello(&sample->buffer, &hello), 0);
	assert_int_equal(sync_encode_generation(&sample->buffer, &sample->snapshot, &first_done),
			 0);
	assert_int_equal(sync_encode_generation(&sample->buffer, &sample->changes, &second_done),
			 0);
	assert_int_equal(sync_encode_heartbeat(&sample->buffer, second_done.generation, 3000), 0);
	sample->told = (struct told){.expected = {&sample->snapshot, &sample->changes},
				     .done = {&first_done, &second_done}};
}

static void clear_sample(struct sample *sample)
{
	changes_clear(&sample->snapshot);
	changes_clear(&sample->changes);
	policy_clear(&sample->policies[0]);
	sync_buffer_clear(&sample->buffer);
}

static void all_was_told(const struct told *told)
{
	assert_int_equal(told->hellos, 1);
	assert_int_equal(told->generations, 2);
	assert_int_equal(told->heartbeats, 1);
}

/* Flush against the end of what was allocated, so that a byte too far is seen. */
static int feed_copy(struct sync_reader *reader, const char *bytes, size_t length)
{
	char *copy = malloc(length ? length : 1);
	int error;

	assert_non_null(copy);
	memcpy(copy, bytes, length);
	error = sync_reader_feed(reader, copy, length);
	free(copy);
	return error;
}

static void what_is_written_is_read(void **state)
{
	struct sync_reader *reader;
	struct sample sample;

	(void)state;
	make_sample(&sample);
	reader = sync_reader_new(&events, &sample.told);
	assert_non_null(reader);
	assert_int_equal(feed_copy(reader, sample.buffer.bytes, sample.buffer.length), 0);
	all_was_told(&sample.told);
	sync_reader_free(reader);
	clear_sample(&sample);
}

static void cut_anywhere_it_is_the_same(void **state)
{
	struct sample sample;

	(void)state;
	make_sample(&sample);
	for (size_t cut = 0; cut <= sample.buffer.length; cut++) {
		struct told told = sample.told;
		struct sync_reader *reader = sync_reader_new(&events, &told);

		assert_int_equal(feed_copy(reader, sample.buffer.bytes, cut), 0);
		assert_int_equal(
			feed_copy(reader, sample.buffer.bytes + cut, sample.buffer.length - cut),
			0);
		all_was_told(&told);
		sync_reader_free(reader);
	}
	clear_sample(&sample);
}

static void byte_by_byte_it_is_the_same(void **state)
{
	struct sync_reader *reader;
	struct sample sample;

	(void)state;
	make_sample(&sample);
	reader = sync_reader_new(&events, &sample.told);
	for (size_t i = 0; i < sample.buffer.length; i++)
		assert_int_equal(feed_copy(reader, sample.buffer.bytes + i, 1), 0);
	all_was_told(&sample.told);
	sync_reader_free(reader);
	clear_sample(&sample);
}

/* More rows than a message takes, out of order: they come sorted. */
static void many_rows_take_many_messages(void **state)
{
	struct changes forward = {.snapshot = true}, backward = {.snapshot = true};
	struct told told = {.expected = {&forward}, .done = {&first_done}};
	struct sync_buffer buffer = {0};
	struct sync_reader *reader;
	char(*names)[16] = calloc(1701, sizeof(*names));

	(void)state;
	assert_non_null(names);
	for (int i = 0; i < 1701; i++)
		snprintf(names[i], sizeof(names[i]), "c-%05d", i);
	for (int i = 0; i < 1701; i++) {
		const char *const list[] = {"10.0.0.1:80", i % 3 ? "10.0.0.2:80" : NULL, NULL};

		sample_override(&forward, names[i], "a/b:c", i & 1, list);
		sample_override(&backward, names[1700 - i], "a/b:c", (1700 - i) & 1,
				(const char *const[]){"10.0.0.1:80",
						      (1700 - i) % 3 ? "10.0.0.2:80" : NULL, NULL});
	}
	assert_int_equal(sync_encode_hello(&buffer, &hello), 0);
	assert_int_equal(sync_encode_generation(&buffer, &backward, &first_done), 0);
	reader = sync_reader_new(&events, &told);
	assert_int_equal(feed_copy(reader, buffer.bytes, buffer.length), 0);
	assert_int_equal(told.generations, 1);
	sync_reader_free(reader);
	sync_buffer_clear(&buffer);
	changes_clear(&forward);
	changes_clear(&backward);
	free(names);
}

/* As much as the tables hold, in parts that readers take. */
static void the_largest_policy_takes_many_messages(void **state)
{
	struct shunt_endpoint frontend = sample_endpoint("[fd00::]:65535");
	struct shunt_prefix prefix = sample_prefix("fd00::", 128);
	struct shunt_endpoint targets[SHUNT_STEER_ENDPOINTS_MAX];
	struct policy policy = {0};
	struct changes changes = {.policy = &policy};
	struct told told = {.expected = {&changes}, .done = {&first_done}};
	struct sync_buffer buffer = {0};
	struct sync_reader *reader = sync_reader_new(&events, &told);

	(void)state;
	for (__u32 i = 0; i < SHUNT_SOURCES_MAX; i++) {
		memcpy(&prefix.address.bytes[12], (__u8[]){i >> 24, i >> 16, i >> 8, i}, 4);
		assert_int_equal(policy_add_source(&policy, &prefix, i & 3), 0);
		if (i < SHUNT_ALLOWED_MAX)
			assert_int_equal(policy_add_allowed(&policy, &prefix), 0);
	}
	for (__u32 i = 0; i < SHUNT_STEER_ENDPOINTS_MAX; i++) {
		targets[i] = frontend;
		targets[i].address.bytes[15] = (__u8)i;
	}
	for (__u32 i = 0; i < SHUNT_STEERED_MAX; i++) {
		memcpy(&frontend.address.bytes[14], (__u8[]){i >> 8, i}, 2);
		assert_int_equal(policy_add_steer(&policy, &frontend, i & 1, targets,
						  SHUNT_STEER_ENDPOINTS_MAX),
				 0);
	}
	assert_int_equal(sync_encode_hello(&buffer, &hello), 0);
	assert_int_equal(sync_encode_generation(&buffer, &changes, &first_done), 0);
	assert_int_equal(feed_copy(reader, buffer.bytes, buffer.length), 0);
	assert_int_equal(told.generations, 1);
	sync_reader_free(reader);
	sync_buffer_clear(&buffer);
	policy_clear(&policy);
}

static void what_is_too_long_for_a_message_is_not_written(void **state)
{
	char *name = malloc(SYNC_MESSAGE_MAX + 1);
	struct sync_buffer buffer = {0};
	struct changes changes = {0};

	(void)state;
	assert_non_null(name);
	memset(name, 'a', SYNC_MESSAGE_MAX);
	name[SYNC_MESSAGE_MAX] = '\0';
	assert_int_equal(changes_add_service(&changes, name, false), 0);
	assert_int_equal(sync_encode_hello(&buffer, &hello), 0);
	size_t before = buffer.length;

	assert_int_equal(sync_encode_generation(&buffer, &changes, &first_done), -E2BIG);
	assert_int_equal(buffer.length, before);
	sync_buffer_clear(&buffer);
	changes_clear(&changes);
	free(name);
}

static void the_callers_error_ends_reading(void **state)
{
	struct sync_reader *reader;
	struct sample sample;

	(void)state;
	make_sample(&sample);
	sample.told.answer = -EIO;
	reader = sync_reader_new(&events, &sample.told);
	assert_int_equal(feed_copy(reader, sample.buffer.bytes, sample.buffer.length), -EIO);
	assert_int_equal(sample.told.generations, 1);
	assert_int_equal(feed_copy(reader, sample.buffer.bytes, 1), -EBADMSG);
	sync_reader_free(reader);
	clear_sample(&sample);
}

static void instances_have_plain_names(void **state)
{
	char text[SYNC_INSTANCE_MAX + 2];

	(void)state;
	assert_true(sync_is_instance("a"));
	assert_true(sync_is_instance("Manager_0.a-1"));
	assert_false(sync_is_instance(""));
	assert_false(sync_is_instance("a b"));
	assert_false(sync_is_instance("a\n"));
	memset(text, 'a', sizeof(text));
	text[SYNC_INSTANCE_MAX + 1] = '\0';
	assert_false(sync_is_instance(text));
	text[SYNC_INSTANCE_MAX] = '\0';
	assert_true(sync_is_instance(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(cut_anywhere_it_is_the_same),
		cmocka_unit_test(byte_by_byte_it_is_the_same),
		cmocka_unit_test(many_rows_take_many_messages),
		cmocka_unit_test(the_largest_policy_takes_many_messages),
		cmocka_unit_test(what_is_too_long_for_a_message_is_not_written),
		cmocka_unit_test(the_callers_error_ends_reading),
		cmocka_unit_test(instances_have_plain_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
