// SPDX-License-Identifier: Apache-2.0
/* Events as objects, the lines of `shunt trace`, and what passes its filters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/cli/trace_filter.h"
#include "user/cli/trace_print.h"
#include "user/lib/address.h"
#include "user/lib/event_json.h"
#include "user/lib/reason.h"

#define WALL 1767225600123456000ULL /* 2026-01-01T00:00:00.123456Z */

static struct shunt_event make_event(__u8 reason)
{
	struct shunt_event event = {.reason = reason, .context = "mmeng", .duration = 84000};
	struct shunt_endpoint client, remote;

	assert_int_equal(address_parse_endpoint("10.77.2.2:41822", &client), 0);
	assert_int_equal(address_parse_endpoint("10.77.96.10:80", &remote), 0);
	assert_int_equal(address_parse_endpoint("10.77.4.2:8080", &event.target), 0);
	event.connection.client = client.address;
	event.connection.client_port = client.port;
	event.connection.remote = remote.address;
	event.connection.remote_port = remote.port;
	return event;
}

static json_t *to_json(const struct shunt_event *event, const char *pod)
{
	const struct event_names names = {.service = "shop/users:http", .target_pod = pod};
	json_t *object = event_to_json(event, WALL, &names);

	assert_non_null(object);
	return object;
}

/* The line without its time, which depends on where we are; errors behind it. */
static void check_line(const json_t *object, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	const char *line;

	trace_print(file, file, object);
	fclose(file);
	line = strstr(text, ".123456  ");
	assert_string_equal(line ? line + 9 : text, expected);
	free(text);
}

static void check(const struct shunt_event *event, const char *pod, const char *expected)
{
	json_t *object = to_json(event, pod);

	check_line(object, expected);
	json_decref(object);
}

static void lines_say_where_a_request_went_and_why(void **state)
{
	struct shunt_event event = make_event(SHUNT_REASON_MOVED_NEW);

	(void)state;
	check(&event, NULL,
	      "mmeng  shop/users:http  10.77.2.2:41822 → 10.77.4.2:8080  moved in 84 µs\n");
	check(&event, "shop/users-x",
	      "mmeng  shop/users:http  10.77.2.2:41822 → 10.77.4.2:8080  moved in 84 µs  (? → "
	      "shop/users-x)\n");
	event.context[0] = 0;
	event.reason = SHUNT_REASON_MOVED_PARKED;
	check(&event, NULL,
	      "-  shop/users:http  10.77.2.2:41822 → 10.77.4.2:8080  moved over a parked leg\n");
	event = make_event(SHUNT_REASON_TIMEOUT);
	event.then = SHUNT_REASON_ANSWERED;
	check(&event, NULL,
	      "mmeng  shop/users:http  10.77.2.2:41822 → 10.77.4.2:8080  failed: endpoint did not "
	      "answer; answered 504\n");
	event.then = SHUNT_REASON_TO_ORIGIN;
	check(&event, NULL,
	      "mmeng  shop/users:http  10.77.2.2:41822 → 10.77.96.10:80  failed: endpoint did not "
	      "answer; sent to the origin\n");
	event = make_event(SHUNT_REASON_UNSIGNED);
	event.target = (struct shunt_endpoint){0};
	check(&event, NULL,
	      "mmeng  shop/users:http  10.77.2.2:41822 → 10.77.96.10:80  marker has to be signed "
	      "and "
	      "is not; ignored\n");
	event.reason = SHUNT_REASON_TLS;
	check(&event, NULL, "mmeng  shop/users:http  10.77.2.2:41822 → -  TLS\n");
}

static void losses_are_told(void **state)
{
	json_t *object = event_lost_to_json(WALL, SHUNT_REASON_EVENT_LIMITED, 17);
	const struct trace_filter filter = {.context = "other"};

	(void)state;
	check_line(object, "17 events are missing here: event not recorded: more than allowed in a "
			   "second\n");
	assert_true(trace_filter_passes(&filter, object));
	json_decref(object);
}

/* A record of the kernel's with this line behind it; what is left of the line then. */
static void check_cut(const char *line, const char *expected)
{
	struct shunt_event record = make_event(SHUNT_REASON_STAYED), event;

	memset(record.line, 'S', sizeof(record.line)); /* another connection's, behind the head */
	memcpy(record.line, line, strlen(line));
	assert_int_equal(event_read(&record, sizeof(record), &event), 0);
	assert_memory_equal(event.line, expected, strlen(expected));
	for (size_t i = strlen(expected); i < sizeof(event.line); i++)
		assert_int_equal(event.line[i], 0);
}

