// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "user/lib/document_json.h"

static void parse_good(const char *text, struct document *document)
{
	struct problems problems = {0};
	int err = document_parse("test", text, strlen(text), document, &problems);

	if (problems.count)
		print_error("%s\n", problems.texts[0]);
	assert_int_equal(err, 0);
	assert_int_equal(problems.count, 0);
}

static void nodes_know_their_place(void **state)
{
	const struct document_node *list, *second;
	struct document document = {0};

	(void)state;
	parse_good("a: 1\nlist:\n  - x\n  - {k: \"v\"}\n", &document);
	assert_int_equal(document.root_count, 1);
	assert_int_equal(document.roots[0].type, DOCUMENT_MAPPING);
	assert_int_equal(document.roots[0].count, 2);
	list = document_get(&document.roots[0], "list");
	assert_non_null(list);
	assert_int_equal(list->type, DOCUMENT_SEQUENCE);
	assert_int_equal(list->count, 2);
	assert_int_equal(list->items[0].line, 3);
	assert_int_equal(list->items[0].column, 5);
	assert_false(list->items[0].quoted);
	second = document_get(&list->items[1], "k");
	assert_int_equal(second->line, 4);
	assert_int_equal(second->column, 9);
	assert_true(second->quoted);
	assert_string_equal(second->text, "v");
	assert_null(document_get(&document.roots[0], "b"));
	assert_null(document_get(list, "a"));
	assert_null(document_get(NULL, "a"));
	document_clear(&document);
}

static void several_documents_and_none(void **state)
{
	static const struct {
		const char *text;
		size_t count;
	} cases[] = {
		{"", 0},
		{"# nothing\n", 0},
		{"---\n", 1},
		{"a: 1\n---\nb: 2\n...\n---\nc: 3\n", 3},
		{"{\"a\": 1}\n", 1},
		{"\xef\xbb\xbf{\"a\": 1}", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document document = {0};

		parse_good(cases[i].text, &document);
		assert_int_equal(document.root_count, cases[i].count);
		document_clear(&document);
	}
}

/* The value of "k", as bytes. */
static const struct {
	const char *text;
	const char *value;
} json_strings[] = {
	{"{\"k\":\"v\"}", "v"},
	{"{\n\t\"a\":\t[1,\t2],\n\t\"k\":\t\"v\"\n}", "v"},
	{"\n\t{\"k\":\"v\"}", "v"},
	{"\xef\xbb\xbf{\"k\":\"\\ud83d\\ude00\"}", "\xf0\x9f\x98\x80"},
	{"{\"k\":\"\\u003ca\\u0026b\\u003e\"}", "<a&b>"},
	{"{\"k\":\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"}", "/\b\f\n\r\t\\\""},
	{"{\"k\":\"\\u00e9\\u20ac\"}", "\xc3\xa9\xe2\x82\xac"},
	{"{\"k\":\"\\ud83d\\ude00\"}", "\xf0\x9f\x98\x80"},
	{"{\"k\":\"a\\uD83D\\uDE00b\\udbff\\udfffc\"}", "a\xf0\x9f\x98\x80"
							"b\xf4\x8f\xbf\xbf"
							"c"},
	{"{\"k\":\"\\\\ud83d\\\\ude00\"}", "\\ud83d\\ude00"},
	{"{\"k\":\"\\\"\\ud83d\\ude00\\\"\"}", "\"\xf0\x9f\x98\x80\""},
	{"{\"k\":\"\xf0\x9f\x98\x80\"}", "\xf0\x9f\x98\x80"},
	{"{\"k\":\"a\x7f"
	 "b\"}",
	 "a\x7f"
	 "b"},
	{"{\"k\":\"a\xc2\x85"
	 "b\"}",
	 "a\xc2\x85"
	 "b"},
	{"{\"k\":\"a\xe2\x80\xa8"
	 "b\"}",
	 "a\xe2\x80\xa8"
	 "b"},
	{"{\"k\":\"a\xef\xbb\xbf"
	 "b\"}",
	 "a\xef\xbb\xbf"
	 "b"},
	{"{\"a:{[,\":\"}\", \"k\":\"# no comment\"}", "# no comment"},
};

