// SPDX-License-Identifier: Apache-2.0
/* JSON merge patch: the test cases of RFC 7396, appendix A, and what they leave open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "user/manager/api_state.h"

static const struct patch_case {
	const char *original;
	const char *patch;
	const char *result;
} cases[] = {
	{"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
	{"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
	{"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
	{"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
	{"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
	{"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
	{"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
	{"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
	{"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
	{"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
	{"{\"a\":\"foo\"}", "null", "null"},
	{"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
	{"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
	{"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
	{"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
	/* Not of the RFC. */
	{"{\"a\":1}", "{}", "{\"a\":1}"},
	{"{\"a\":[1]}", "{\"a\":[{\"b\":null}]}", "{\"a\":[{\"b\":null}]}"},
	{"{\"a\":{\"b\":{\"c\":1,\"d\":2}}}", "{\"a\":{\"b\":{\"c\":null}}}",
	 "{\"a\":{\"b\":{\"d\":2}}}"},
};

static json_t *load(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, JSON_DECODE_ANY, &error);

	assert_non_null(json);
	return json;
}

static void patches_merge_as_the_rfc_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *original = load(cases[i].original), *patch = load(cases[i].patch);
		json_t *expected = load(cases[i].result);
		json_t *merged = api_patch_merge(original, patch);

		assert_true(json_equal(merged, expected));
		json_decref(merged);
		json_decref(expected);
		json_decref(patch);
		json_decref(original);
	}
}

static void nothing_but_the_result_is_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *original = load(cases[i].original), *patch = load(cases[i].patch);
		json_t *same_original = load(cases[i].original), *same_patch = load(cases[i].patch);

		json_decref(api_patch_merge(original, patch));
		assert_true(json_equal(original, same_original));
		assert_true(json_equal(patch, same_patch));
		json_decref(same_patch);
		json_decref(same_original);
		json_decref(patch);
		json_decref(original);
	}
}

static void a_patch_of_nothing_is_applied_too(void **state)
{
	json_t *patch = load("{\"a\":{\"b\":null,\"c\":1}}"), *expected = load("{\"a\":{\"c\":1}}");
	json_t *merged = api_patch_merge(NULL, patch);

	(void)state;
	assert_true(json_equal(merged, expected));
	json_decref(merged);
	json_decref(expected);
	json_decref(patch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patches_merge_as_the_rfc_says),
		cmocka_unit_test(nothing_but_the_result_is_changed),
		cmocka_unit_test(a_patch_of_nothing_is_applied_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
