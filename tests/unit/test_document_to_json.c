// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/lib/document_to_json.h"

static int convert(const char *text, size_t length, char **dumped)
{
	struct document document = {0};
	struct problems problems = {0};
	json_t *json = NULL;
	int error;

	assert_int_equal(document_parse("test.yaml", text, length, &document, &problems), 0);
	assert_int_equal(document.root_count, 1);
	error = document_to_json(&document.roots[0], &json);
	if (error)
		assert_null(json);
	else
		*dumped = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(json);
	document_clear(&document);
	problems_clear(&problems);
	return error;
}

static const struct {
	const char *yaml;
	const char *json;
} rows[] = {
	{"a: b\n", "{\"a\":\"b\"}"},
	{"{b: 1, a: 2}\n", "{\"b\":1,\"a\":2}"},
	{"[1, [], {}]\n", "[1,[],{}]"},
	{"- {a: [x]}\n- z\n", "[{\"a\":[\"x\"]},\"z\"]"},
	{"[~, null, Null]\n", "[null,null,null]"},
	{"a:\n", "{\"a\":null}"},
	{"[true, True, yes, on, On, y, Y, ON]\n", "[true,true,true,true,true,true,true,true]"},
	{"[false, no, off, n, N, OFF]\n", "[false,false,false,false,false,false]"},
	{"[\"true\", 'on', \"1\", '~', \"\"]\n", "[\"true\",\"on\",\"1\",\"~\",\"\"]"},
	{"[0, 7, -7, +7, 1_000]\n", "[0,7,-7,7,1000]"},
	{"[0x1f, -0x10, 0o17, 017, 0b101]\n", "[31,-16,15,15,5]"},
	{"[9223372036854775807, -9223372036854775808]\n",
	 "[9223372036854775807,-9223372036854775808]"},
	{"[9223372036854775808]\n", "[9.2233720368547758e18]"},
	{"[1.5, -0.25, .5, 1e3, 08]\n", "[1.5,-0.25,0.5,1000.0,8.0]"},
	{"[4f2a91c, 1.2.3, 12h, 1:2]\n", "[\"4f2a91c\",\"1.2.3\",\"12h\",\"1:2\"]"},
	{"{1: a, true: b}\n", "{\"1\":\"a\",\"true\":\"b\"}"},
	{"{\"a\": \"line\\nnext \\u00e4\"}\n", "{\"a\":\"line\\nnext ä\"}"},
	{"a: |\n  x\n  y\n", "{\"a\":\"x\\ny\\n\"}"},
	{"{\"a\": \"nul \\0 inside\"}\n", "{\"a\":\"nul \\u0000 inside\"}"},
};

static void test_it_says_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *dumped = NULL;

		assert_int_equal(convert(rows[i].yaml, strlen(rows[i].yaml), &dumped), 0);
		assert_string_equal(dumped, rows[i].json);
		free(dumped);
	}
}

static void test_what_json_cannot_say_is_refused(void **state)
{
	static const char *const texts[] = {"[.inf]\n", "a: {b: -.inf}\n", ".nan\n", "[1e999]\n",
					    "{\"a\\0b\": 1}\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(convert(texts[i], strlen(texts[i]), NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_says_the_same),
		cmocka_unit_test(test_what_json_cannot_say_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
