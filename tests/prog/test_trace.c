// SPDX-License-Identifier: Apache-2.0
/* What is told of requests on a connection with both legs, and how much of it. */
#include "moving.h"
#include <sched.h>
#include <bpf/libbpf.h>
#include <shunt/events.h>

#define LINE "GET /orders/7?token=secret HTTP/1.1"
#define REQUEST(marker) LINE "\r\nhost: users\r\n" marker "\r\n"
#define MARKED REQUEST("x-shunt-context: mmeng\r\n")
#define EVENTS_MAX 8

static struct {
	struct shunt_event events[EVENTS_MAX];
	size_t sizes[EVENTS_MAX];
	size_t count;
} seen;

static int on_event(void *argument, void *data, size_t size)
{
	(void)argument;
	assert_true(seen.count < EVENTS_MAX);
	assert_true(size <= sizeof(seen.events[0]));
	memcpy(&seen.events[seen.count], data, size);
	seen.sizes[seen.count++] = size;
	return 0;
}

static void trace_set(struct kernel *kernel, __u32 rate, __u32 flags)
{
	struct shunt_tracing tracing = {.until = UINT64_MAX, .rate = rate, .flags = flags};
	__u32 zero = 0;

	kernel_put(kernel->programs->maps.tracing, &zero, &tracing);
}

/* Reads the events that there are since the last time. */
static void trace_read(struct kernel *kernel)
{
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(kernel->programs->maps.events), on_event, NULL, NULL);

	assert_non_null(ring);
	memset(&seen, 0, sizeof(seen));
	assert_true(ring_buffer__consume(ring) >= 0);
	ring_buffer__free(ring);
}

/* A request on a connection whose current leg this is. */
static void request(struct kernel *kernel, __u8 current, const char *text, int expected)
{
	struct shunt_flow flow = moving_flow(false, current);

	moving_put(kernel, false, &flow);
	moving_check(kernel, false, text, expected);
}

static void tells_of_each_request_that_names_a_context(void **state)
{
	static const struct {
		__u8 current;
		const char *text;
		int expected;
		__u8 reasons[2]; /* 0: none */
	} rows[] = {
		{1, MARKED, 1, {SHUNT_REASON_STAYED}},
		{0, MARKED, 1, {SHUNT_REASON_MOVED_PARKED}},
		{0, REQUEST("x-shunt-context: other\r\n"), 0, {SHUNT_REASON_UNKNOWN_CONTEXT}},
		{0, REQUEST("x-shunt-context: no name\r\n"), 0, {SHUNT_REASON_MARKER_INVALID}},
		{1,
		 REQUEST("x-shunt-context: mmeng\r\ncookie: shunt_context=other\r\n"),
		 1,
		 {SHUNT_REASON_MARKERS_DISAGREE, SHUNT_REASON_STAYED}},
		{0, REQUEST(""), 0, {0}},
	};
	struct kernel *kernel = *state;

	trace_set(kernel, 1000, SHUNT_TRACING_LIVE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		request(kernel, rows[i].current, rows[i].text, rows[i].expected);
		trace_read(kernel);
		assert_int_equal(seen.count, !!rows[i].reasons[0] + !!rows[i].reasons[1]);
		for (size_t k = 0; k < seen.count; k++) {
			assert_int_equal(seen.events[k].reason, rows[i].reasons[k]);
			assert_int_equal(seen.events[k].service, KERNEL_SERVICE);
			assert_int_equal(seen.sizes[k], SHUNT_EVENT_SHORT);
		}
	}
}

static void tells_where_a_request_stays(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_address endpoint = kernel_address(flow_ends[0].endpoint);

	trace_set(kernel, 1000, 0);
	request(kernel, 1, MARKED, 1);
	trace_read(kernel);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.events[0].context, "mmeng");
	assert_int_equal(seen.events[0].override_id, MOVING_OVERRIDE);
	assert_int_equal(seen.events[0].leg, 1);
	assert_int_equal(seen.events[0].target.port, FLOW_ENDPOINT_PORT);
	assert_memory_equal(&seen.events[0].target.address, &endpoint, sizeof(endpoint));
}

static void copies_the_request_line_only_where_asked_to(void **state)
{
	struct kernel *kernel = *state;

	trace_set(kernel, 1000, SHUNT_TRACING_LINES);
	request(kernel, 1, MARKED, 1);
	trace_read(kernel);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.sizes[0], sizeof(struct shunt_event));
	assert_memory_equal(seen.events[0].line, LINE "\r\n", sizeof(LINE "\r\n") - 1);
	trace_set(kernel, 1000, 0);
	request(kernel, 1, MARKED, 1);
	trace_read(kernel);
	assert_int_equal(seen.sizes[0], SHUNT_EVENT_SHORT);
}

/* Each CPU counts for itself. */
static void stay_on_this_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
}

/* Of the rate half is left to what is not repeated. A new second may begin once meanwhile. */
static void tells_no_more_than_it_is_asked_for(void **state)
{
	struct kernel *kernel = *state;
	__u64 limited;

	stay_on_this_cpu();
	trace_set(kernel, 4, 0);
	do { /* until a second begins */
		request(kernel, 1, MARKED, 1);
		trace_read(kernel);
	} while (!seen.count);
	limited = kernel_count(kernel, SHUNT_REASON_EVENT_LIMITED);
	for (int i = 0; i < 20; i++)
		request(kernel, 1, MARKED, 1);
	request(kernel, 0, REQUEST("x-shunt-context: other\r\n"), 0);
	trace_read(kernel);
	assert_in_range(seen.count, 2, 5);
	assert_int_equal(seen.events[seen.count - 1].reason, SHUNT_REASON_UNKNOWN_CONTEXT);
	assert_int_equal(kernel_count(kernel, SHUNT_REASON_EVENT_LIMITED) - limited,
			 21 - seen.count);
}

static void tells_nothing_where_nobody_asks(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_tracing none = {0}, past = {.until = 1, .rate = 1000};
	__u32 zero = 0;

	kernel_put(kernel->programs->maps.tracing, &zero, &none);
	request(kernel, 1, MARKED, 1);
	kernel_put(kernel->programs->maps.tracing, &zero, &past);
	request(kernel, 1, MARKED, 1);
	trace_read(kernel);
	assert_int_equal(seen.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_of_each_request_that_names_a_context),
		cmocka_unit_test(tells_where_a_request_stays),
		cmocka_unit_test(copies_the_request_line_only_where_asked_to),
		cmocka_unit_test(tells_no_more_than_it_is_asked_for),
		cmocka_unit_test(tells_nothing_where_nobody_asks),
	};

	return cmocka_run_group_tests(tests, moving_setup, kernel_teardown);
}
