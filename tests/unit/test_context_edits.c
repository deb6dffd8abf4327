// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/cli/context_edits.h"
#include "user/cli/context_object.h"

static json_t *parse(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	assert_non_null(json);
	return json;
}

static void expect_json(json_t *actual, const char *expected)
{
	char *text = json_dumps(actual, JSON_COMPACT | JSON_SORT_KEYS);

	assert_string_equal(text, expected);
	free(text);
}

static void overrides_are_read(void **state)
{
	static const char *const cases[][2] = {
		{"shop/users=sha:4f2a91c", "{\"service\":\"shop/users\",\"sha\":\"4f2a91c\"}"},
		{"users=pod:a.b-1", "{\"pod\":\"a.b-1\",\"service\":\"users\"}"},
		{"a/b=address:10.77.4.2:80", "{\"address\":\"10.77.4.2:80\",\"service\":\"a/b\"}"},
		{"a/b=address:[fd00::2]:80", "{\"address\":\"[fd00::2]:80\",\"service\":\"a/b\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char problem[OVERRIDE_PROBLEM_SIZE];
		json_t *override;

		assert_int_equal(override_argument_parse(cases[i][0], &override, problem), 0);
		expect_json(override, cases[i][1]);
		json_decref(override);
	}
}

static void other_overrides_are_refused(void **state)
{
	static const char *const cases[][2] = {
		{"", "has to be SERVICE=sha:COMMIT"},
		{"shop/users", "has to be SERVICE=sha:COMMIT"},
		{"shop/users=4f2a91c", "has to be SERVICE=sha:COMMIT"},
		{"shop/users=commit:1", "has to be SERVICE=sha:COMMIT"},
		{"shop:users=sha:1", "the service has to be"},
		{"=sha:1", "the service has to be"},
		{"a/b/c=sha:1", "the service has to be"},
		{"Shop/users=sha:1", "the service has to be"},
		{"a=sha:", "sha has to be 1 to 63"},
		{"a=pod:A", "pod has to be the name of a pod"},
		{"a=address:10.0.0.1", "address has to be ip:port"},
		{"a=address:host:80", "address has to be ip:port"},
	};
	char problem[OVERRIDE_PROBLEM_SIZE], long_text[400];
	json_t *override;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(override_argument_parse(cases[i][0], &override, problem), -EINVAL);
		assert_non_null(strstr(problem, cases[i][1]));
	}
	memset(long_text, 'a', sizeof(long_text));
	strcpy(long_text + sizeof(long_text) - 7, "=sha:1");
	assert_int_equal(override_argument_parse(long_text, &override, problem), -EINVAL);
}

