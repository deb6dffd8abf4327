// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/manager/kube_problem.h"
#include "user/manager/kube_watch.h"

#define RECORDINGS "../shared/kubernetes-recordings/"

struct seen {
	unsigned int events;
	size_t hash;
};

static int note(void *argument, enum kube_watch_type type, json_t *object)
{
	struct seen *seen = argument;
	char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);

	assert_non_null(text);
	seen->events++;
	seen->hash = seen->hash * 31 + (size_t)type;
	for (const char *c = text; *c; c++)
		seen->hash = seen->hash * 31 + (unsigned char)*c;
	free(text);
	return 0;
}

static char *load(const char *path, size_t *length)
{
	FILE *file = fopen(path, "r");
	char *text;

	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	*length = (size_t)ftell(file);
	rewind(file);
	text = malloc(*length + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, *length, file), *length);
	text[*length] = '\0';
	fclose(file);
	return text;
}

static void find(const char *pattern, glob_t *found)
{
	assert_int_equal(glob(pattern, 0, NULL, found), 0);
}

static void feed_cut(const char *text, size_t length, size_t cut, const struct seen *whole)
{
	struct kube_watch watch = {0};
	struct seen seen = {0};

	assert_int_equal(kube_watch_feed(&watch, text, cut, note, &seen), 0);
	assert_int_equal(kube_watch_feed(&watch, text + cut, length - cut, note, &seen), 0);
	assert_int_equal(seen.events, whole->events);
	assert_int_equal(seen.hash, whole->hash);
	kube_watch_clear(&watch);
}

/* Long recordings at a sample, as each cut reads the whole again. */
static void recordings_are_read_however_they_are_cut(void **state)
{
	glob_t found;

	(void)state;
	find(RECORDINGS "*/*watch*.ndjson", &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct kube_watch watch = {0};
		struct seen whole = {0};
		size_t length, step;
		char *text = load(found.gl_pathv[i], &length);

		if (length && strstr(text, "\"type\":")) {
			assert_int_equal(kube_watch_feed(&watch, text, length, note, &whole), 0);
			step = length / 400 + 1;
			for (size_t cut = 0; cut <= length; cut += step)
				feed_cut(text, length, cut, &whole);
		}
		kube_watch_clear(&watch);
		free(text);
	}
	globfree(&found);
}

static void what_is_no_event_ends_the_stream(void **state)
{
	static const char *const lines[] = {"{}\n", "x\n", "{\"type\":\"ADDED\"}\n",
					    "{\"type\":\"NEW\",\"object\":{}}\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct kube_watch watch = {0};
		struct seen seen = {0};

		assert_int_equal(kube_watch_feed(&watch, lines[i], strlen(lines[i]), note, &seen),
				 -EPROTO);
		kube_watch_clear(&watch);
	}
}

/* The status that a recording's name begins with. */
static void check_refusal(const char *file)
{
	static const struct {
		unsigned int status;
		const char *advice;
	} advices[] = {
		{400, "check selectors"}, {401, "has not expired"}, {409, "chan"},
		{410, "list again"},	  {422, "correct it"},	    {429, "try again"},
		{504, "try again"},
	};
	unsigned int status = (unsigned int)atoi(strrchr(file, '/') + 1);
	size_t length;
	char *text = load(file, &length), *problem;
	json_t *body = kube_json(text, length);
	struct kube_failure failure = {.server = "https://h",
				       .method = "GET",
				       .path = "/api/v1/namespaces/shop/pods",
				       .status = status,
				       .body = body,
				       .text = text,
				       .length = length};

	problem = kube_problem(&failure);
	assert_non_null(problem);
	assert_non_null(strstr(problem, "cannot list pods in shop at https://h: "));
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (advices[i].status == status)
			assert_non_null(strstr(problem, advices[i].advice));
	assert_null(strchr(problem, '\n'));
	free(problem);
	json_decref(body);
	free(text);
}

static void every_refusal_says_what_to_do(void **state)
{
	static const char *const patterns[] = {RECORDINGS "*/4[0-9][0-9]-*.json",
					       RECORDINGS "*/4[0-9][0-9]-*.txt",
					       RECORDINGS "*/504-*.json"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		glob_t found;

		find(patterns[i], &found);
		for (size_t j = 0; j < found.gl_pathc; j++)
			check_refusal(found.gl_pathv[j]);
		globfree(&found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recordings_are_read_however_they_are_cut),
		cmocka_unit_test(what_is_no_event_ends_the_stream),
		cmocka_unit_test(every_refusal_says_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