static void json_strings_are_read_exactly(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(json_strings) / sizeof(json_strings[0]); i++) {
		struct document document = {0};
		const struct document_node *value;

		parse_good(json_strings[i].text, &document);
		assert_int_equal(document.root_count, 1);
		value = document_get(&document.roots[0], "k");
		assert_non_null(value);
		assert_true(value->quoted);
		assert_string_equal(value->text, json_strings[i].value);
		assert_int_equal(value->count, strlen(json_strings[i].value));
		document_clear(&document);
	}
}

static void assert_nodes_equal(const struct document_node *a, const struct document_node *b)
{
	unsigned int children = a->type == DOCUMENT_MAPPING ? 2 * a->count : a->count;

	assert_int_equal(a->type, b->type);
	assert_int_equal(a->quoted, b->quoted);
	assert_int_equal(a->line, b->line);
	assert_int_equal(a->column, b->column);
	assert_int_equal(a->count, b->count);
	if (a->type == DOCUMENT_SCALAR) {
		assert_memory_equal(a->text, b->text, a->count + 1);
		return;
	}
	for (unsigned int i = 0; i < children; i++)
		assert_nodes_equal(&a->items[i], &b->items[i]);
}

/* What is read as JSON is what YAML's parser, which a comment leads to, makes of it. */
static void json_is_read_as_yaml(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		" \n [ ] \n",
		"{\"a\": {}, \"b\": [], \"c\": \"\", \"\": 1}",
		"{\"a\":[1,-2,0.5,1e3,1E-3,-0,true,false,null,\"x\"]}",
		"{\n \"a\" : {\n  \"b\" :\t[ 1 , 2\n , {\"c\":\"d\"} ]\n }\n}\n",
		"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u003c\\u007E\"}",
		"[[[[\"deep\"]]], \"# no comment\", \"a: b\"]",
		"{\"k1\":1,\"k2\":2,\"k3\":3,\"k4\":4,\"k5\":5,\"k6\":6,\"k7\":7,\"k8\":8,\"k9\":"
		"9}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct document json = {0}, yaml = {0};
		char commented[256];

		assert_int_equal(document_json_parse(texts[i], strlen(texts[i]), &json), 0);
		snprintf(commented, sizeof(commented), "%s\n# comment", texts[i]);
		assert_int_equal(document_json_parse(commented, strlen(commented), &yaml), -EINVAL);
		parse_good(commented, &yaml);
		assert_int_equal(json.root_count, 1);
		assert_int_equal(yaml.root_count, 1);
		assert_nodes_equal(json.roots, yaml.roots);
		document_clear(&json);
		document_clear(&yaml);
	}
}

/* Each cut short anywhere too; with the end of the text right behind it. */
static void other_json_is_left_to_yaml(void **state)
{
	static const char *const texts[] = {
		"{\"a\":1}x",
		"{\"a\":1,}",
		"[1,]",
		"{a: 1}",
		"{\"a\":1}{}",
		"{\"a\":01}",
		"{\"a\":1.}",
		"{\"a\":.5}",
		"{\"a\":1e}",
		"{\"a\":+1}",
		"{\"a\":tru}",
		"{\"a\":'b'}",
		"{\"a\":\"\\x41\"}",
		"{\"a\":\"\\u0000\"}",
		"{\"a\":\"\\u00e9\"}",
		"{\"a\":\"\xc3\xa9\"}",
		"{\"a\":\"\t\"}",
		"{\"a\":1,\"a\":2}",
		"{\"a\" 1}",
		"\"a\"",
		"{\"a\":\"\\u00",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t length = strlen(texts[i]); length; length--) {
			struct document document = {0};
			char *copy = malloc(length);

			memcpy(copy, texts[i], length);
			if (!document_json_parse(copy, length, &document) &&
			    length == strlen(texts[i]))
				fail_msg("%s", texts[i]);
			document_clear(&document);
			free(copy);
		}
	}
}