static void an_expiry_is_a_duration_or_a_time(void **state)
{
	static const struct {
		const char *text;
		const char *expires; /* NULL: refused */
	} cases[] = {
		{"30m", "2026-01-01T00:30:00Z"},
		{"3d", "2026-01-04T00:00:00Z"},
		{"2026-12-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00"},
		{"never", ""},
		{"2026-01-01T00:00:00Z", NULL}, /* now */
		{"2025-12-01T00:00:00Z", NULL},
		{"999999999w", NULL}, /* beyond the year 9999 */
		{"2026-12-01T00:00:00.0000000000000000000000000000000000001Z", NULL},
		{"tomorrow", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct context_edits edits = {0};
		char problem[OVERRIDE_PROBLEM_SIZE];
		int error;

		error = context_edits_set_expires(&edits, cases[i].text, 1767225600, problem);
		assert_int_equal(error, cases[i].expires ? 0 : -EINVAL);
		assert_string_equal(edits.expires, cases[i].expires ? cases[i].expires : "");
		assert_int_equal(edits.unlimited, strcmp(cases[i].text, "never") == 0);
	}
}

static void pairs_set_and_remove(void **state)
{
	static const char *const refused[] = {"", "=", "=b", "a", "-", "a=\xff"};
	char problem[OVERRIDE_PROBLEM_SIZE];
	json_t *map = json_object();

	(void)state;
	assert_int_equal(context_edits_add_pair(map, "a=b=c", problem), 0);
	assert_int_equal(context_edits_add_pair(map, "empty=", problem), 0);
	assert_int_equal(context_edits_add_pair(map, "gone-", problem), 0);
	assert_int_equal(context_edits_add_pair(map, "dash-=x", problem), 0);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(context_edits_add_pair(map, refused[i], problem), -EINVAL);
	expect_json(map, "{\"a\":\"b=c\",\"dash-\":\"x\",\"empty\":\"\",\"gone\":null}");
	json_decref(map);
}

/* Edits a context of namespace shop; NULL for the spec where there is none. */
static int edit(struct context_edits *edits, const char *spec, json_t **wanted)
{
	json_t *present = spec ? context_object_new("c") : NULL;
	int error;

	if (spec) {
		json_object_set_new(json_object_get(present, "metadata"), "namespace",
				    json_string("shop"));
		json_object_set_new(present, "spec", parse(spec));
		json_object_set_new(present, "status", json_object());
	}
	edits->name = "c";
	error = context_edits_make(edits, present, wanted);
	json_decref(present);
	return error;
}

static void add(struct context_edits *edits, const char *text)
{
	char problem[OVERRIDE_PROBLEM_SIZE];

	assert_int_equal(context_edits_add_override(edits, text, problem), 0);
}

static void what_is_not_named_stays(void **state)
{
	struct context_edits edits;
	json_t *wanted;

	(void)state;
	assert_int_equal(context_edits_init(&edits), 0);
	add(&edits, "shop/users=pod:x");
	add(&edits, "shop/cart=sha:1");
	assert_int_equal(edit(&edits,
			      "{\"overrides\":[{\"service\":\"users\",\"sha\":\"1\","
			      "\"onUnreachable\":\"main\"},{\"service\":\"pay\",\"sha\":\"2\"}],"
			      "\"config\":{\"a\":\"b\"},\"expires\":\"x\"}",
			      &wanted),
			 0);
	/* "users" is that of the context's own namespace, and its policy stays. */
	expect_json(json_object_get(wanted, "spec"),
		    "{\"config\":{\"a\":\"b\"},\"expires\":\"x\",\"overrides\":["
		    "{\"onUnreachable\":\"main\",\"pod\":\"x\",\"service\":\"shop/users\"},"
		    "{\"service\":\"pay\",\"sha\":\"2\"},"
		    "{\"service\":\"shop/cart\",\"sha\":\"1\"}]}");
	assert_null(json_object_get(wanted, "status"));
	json_decref(wanted);
	context_edits_clear(&edits);
}

static void replacing_leaves_just_what_is_given(void **state)
{
	struct context_edits edits;
	json_t *wanted;

	(void)state;
	assert_int_equal(context_edits_init(&edits), 0);
	edits.replace = true;
	edits.on_unreachable = "main";
	edits.unlimited = true;
	add(&edits, "a=sha:1");
	assert_int_equal(edit(&edits,
			      "{\"overrides\":[{\"service\":\"b\",\"sha\":\"1\"}],"
			      "\"config\":{\"a\":\"b\"},\"expires\":\"x\"}",
			      &wanted),
			 0);
	expect_json(json_object_get(wanted, "spec"),
		    "{\"overrides\":[{\"onUnreachable\":\"main\",\"service\":\"a\","
		    "\"sha\":\"1\"}]}");
	json_decref(wanted);
	context_edits_clear(&edits);
}

static void a_context_that_is_not_there_is_made(void **state)
{
	char problem[OVERRIDE_PROBLEM_SIZE];
	struct context_edits edits;
	json_t *wanted;

	(void)state;
	assert_int_equal(context_edits_init(&edits), 0);
	edits.description = "d";
	strcpy(edits.expires, "x");
	assert_int_equal(context_edits_add_pair(edits.labels, "l=1", problem), 0);
	assert_int_equal(context_edits_add_pair(edits.config, "none-", problem), 0);
	assert_int_equal(edit(&edits, NULL, &wanted), 0);
	expect_json(wanted, "{\"apiVersion\":\"shunt.dev/v1alpha1\",\"kind\":\"Context\","
			    "\"metadata\":{\"labels\":{\"l\":\"1\"},\"name\":\"c\"},"
			    "\"spec\":{\"description\":\"d\",\"expires\":\"x\",\"overrides\":[]}}");
	json_decref(wanted);
	context_edits_clear(&edits);
}

static void only_signed_markers_count_while_it_says_so(void **state)
{
	static const struct {
		bool sign, unsign;
		const char *before, *after;
	} rows[] = {
		{true, false, "{}", "{\"overrides\":[],\"signed\":true}"},
		{true, false, "{\"signed\":false}", "{\"overrides\":[],\"signed\":true}"},
		{false, true, "{\"signed\":true}", "{\"overrides\":[]}"},
		{false, true, "{}", "{\"overrides\":[]}"},
		{false, false, "{\"signed\":true}", "{\"overrides\":[],\"signed\":true}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct context_edits edits;
		json_t *wanted;

		assert_int_equal(context_edits_init(&edits), 0);
		edits.sign = rows[i].sign;
		edits.unsign = rows[i].unsign;
		/* It is of the context, not of the overrides that are given. */
		edits.replace = true;
		assert_int_equal(edit(&edits, rows[i].before, &wanted), 0);
		expect_json(json_object_get(wanted, "spec"), rows[i].after);
		json_decref(wanted);
		context_edits_clear(&edits);
	}
}

static void what_is_removed_has_to_be_there(void **state)
{
	static const char spec[] = "{\"overrides\":[{\"service\":\"shop/a\",\"sha\":\"1\"},"
				   "{\"service\":\"shop/b\",\"sha\":\"1\"}]}";
	struct context_edits edits;
	json_t *wanted;

	(void)state;
	assert_int_equal(context_edits_init(&edits), 0);
	json_array_append_new(edits.removed, json_string("a"));
	edits.on_unreachable = "error";
	assert_int_equal(edit(&edits, spec, &wanted), 0);
	/* Without an override that it would be of, the policy is that of all. */
	expect_json(json_object_get(wanted, "spec"),
		    "{\"overrides\":[{\"onUnreachable\":\"error\",\"service\":\"shop/b\","
		    "\"sha\":\"1\"}]}");
	json_decref(wanted);
	json_array_append_new(edits.removed, json_string("other/b"));
	assert_int_equal(edit(&edits, spec, &wanted), -EINVAL);
	context_edits_clear(&edits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overrides_are_read),
		cmocka_unit_test(other_overrides_are_refused),
		cmocka_unit_test(an_expiry_is_a_duration_or_a_time),
		cmocka_unit_test(pairs_set_and_remove),
		cmocka_unit_test(what_is_not_named_stays),
		cmocka_unit_test(replacing_leaves_just_what_is_given),
		cmocka_unit_test(a_context_that_is_not_there_is_made),
		cmocka_unit_test(what_is_removed_has_to_be_there),
		cmocka_unit_test(only_signed_markers_count_while_it_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
