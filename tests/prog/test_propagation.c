// SPDX-License-Identifier: Apache-2.0
/*
 * What is counted of a pod behind the loopback device that gets requests and makes calls: with and without
 * a marker, to tracked and untracked frontends, by what was in flight.
 */
#include "client.h"

#define POD "10.9.3.1"
#define POD_PORT 8080
#define PEER "10.9.0.7"
#define UNTRACKED "10.9.1.2"
#define POD_SERVICE 12

static const char unmarked[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
static const char marked[] = "GET / HTTP/1.1\r\nHost: a\r\nx-shunt-context: mmeng\r\n\r\n";
static const char response[] = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
static const char interim[] = "HTTP/1.1 103 Early Hints\r\n\r\n";

/* A segment with the text from one end to the other, by one of the programs, which must leave it alone. */
static void run(struct bpf_program *program, const char *source, __u16 source_port,
		const char *destination, __u16 destination_port, const char *text, size_t length)
{
	struct frame_tcp tcp = {
		.source = kernel_address(source),
		.destination = kernel_address(destination),
		.source_port = source_port,
		.destination_port = destination_port,
		.sequence = 1000,
		.acknowledgement = 1,
		.flags = FRAME_ACK | FRAME_PSH,
		.window = 500,
		.payload = text,
		.payload_length = length,
	};
	static struct frame in, out;

	frame_build(&in, &tcp);
	assert_int_equal(kernel_run(program, &in, &out), TC_ACT_UNSPEC);
	assert_memory_equal(in.bytes, out.bytes, in.length);
}

static void get(struct kernel *kernel, __u16 peer_port, const char *text)
{
	run(kernel->programs->progs.to_pod, PEER, peer_port, POD, POD_PORT, text, strlen(text));
}

static void answer(struct kernel *kernel, __u16 peer_port, const char *text)
{
	run(kernel->programs->progs.from_pod, POD, POD_PORT, PEER, peer_port, text, strlen(text));
}

/* On a connection of its own. */
static void call(struct kernel *kernel, const char *frontend, const char *text)
{
	static __u16 port = 50000;

	if (!strcmp(frontend, CLIENT_ORIGIN)) {
		struct shunt_connection connection = client_connection();

		connection.client = kernel_address(POD);
		assert_true(client_stream(kernel, &connection, text, strlen(text), 1448));
	} else {
		run(kernel->programs->progs.from_pod, POD, port++, frontend, 80, text,
		    strlen(text));
	}
}

static struct shunt_propagation counts(struct kernel *kernel)
{
	struct shunt_propagation values[libbpf_num_possible_cpus()], sum = {};
	__u32 service = POD_SERVICE;

	assert_true(kernel_get(kernel->programs->maps.propagation, &service, values));
	for (int i = 0; i < libbpf_num_possible_cpus(); i++)
		for (size_t n = 0; n < sizeof(sum) / sizeof(__u64); n++)
			((__u64 *)&sum)[n] += ((__u64 *)&values[i])[n];
	return sum;
}

static void enable(struct kernel *kernel, __u32 flags)
{
	struct shunt_settings settings = {.layout_version = SHUNT_LAYOUT_VERSION, .flags = flags};
	__u32 zero = 0;

	kernel_put(kernel->programs->maps.settings, &zero, &settings);
}

/* Nothing in flight, and nothing counted. */
static int begin(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_propagation none[libbpf_num_possible_cpus()];
	struct shunt_caller caller = {.service = POD_SERVICE};
	struct shunt_service name = {.name = "shop/users:http"};
	__u32 service = POD_SERVICE, loopback = 1;

	memset(none, 0, sizeof(none));
	kernel_put(kernel->programs->maps.services, &service, &name);
	kernel_put(kernel->programs->maps.propagation, &service, none);
	kernel_put(kernel->programs->maps.callers, &loopback, &caller);
	kernel_frontend(kernel, UNTRACKED, 80, 0);
	enable(kernel, SHUNT_SETTINGS_PROPAGATION);
	return 0;
}

static void counts_calls_by_what_is_in_flight(void **state)
{
	static const char *const frontends[] = {CLIENT_ORIGIN, UNTRACKED};
	struct kernel *kernel = *state;
	const __u32 both = SHUNT_DURING_MARKED | SHUNT_DURING_UNMARKED;

	for (int i = 0; i < 2; i++) {
		struct shunt_propagation after;

		begin(state);
		call(kernel, frontends[i], unmarked);
		get(kernel, 1, marked);
		call(kernel, frontends[i], marked);
		call(kernel, frontends[i], unmarked);
		get(kernel, 2, unmarked);
		get(kernel, 3, unmarked);
		get(kernel, 4, unmarked);
		call(kernel, frontends[i], unmarked);
		answer(kernel, 1, response);
		call(kernel, frontends[i], unmarked);
		after = counts(kernel);
		assert_int_equal(after.requests[0], 3);
		assert_int_equal(after.requests[1], 1);
		assert_int_equal(after.calls[0][0], 1);
		assert_int_equal(after.calls[1][SHUNT_DURING_MARKED], 1);
		assert_int_equal(after.calls[0][SHUNT_DURING_MARKED], 1);
		assert_int_equal(after.calls[0][both], 1);
		assert_int_equal(after.calls[0][SHUNT_DURING_UNMARKED], 1);
		assert_int_equal(after.expected, 1000 + 1000 + 250);
	}
}

static void interim_response_ends_nothing(void **state)
{
	struct kernel *kernel = *state;

	get(kernel, 1, marked);
	answer(kernel, 1, interim);
	answer(kernel, 2, response); /* another connection's */
	call(kernel, UNTRACKED, unmarked);
	assert_int_equal(counts(kernel).calls[0][SHUNT_DURING_MARKED], 1);
	answer(kernel, 1, response);
	call(kernel, UNTRACKED, unmarked);
	assert_int_equal(counts(kernel).calls[0][0], 1);
}

/* Its marker may be in what follows. */
static void head_that_is_cut_is_in_flight_but_not_counted(void **state)
{
	struct kernel *kernel = *state;

	run(kernel->programs->progs.to_pod, PEER, 1, POD, POD_PORT, marked, 28);
	call(kernel, UNTRACKED, unmarked);
	assert_int_equal(counts(kernel).requests[0] + counts(kernel).requests[1], 0);
	assert_int_equal(counts(kernel).calls[0][SHUNT_DURING_UNMARKED], 1);
	run(kernel->programs->progs.from_pod, POD, 49999, UNTRACKED, 80, marked, 28);
	assert_int_equal(counts(kernel).calls[0][SHUNT_DURING_UNMARKED], 1);
}

static void what_is_no_request_is_not_counted(void **state)
{
	static const char body[] = "GETTING a body that begins like a request";
	struct kernel *kernel = *state;
	struct shunt_propagation after;

	get(kernel, 1, body);
	get(kernel, 2, "\x16\x03\x01 is TLS, and so is the rest");
	get(kernel, 3, "GET");
	get(kernel, 4, "POSTED is this body, and so it is no request\r\n");
	call(kernel, UNTRACKED, body);
	run(kernel->programs->progs.from_pod, POD, 49998, "10.9.9.9", 80, unmarked,
	    strlen(unmarked)); /* to no frontend */
	after = counts(kernel);
	for (size_t n = 0; n < sizeof(after) / sizeof(__u64); n++)
		assert_int_equal(((__u64 *)&after)[n], 0);
	call(kernel, UNTRACKED, unmarked);
	assert_int_equal(counts(kernel).calls[0][0], 1);
}

/* Places for them are found by hashes: hardly one of so few is lost. */
static void many_requests_are_in_flight_at_a_time(void **state)
{
	struct kernel *kernel = *state;
	__u64 expected;

	for (__u16 port = 100; port < 116; port++)
		get(kernel, port, port & 1 ? marked : unmarked);
	call(kernel, UNTRACKED, unmarked);
	expected = counts(kernel).expected;
	assert_in_range(expected, 400, 600);
	for (__u16 port = 100; port < 116; port++)
		answer(kernel, port, response);
	call(kernel, UNTRACKED, unmarked);
	assert_int_equal(counts(kernel).expected, expected);
	assert_int_equal(counts(kernel).calls[0][0], 1);
}

/* What was in flight longer than that has no part in it. */
static void request_without_a_response_is_forgotten(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_caller caller;
	__u32 loopback = 1;

	get(kernel, 1, marked);
	assert_true(kernel_get(kernel->programs->maps.callers, &loopback, &caller));
	for (int i = 0; i < SHUNT_IN_FLIGHT_MAX; i++)
		if (caller.in_flight[i])
			caller.in_flight[i] -= (__u64)SHUNT_IN_FLIGHT_MS << 24;
	kernel_put(kernel->programs->maps.callers, &loopback, &caller);
	call(kernel, UNTRACKED, unmarked);
	assert_int_equal(counts(kernel).calls[0][0], 1);
	assert_int_equal(counts(kernel).expected, 0);
}

static void nothing_is_counted_unless_it_is_wanted(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_propagation after;

	enable(kernel, 0);
	get(kernel, 1, marked);
	call(kernel, UNTRACKED, unmarked);
	call(kernel, CLIENT_ORIGIN, unmarked);
	after = counts(kernel);
	for (size_t n = 0; n < sizeof(after) / sizeof(__u64); n++)
		assert_int_equal(((__u64 *)&after)[n], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(counts_calls_by_what_is_in_flight, begin),
		cmocka_unit_test_setup(interim_response_ends_nothing, begin),
		cmocka_unit_test_setup(head_that_is_cut_is_in_flight_but_not_counted, begin),
		cmocka_unit_test_setup(what_is_no_request_is_not_counted, begin),
		cmocka_unit_test_setup(many_requests_are_in_flight_at_a_time, begin),
		cmocka_unit_test_setup(request_without_a_response_is_forgotten, begin),
		cmocka_unit_test_setup(nothing_is_counted_unless_it_is_wanted, begin),
	};

	return cmocka_run_group_tests(tests, client_setup, kernel_teardown);
}