static void nul_is_kept(void **state)
{
	struct document document = {0};
	const struct document_node *value;

	(void)state;
	parse_good("{\"k\":\"a\\u0000b\"}", &document);
	value = document_get(&document.roots[0], "k");
	assert_int_equal(value->count, 3);
	assert_memory_equal(value->text, "a\0b", 4);
	document_clear(&document);
}

static const struct {
	const char *text;
	enum document_scalar type;
} scalars[] = {
	{"", DOCUMENT_NULL},	       {"~", DOCUMENT_NULL},
	{"null", DOCUMENT_NULL},       {"Null", DOCUMENT_NULL},
	{"\"\"", DOCUMENT_STRING},     {"\"null\"", DOCUMENT_STRING},
	{"'true'", DOCUMENT_STRING},   {"|\n  12\n", DOCUMENT_STRING},
	{"true", DOCUMENT_BOOLEAN},    {"FALSE", DOCUMENT_BOOLEAN},
	{"on", DOCUMENT_BOOLEAN},      {"y", DOCUMENT_BOOLEAN},
	{"tRUE", DOCUMENT_STRING},     {"0", DOCUMENT_NUMBER},
	{"-17", DOCUMENT_NUMBER},      {"+17", DOCUMENT_NUMBER},
	{"1_000", DOCUMENT_NUMBER},    {"1.5", DOCUMENT_NUMBER},
	{".5", DOCUMENT_NUMBER},       {"12e4567", DOCUMENT_NUMBER},
	{"0x1F", DOCUMENT_NUMBER},     {"0o17", DOCUMENT_NUMBER},
	{"0b11", DOCUMENT_NUMBER},     {"-.inf", DOCUMENT_NUMBER},
	{".NaN", DOCUMENT_NUMBER},     {"4f2a91c", DOCUMENT_STRING},
	{"10.0.0.1", DOCUMENT_STRING}, {"2026-12-01T00:00:00Z", DOCUMENT_STRING},
	{"1.2.3", DOCUMENT_STRING},    {"inf", DOCUMENT_STRING},
	{"nan", DOCUMENT_STRING},      {".", DOCUMENT_STRING},
	{"e5", DOCUMENT_STRING},       {"users", DOCUMENT_STRING},
};

static void scalars_mean_what_kubernetes_means(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
		struct document document = {0};
		const struct document_node *value;
		char text[64];

		snprintf(text, sizeof(text), "k: %s", scalars[i].text);
		parse_good(text, &document);
		value = document_get(&document.roots[0], "k");
		if (document_scalar_type(value) != scalars[i].type)
			fail_msg("%s", scalars[i].text);
		assert_int_equal(document_is_null(value), scalars[i].type == DOCUMENT_NULL);
		document_clear(&document);
	}
	assert_true(document_is_null(NULL));
}

