// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
			step = length / 20 + 1;
			for (size_t cut = 0; cut <= length; cut += step)
				feed_cut(text, length, cut, &whole);
		}
		kube_watch_clear(&watch);
		free(text);
	}
	globfree(&found);
}

/*
 * A stream that is cut after any byte has told the events whose lines are whole, and no other: what
 * follows comes again from the last version told.
 */
static void check_each_byte(const char *text, size_t length)
{
	struct kube_watch watch = {0};
	struct seen seen = {0};
	unsigned int lines = 0;

	for (size_t i = 0; i < length; i++) {
		assert_int_equal(kube_watch_feed(&watch, text + i, 1, note, &seen), 0);
		lines += text[i] == '\n';
		assert_int_equal(seen.events, lines);
	}
	kube_watch_clear(&watch);
}

static void whole_lines_are_told_after_each_byte(void **state)
{
	glob_t found;
	size_t checked = 0;

	(void)state;
	find(RECORDINGS "*/*watch*.ndjson", &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		size_t length;
		char *text = load(found.gl_pathv[i], &length);

		if (strstr(text, "\"type\":")) {
			check_each_byte(text, length);
			checked++;
		}
		free(text);
	}
	globfree(&found);
	assert_true(checked > 20);
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

/* What has to be said for each status; the path is of the kind that the recording is about. */
static const struct {
	unsigned int status;
	const char *part; /* of the recording's name */
	const char *method;
	const char *path;
	const char *advice;
} advices[] = {
	{400, "", "GET", "/api/v1/pods?limit=500", "check selectors, names and versions"},
	{401, "", "GET", "/api/v1/pods", "has not expired"},
	{403, "pods-list", "GET", "/api/v1/namespaces/shop/pods",
	 "grant verb \"list\" on resource \"pods\" of API group \"\" with a Role and RoleBinding "
	 "in "
	 "namespace shop"},
	{403, "watch", "GET", "/api/v1/pods?watch=true",
	 "grant verb \"watch\" on resource \"pods\" of API group \"\" with a ClusterRole"},
	{403, "serviceaccount", "GET", "/api/v1/pods", "grant verb \"list\""},
	{403, "status-put", "PATCH", "/apis/shunt.dev/v1alpha1/contexts/c/status",
	 "grant verb \"patch\" on resource \"contexts/status\" of API group \"shunt.dev\" with a "
	 "ClusterRole"},
	{403, "terminating", "POST", "/api/v1/namespaces/doomed/configmaps",
	 "wait until the namespace is gone"},
	{404, "group-unknown", "GET", "/apis/shunt.dev/v1alpha1/contexts?limit=500",
	 "does not serve contexts.shunt.dev in version v1alpha1; install its "
	 "CustomResourceDefinition"},
	{404, "unknown-cr-", "GET", "/apis/shunt.dev/v1alpha1/settings",
	 "does not serve settings.shunt.dev in version v1alpha1; install"},
	{404, "unknown-resource", "GET", "/apis/discovery.k8s.io/v1/endpointslices",
	 "in version v1; this version of Kubernetes does not have it"},
	{404, "unknown-path", "GET", "/nothing", "check that the server's URL"},
	{404, "404-cr.json", "GET", "/apis/shunt.dev/v1alpha1/contexts/c", "is not there"},
	{404, "404-pod", "GET", "/api/v1/namespaces/shop/pods/p", "is not there"},
	{404, "missing-namespace", "POST", "/api/v1/namespaces/none/configmaps", "create it first"},
	{405, "", "GET", "/api/v1/pods", "is the server's URL that of a Kubernetes API"},
	{406, "", "GET", "/api/v1/pods", "is the server's URL that of a Kubernetes API"},
	{409, "already", "POST", "/apis/shunt.dev/v1alpha1/contexts", "choose another name"},
	{409, "conflict", "PATCH", "/apis/shunt.dev/v1alpha1/contexts/c", "read it again"},
	{410, "", "GET", "/api/v1/pods", "list again"},
	{415, "", "PATCH", "/api/v1/pods", "is the server's URL that of a Kubernetes API"},
	{422, "", "POST", "/apis/shunt.dev/v1alpha1/contexts", "correct it"},
	{429, "", "GET", "/api/v1/pods", "try again"},
	{500, "", "GET", "/api/v1/pods?watch=true", "list again without that resourceVersion"},
	{504, "", "GET", "/api/v1/pods", "try again"},
};

#define ADVICES (sizeof(advices) / sizeof(advices[0]))

static bool met[ADVICES];

/* Of a body that is a Status, else of the recording's name. */
static unsigned int status_of(const char *name, const json_t *body)
{
	json_int_t code = json_integer_value(json_object_get(body, "code"));

	return code ? (unsigned int)code : (unsigned int)atoi(name);
}

static size_t find_advice(const char *name, unsigned int status)
{
	for (size_t i = 0; i < ADVICES; i++)
		if (advices[i].status == status && strstr(name, advices[i].part))
			return i;
	fail_msg("%s: no advice for %u", name, status);
	return 0;
}

static void check_refusal(const char *file)
{
	const char *name = strrchr(file, '/') + 1;
	size_t length, row;
	char *text = load(file, &length), *problem;
	json_t *body = kube_json(text, length);
	struct kube_failure failure = {
		.server = "https://h", .body = body, .text = text, .length = length};

	failure.status = status_of(name, body);
	row = find_advice(name, failure.status);
	met[row] = true;
	failure.method = advices[row].method;
	failure.path = advices[row].path;
	problem = kube_problem(&failure);
	assert_non_null(problem);
	if (!strstr(problem, advices[row].advice))
		fail_msg("%s: %s\nhas to say: %s", file, problem, advices[row].advice);
	assert_non_null(strstr(problem, " at https://h: "));
	assert_null(strchr(problem, '\n'));
	free(problem);
	json_decref(body);
	free(text);
}

/* In-stream ones are for the reflector; here all that are answers. */
static void every_refusal_says_what_to_do(void **state)
{
	static const char *const patterns[] = {
		RECORDINGS "*/4[0-9][0-9]-*.json", RECORDINGS "*/4[0-9][0-9]-*.txt",
		RECORDINGS "*/504-*.json", RECORDINGS "*/bad-rv-watch.json"};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		glob_t found;

		find(patterns[i], &found);
		for (size_t j = 0; j < found.gl_pathc; j++)
			check_refusal(found.gl_pathv[j]);
		globfree(&found);
	}
	for (size_t i = 0; i < ADVICES; i++)
		if (!met[i])
			fail_msg("no recording of %u %s", advices[i].status, advices[i].part);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recordings_are_read_however_they_are_cut),
		cmocka_unit_test(whole_lines_are_told_after_each_byte),
		cmocka_unit_test(what_is_no_event_ends_the_stream),
		cmocka_unit_test(every_refusal_says_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
