// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/unit/fetch_server.h"
#include "user/manager/kube.h"

#define HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n"
#define OBJECT(name, version)                                                    \
	"{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"" name \
	"\",\"namespace\":\"shop\",\"uid\":\"u\",\"resourceVersion\":\"" version "\"}}"
#define LIST(version, next, items)                                                              \
	HEAD "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{"                       \
	     "\"resourceVersion\":\"" version "\",\"continue\":\"" next "\"},\"items\":[" items \
	     "]}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"

/* Each request in turn: what it has to ask for, and the answer, which ends the connection. */
static const struct turn {
	const char *asks;
	const char *answer;
} turns[] = {
	{"/api/v1/pods?limit=500 ", LIST("5", "more", OBJECT("a", "1"))},
	{"continue=more ", LIST("5", "", OBJECT("b", "2"))},
	/* Cut within a line: what is missing comes again. */
	{"resourceVersion=5 ", HEAD EVENT("MODIFIED", OBJECT("a", "6")) "{\"type\":\"ADD"},
	{"resourceVersion=6 ",
	 HEAD EVENT("ADDED", OBJECT("c", "7")) EVENT("BOOKMARK", OBJECT("", "8"))},
	{"resourceVersion=8 ", HEAD EVENT("ERROR", "{\"kind\":\"Status\",\"code\":410}")},
	{"/api/v1/pods?limit=500 ", LIST("9", "", OBJECT("c", "7") "," OBJECT("a", "9"))},
	{"resourceVersion=9 ", HEAD EVENT("DELETED", OBJECT("c", "10"))},
};

struct test {
	uv_loop_t loop;
	uv_timer_t limit;
	char told[512];
	bool asked_wrongly;
};

static bool answer(struct fetch_server *server, int fd, const char *request)
{
	struct test *test = (struct test *)server->script;
	const struct turn *turn = &turns[server->step];

	if (server->step >= sizeof(turns) / sizeof(turns[0]))
		return false;
	server->step++;
	if (!strstr(request, turn->asks)) {
		print_error("wanted %s, got %s\n", turn->asks, request);
		test->asked_wrongly = true;
	}
	server_send_pieces(fd, turn->answer, strlen(turn->answer), 7);
	return false;
}

static void tell(struct test *test, const char *what, const char *name)
{
	size_t length = strlen(test->told);

	snprintf(test->told + length, sizeof(test->told) - length, "%s%s ", what, name);
}

static void on_put(void *argument, json_t *object)
{
	const json_t *metadata = json_object_get(object, "metadata");

	tell(argument, "+", json_string_value(json_object_get(metadata, "name")));
}

static void on_removed(void *argument, const char *namespace, const char *name)
{
	struct test *test = argument;

	assert_string_equal(namespace, "shop");
	tell(test, "-", name);
	if (strcmp(name, "c") == 0)
		uv_stop(&test->loop);
}

static void on_settled(void *argument, const char *version)
{
	tell(argument, "@", version);
}

static void on_limit(uv_timer_t *timer)
{
	(void)timer;
	fail_msg("nothing came within 20 s");
}

static void nothing_is_lost_over_cuts_and_relists(void **state)
{
	static const struct kube_reflector_options options = {.path = "/api/v1/pods"};
	static const struct kube_reflector_events events = {
		.put = on_put, .removed = on_removed, .settled = on_settled};
	char path[] = "/tmp/shunt-kubeconfig-XXXXXX";
	struct kube_options where = {.kubeconfig = path};
	struct fetch_server server = {.answer = answer};
	struct kube_reflector *reflector;
	struct fetch_loop *fetches;
	struct problems problems = {0};
	struct test test = {0};
	struct kube *kube;
	int fd = mkstemp(path);

	(void)state;
	server.script = &test;
	server_start(&server);
	dprintf(fd,
		"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"
		"clusters: [{name: c, cluster: {server: \"http://127.0.0.1:%u\"}}]\n",
		server.port);
	close(fd);
	uv_loop_init(&test.loop);
	uv_timer_init(&test.loop, &test.limit);
	uv_timer_start(&test.limit, on_limit, 20000, 0);
	assert_int_equal(fetch_loop_start(&test.loop, &fetches), 0);
	assert_int_equal(kube_start(&test.loop, fetches, &where, &kube, &problems), 0);
	unlink(path);
	reflector = kube_reflector_start(kube, &options, &events, &test);
	assert_non_null(reflector);
	uv_run(&test.loop, UV_RUN_DEFAULT);
	kube_reflector_stop(reflector);
	kube_stop(kube);
	fetch_loop_stop(fetches);
	uv_close((uv_handle_t *)&test.limit, NULL);
	uv_run(&test.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&test.loop), 0);
	server_stop(&server);
	assert_false(test.asked_wrongly);
	assert_string_equal(test.told, "+a +b @5 +a @6 +c @7 @8 +a -b @9 -c @10 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_over_cuts_and_relists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