static void what_cannot_be_read_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text;
		const char *problem; /* how it begins */
	} cases[] = {
		{"a: 1\nb: [1, 2\n", "test:3:1: did not find expected ',' or ']'"},
		{"a: b: c\n", "test:1:5: mapping values are not allowed in this context"},
		{"a: 1\n\tb: 2\n", "test:2:1: found a tab character that violates indentation"},
		{"{\"a\": 1", "test:2:1: did not find expected ',' or '}'"},
		{"{\"a\": \"\\ud83d\"}", "test:1:"},
		{"a: &x 1\n", "test:1:4: anchors and aliases are not supported"},
		{"a: 1\nb: *x\n", "test:2:4: anchors and aliases are not supported"},
		{"a: &x [1]\nb: [*x, *x]\n", "test:1:4: anchors and aliases are not supported"},
		{"a: !!str 1\n", "test:1:4: tags are not supported"},
		{"a: !!map {}\n", "test:1:4: tags are not supported"},
		{"a: 1\nb: 2\na: 3\n", "test:3:1: key a is there already, in line 1"},
		{"{\"a\": {\"b\": 1,\n \"b\": 2}}", "test:2:2: key b is there already, in line 1"},
		{"[1]: 2\n", "test:1:1: a key has to be a scalar"},
		{"a: \x01\n", "test:1:4: control characters are not allowed"},
		{"a: 1\nb: \xff\xff\n", "test:2:4: invalid leading UTF-8 octet"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct document document = {0};
		struct problems problems = {0};

		assert_int_equal(document_parse("test", cases[i].text, strlen(cases[i].text),
						&document, &problems),
				 -EINVAL);
		assert_int_equal(problems.count, 1);
		if (strncmp(problems.texts[0], cases[i].problem, strlen(cases[i].problem)))
			fail_msg("%s: %s", cases[i].problem, problems.texts[0]);
		assert_null(document.roots);
		problems_clear(&problems);
	}
}

static void depth_is_bounded(void **state)
{
	char text[2 * DOCUMENT_DEPTH_MAX + 16];

	(void)state;
	for (size_t depth = DOCUMENT_DEPTH_MAX; depth <= DOCUMENT_DEPTH_MAX + 1; depth++) {
		struct document document = {0};
		struct problems problems = {0};
		int err;

		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		err = document_parse("test", text, 2 * depth, &document, &problems);
		assert_int_equal(err, depth > DOCUMENT_DEPTH_MAX ? -EINVAL : 0);
		if (err)
			assert_non_null(strstr(problems.texts[0], "nested too deeply"));
		document_clear(&document);
		problems_clear(&problems);
	}
}

static void every_prefix_is_safe(void **state)
{
	static const char text[] =
		"{\"kind\":\"Li\\ud83d\\ude00\\\"st\",\n\t\"items\":[{\"a\":null,"
		"\"b\":[1,true]},\"\xc2\x85\xf0\x9f\x98\x80\"]}\n";

	(void)state;
	for (size_t length = 0; length < sizeof(text); length++) {
		struct document document = {0};
		struct problems problems = {0};
		char *copy = malloc(length ? length : 1);
		int err;

		memcpy(copy, text, length);
		err = document_parse("test", copy, length, &document, &problems);
		assert_true(err == 0 || err == -EINVAL);
		assert_int_equal(err ? 1 : 0, problems.count);
		free(copy);
		document_clear(&document);
		problems_clear(&problems);
	}
}

static void files_are_read_or_refused(void **state)
{
	char path[] = "/tmp/shunt-document-XXXXXX";
	struct document document = {0};
	struct problems problems = {0};
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "a: 1\n", 5), 5);
	assert_int_equal(document_load(path, &document, &problems), 0);
	assert_int_equal(document.root_count, 1);
	document_clear(&document);

	assert_int_equal(ftruncate(fd, (off_t)DOCUMENT_BYTES_MAX + 1), 0);
	assert_int_equal(document_load(path, &document, &problems), -EFBIG);
	close(fd);
	unlink(path);
	assert_int_equal(document_load(path, &document, &problems), -ENOENT);
	assert_int_equal(document_load("/tmp", &document, &problems), -EISDIR);
	assert_int_equal(problems.count, 3);
	assert_non_null(strstr(problems.texts[1], "cannot be read: No such file"));
	problems_clear(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_know_their_place),
		cmocka_unit_test(several_documents_and_none),
		cmocka_unit_test(json_strings_are_read_exactly),
		cmocka_unit_test(json_is_read_as_yaml),
		cmocka_unit_test(other_json_is_left_to_yaml),
		cmocka_unit_test(nul_is_kept),
		cmocka_unit_test(scalars_mean_what_kubernetes_means),
		cmocka_unit_test(what_cannot_be_read_is_refused_with_its_place),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(every_prefix_is_safe),
		cmocka_unit_test(files_are_read_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
