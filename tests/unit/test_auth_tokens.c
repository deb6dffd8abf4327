// SPDX-License-Identifier: Apache-2.0
/* The file of hashed tokens: what it may say, and that nothing of a token is ever told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "user/manager/auth_state.h"

/* Of "abc", as FIPS 180-2 has it. */
#define ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
/* Of nothing. */
#define EMPTY "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SECRET "hunter2"

static char path[] = "/tmp/shunt-tokens.XXXXXX";
static struct auth_tokens tokens;
static struct problems problems;

static int read_text(const char *text, size_t length)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
	problems_clear(&problems);
	return auth_tokens_read(path, &tokens, &problems);
}

static bool find(const char *token, struct auth_identity *identity)
{
	uint8_t hash[AUTH_HASH_SIZE];

	auth_hash_bytes(token, strlen(token), hash);
	return auth_tokens_find(&tokens, hash, identity);
}

static int clear(void **state)
{
	(void)state;
	auth_tokens_clear(&tokens);
	problems_clear(&problems);
	return 0;
}

static void a_hash_is_printed_as_the_file_has_it(void **state)
{
	char text[AUTH_HASH_TEXT_SIZE];

	(void)state;
	auth_hash("abc", text);
	assert_string_equal(text, ABC);
	auth_hash("", text);
	assert_string_equal(text, EMPTY);
}

static void tokens_are_found_by_their_hash(void **state)
{
	static const char text[] = "# who may what\n"
				   "\n"
				   "  editor\talice   " ABC "  \n"
				   "agent node-1 " EMPTY;
	struct auth_identity identity = {.status = 7};

	(void)state;
	assert_int_equal(read_text(text, sizeof(text) - 1), 0);
	assert_int_equal(problems.count, 0);
	assert_true(find("abc", &identity));
	assert_int_equal(identity.role, AUTH_EDITOR);
	assert_string_equal(identity.name, "alice");
	assert_int_equal(identity.status, 0);
	assert_true(find("", &identity));
	assert_int_equal(identity.role, AUTH_AGENT);
	assert_string_equal(identity.name, "node-1");
	assert_false(find("abd", &identity));
	assert_false(find("ABC", &identity));
	/* The hash itself opens nothing. */
	assert_false(find(ABC, &identity));
}

static void upper_case_digits_are_read(void **state)
{
	static const char text[] =
		"admin root "
		"sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD\n";
	struct auth_identity identity;

	(void)state;
	assert_int_equal(read_text(text, sizeof(text) - 1), 0);
	assert_true(find("abc", &identity));
	assert_int_equal(identity.role, AUTH_ADMIN);
}

static void what_is_wrong_is_refused_without_the_secret(void **state)
{
	static const struct {
		const char *text;
		const char *problem;
	} cases[] = {
		{SECRET "\n", ":1: has to begin with a role"},
		{"\n\nroot alice " ABC, ":3: has to begin with a role"},
		{"Editor alice " ABC, ":1: has to begin with a role"},
		{"editor", ":1: has to name the token's owner"},
		{"editor al\x1b[1mice " ABC, ":1: has to name the token's owner"},
		{"editor alice " SECRET, ":1: has to give sha256:"},
		{"editor alice sha256:" SECRET, ":1: has to give sha256:"},
		{"editor alice " ABC "0", ":1: has to give sha256:"},
		{"editor alice SHA256:ba78", ":1: has to give sha256:"},
		{"editor alice " ABC " " SECRET, ":1: has to end after the hash"},
		{"editor alice " ABC "\nreader bob " ABC,
		 ":2: the token is there already, of alice"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_text(cases[i].text, strlen(cases[i].text)), -EINVAL);
		assert_int_equal(problems.count, 1);
		assert_non_null(strstr(problems.texts[0], cases[i].problem));
		assert_null(strstr(problems.texts[0], SECRET));
		assert_null(strchr(problems.texts[0], '\x1b'));
	}
}

static void every_line_is_checked(void **state)
{
	static const char text[] = "editor alice\nreader bob " ABC "\nnobody\n";

	(void)state;
	assert_int_equal(read_text(text, sizeof(text) - 1), -EINVAL);
	assert_int_equal(problems.count, 2);
	assert_non_null(strstr(problems.texts[0], ":1: "));
	assert_non_null(strstr(problems.texts[1], ":3: "));
}

static void a_nul_is_refused(void **state)
{
	static const char text[] = "editor alice " ABC "\0\n";

	(void)state;
	assert_int_equal(read_text(text, sizeof(text) - 1), -EINVAL);
	assert_non_null(strstr(problems.texts[0], "has a NUL"));
}

static void names_are_bounded(void **state)
{
	char text[512];
	struct auth_identity identity;

	(void)state;
	snprintf(text, sizeof(text), "reader %0255d " ABC, 1);
	assert_int_equal(read_text(text, strlen(text)), 0);
	assert_true(find("abc", &identity));
	assert_int_equal(strlen(identity.name), 255);
	snprintf(text, sizeof(text), "reader %0256d " ABC, 1);
	assert_int_equal(read_text(text, strlen(text)), -EINVAL);
}

static void the_last_good_file_counts(void **state)
{
	static const char good[] = "reader bob " ABC "\n", bad[] = "reader bob\n";
	struct auth_identity identity;

	(void)state;
	assert_int_equal(read_text(good, sizeof(good) - 1), 0);
	assert_int_equal(read_text(bad, sizeof(bad) - 1), -EINVAL);
	assert_true(find("abc", &identity));
	assert_int_equal(auth_tokens_read("/nowhere/tokens", &tokens, &problems), -ENOENT);
	assert_true(find("abc", &identity));
	assert_int_equal(read_text("", 0), 0);
	assert_false(find("abc", &identity));
}

static void what_everybody_may_write_is_refused(void **state)
{
	static const char good[] = "reader bob " ABC "\n";

	(void)state;
	assert_int_equal(read_text(good, sizeof(good) - 1), 0);
	assert_int_equal(chmod(path, 0602), 0);
	assert_int_equal(read_text(good, sizeof(good) - 1), -EINVAL);
	assert_non_null(strstr(problems.texts[0], "may be written by everybody"));
	assert_int_equal(chmod(path, 0600), 0);
}

static void roles_have_names(void **state)
{
	(void)state;
	assert_int_equal(auth_role_parse("reader", 6), AUTH_READER);
	assert_int_equal(auth_role_parse("admins", 5), AUTH_ADMIN);
	assert_int_equal(auth_role_parse("admins", 6), AUTH_NONE);
	assert_int_equal(auth_role_parse("", 0), AUTH_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hash_is_printed_as_the_file_has_it),
		cmocka_unit_test_teardown(tokens_are_found_by_their_hash, clear),
		cmocka_unit_test_teardown(upper_case_digits_are_read, clear),
		cmocka_unit_test_teardown(what_is_wrong_is_refused_without_the_secret, clear),
		cmocka_unit_test_teardown(every_line_is_checked, clear),
		cmocka_unit_test_teardown(a_nul_is_refused, clear),
		cmocka_unit_test_teardown(names_are_bounded, clear),
		cmocka_unit_test_teardown(the_last_good_file_counts, clear),
		cmocka_unit_test_teardown(what_everybody_may_write_is_refused, clear),
		cmocka_unit_test(roles_have_names),
	};
	int fd = mkstemp(path), result;

	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	result = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return result;
}
