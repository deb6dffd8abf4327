// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "user/cli/server_config.h"

static char path[] = "/tmp/shunt-config-XXXXXX";

static int read_text(const char *text, mode_t mode, struct server_config *config,
		     struct problems *problems)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
	return server_config_read(path, config, problems);
}

static void all_fields_are_read(void **state)
{
	struct server_config config;
	struct problems problems = {0};

	(void)state;
	assert_int_equal(read_text("server: https://a:1\ntokenFile: b\nca: /c\n"
				   "certificate: d/e\nkey: f\n",
				   0644, &config, &problems),
			 0);
	assert_string_equal(config.url, "https://a:1");
	assert_null(config.token);
	/* Paths are relative to the file. */
	assert_string_equal(config.token_file, "/tmp/b");
	assert_string_equal(config.ca, "/c");
	assert_string_equal(config.certificate, "/tmp/d/e");
	assert_string_equal(config.key, "/tmp/f");
	assert_false(config.exposed);
	server_config_clear(&config);
}

static void a_token_is_for_its_owner_only(void **state)
{
	static const struct {
		mode_t mode;
		bool exposed;
	} cases[] = {{0600, false}, {0400, false}, {0640, true}, {0604, true}};
	struct problems problems = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct server_config config;

		assert_int_equal(read_text("token: t\n", cases[i].mode, &config, &problems), 0);
		assert_int_equal(config.exposed, cases[i].exposed);
		server_config_clear(&config);
	}
}

static void what_is_not_known_is_refused(void **state)
{
	static const char *const cases[][2] = {
		{"servre: a\n", ":1:1: servre: unknown field; did you mean server?"},
		{"server: a\nca: [b]\n", ":2:5: ca: has to be a string, but is a list"},
		{"token: 1\n", ":1:8: token: has to be a string, but is a number"},
		{"token: a\ntokenFile: b\n", ":2:12: tokenFile: there is a token already"},
		{"- a\n", ":1:1: has to be a mapping"},
		{"server: a\n---\nserver: b\n", ": has several documents"},
		{"server: [\n", ":2:1: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct problems problems = {0};
		struct server_config config;

		assert_int_equal(read_text(cases[i][0], 0600, &config, &problems), -EINVAL);
		assert_int_equal(problems.count, 1);
		assert_non_null(strstr(problems.texts[0], cases[i][1]));
		problems_clear(&problems);
	}
}

static void nothing_is_a_config_too(void **state)
{
	struct problems problems = {0};
	struct server_config config;

	(void)state;
	assert_int_equal(read_text("", 0600, &config, &problems), 0);
	assert_null(config.url);
	assert_int_equal(server_config_read("/tmp/none/none", &config, &problems), 0);
	assert_null(config.token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_fields_are_read),
		cmocka_unit_test(a_token_is_for_its_owner_only),
		cmocka_unit_test(what_is_not_known_is_refused),
		cmocka_unit_test(nothing_is_a_config_too),
	};
	int fd = mkstemp(path), result;

	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	result = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return result;
}