static void of_a_request_line_only_method_and_path_are_kept(void **state)
{
	struct shunt_event record = make_event(SHUNT_REASON_STAYED), event;
	json_t *object;

	(void)state;
	check_cut("GET /a/b HTTP/1.1\r\nauthorization: secret", "GET /a/b");
	check_cut("GET /a?token=secret HTTP/1.1\r\n", "GET /a");
	check_cut("GET /a\x1b[31m HTTP/1.1\r\n", "GET /a");
	check_cut("\r\nsecret", "");
	assert_int_equal(event_read(&record, SHUNT_EVENT_SHORT - 1, &event), -EINVAL);
	assert_int_equal(event_read(&record, SHUNT_EVENT_SHORT, &event), 0);
	strcpy(event.line, "GET /a/b");
	object = to_json(&event, NULL);
	assert_string_equal(json_string_value(json_object_get(object, "method")), "GET");
	assert_string_equal(json_string_value(json_object_get(object, "path")), "/a/b");
	check_line(object, "mmeng  shop/users:http  GET /a/b  10.77.2.2:41822 → 10.77.4.2:8080  "
			   "request belongs to the present target\n");
	json_decref(object);
}

static void outcomes_in_one_word(void **state)
{
	static const struct {
		__u8 reason;
		__u8 then;
		enum reason_outcome outcome;
	} rows[] = {
		{SHUNT_REASON_MOVED_NEW, 0, REASON_OUTCOME_MOVED},
		{SHUNT_REASON_STAYED, 0, REASON_OUTCOME_STAYED},
		{SHUNT_REASON_REFUSED, SHUNT_REASON_ANSWERED, REASON_OUTCOME_ANSWERED},
		{SHUNT_REASON_REFUSED, SHUNT_REASON_NEXT_ENDPOINT, REASON_OUTCOME_RETRIED},
		{SHUNT_REASON_TIMEOUT, SHUNT_REASON_TO_ORIGIN, REASON_OUTCOME_ORIGIN},
		{SHUNT_REASON_FLOWS_FULL, 0, REASON_OUTCOME_UNMOVED},
		{SHUNT_REASON_PIPELINED, 0, REASON_OUTCOME_UNMOVED},
		{SHUNT_REASON_UNKNOWN_CONTEXT, 0, REASON_OUTCOME_IGNORED},
		{SHUNT_REASON_BAD_TRANSFER_ENCODING, 0, REASON_OUTCOME_PINNED},
		{SHUNT_REASON_ENDED, 0, REASON_OUTCOME_PINNED},
		{SHUNT_REASON_MARKERS_DISAGREE, 0, REASON_OUTCOME_NOTED},
		{SHUNT_REASON_FENCE_REFUSED, 0, REASON_OUTCOME_FENCED},
		{SHUNT_REASON_EVENT_LOST, 0, REASON_OUTCOME_LOST},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct shunt_event event = {.reason = rows[i].reason, .then = rows[i].then};

		assert_int_equal(reason_outcome(&event), rows[i].outcome);
	}
}

static void filters_let_through_what_they_name(void **state)
{
	struct shunt_event event = make_event(SHUNT_REASON_REFUSED);
	static const struct {
		const char *context, *service, *client, *outcomes;
		bool passes;
	} rows[] = {
		{NULL, NULL, NULL, NULL, true},
		{"mmeng", "users", "10.77.2.2", "refused", true},
		{"mmen", NULL, NULL, NULL, false},
		{NULL, "shop/users", NULL, NULL, true},
		{NULL, "shop/users:http", NULL, NULL, true},
		{NULL, "users:http", NULL, NULL, true},
		{NULL, "users:web", NULL, NULL, false},
		{NULL, "shop/user", NULL, NULL, false},
		{NULL, "other/users", NULL, NULL, false},
		{NULL, NULL, "10.77.2.2:41822", NULL, true},
		{NULL, NULL, "10.77.2.2:41823", NULL, false},
		{NULL, NULL, "10.77.0.0/16", NULL, true},
		{NULL, NULL, "10.78.0.0/16", NULL, false},
		{NULL, NULL, "fd00::1", NULL, false},
		{NULL, NULL, NULL, "moved,answered", true},
		{NULL, NULL, NULL, "moved,stayed", false},
	};
	json_t *object;

	(void)state;
	event.then = SHUNT_REASON_ANSWERED;
	object = to_json(&event, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trace_filter filter = {.context = rows[i].context,
					      .service = rows[i].service};
		char list[32] = "";
		const char *unknown;

		if (rows[i].client)
			assert_int_equal(trace_filter_client(&filter, rows[i].client), 0);
		if (rows[i].outcomes)
			assert_int_equal(trace_filter_outcomes(
						 &filter, strcpy(list, rows[i].outcomes), &unknown),
					 0);
		assert_int_equal(trace_filter_passes(&filter, object), rows[i].passes);
	}
	json_decref(object);
}

static void filters_refuse_what_is_none(void **state)
{
	struct trace_filter filter = {0};
	char list[] = "moved,mooved";
	const char *unknown;

	(void)state;
	assert_int_equal(trace_filter_client(&filter, "users"), -EINVAL);
	assert_int_equal(trace_filter_client(&filter, "10.0.0.0/33"), -EINVAL);
	assert_int_equal(trace_filter_outcomes(&filter, list, &unknown), -EINVAL);
	assert_string_equal(unknown, "mooved");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_say_where_a_request_went_and_why),
		cmocka_unit_test(losses_are_told),
		cmocka_unit_test(of_a_request_line_only_method_and_path_are_kept),
		cmocka_unit_test(outcomes_in_one_word),
		cmocka_unit_test(filters_let_through_what_they_name),
		cmocka_unit_test(filters_refuse_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
