// SPDX-License-Identifier: Apache-2.0
/*
 * Packets of a client whose socket there is, where they do not come in order: a
 * SYN when the connection is under way, and a request or a FIN before what the client sent before it.
 */
#include <arpa/inet.h>
#include "bpf/framing.h"
#include "kernel.h"

#define SERVER "127.0.0.1"
#define REQUEST "GET / HTTP/1.1\r\nhost: users\r\n\r\n"
#define NEXT 7000 /* where the connection's next request would begin */

static struct sockaddr_in server; /* its backlog takes one connection */
static int listener;

/* Dials the server without waiting. The SYN that the socket sends is in *syn; its checksum was left to
 * the device, which is why none of what is read is asked to be right. */
static int dial(struct kernel *kernel, struct frame *syn)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct frame_tcp tcp;

	while (!kernel_silent(kernel))
		kernel_injected(kernel, syn);
	connect(fd, (struct sockaddr *)&server, sizeof(server));
	do {
		assert_true(kernel_injected(kernel, syn));
		frame_read(syn, &tcp);
	} while (tcp.flags != FRAME_SYN);
	return fd;
}

static struct shunt_connection connection_of(const struct frame *syn)
{
	struct frame_tcp tcp;

	frame_read(syn, &tcp);
	return (struct shunt_connection){.client = tcp.source,
					 .remote = tcp.destination,
					 .client_port = tcp.source_port,
					 .remote_port = tcp.destination_port};
}

/* Runs the SYN on a connection of which this is known. Returns the verdict, and what is known then. */
static int run(struct kernel *kernel, const struct frame *syn, struct shunt_framing *known)
{
	struct shunt_connection key = connection_of(syn);
	struct bpf_map *framing = kernel->programs->maps.framing;
	static struct frame out;
	int verdict;

	kernel_put(framing, &key, known);
	verdict = kernel_run(kernel->programs->progs.from_pod, syn, &out);
	assert_true(kernel_get(framing, &key, known));
	return verdict;
}

static void drops_a_syn_that_comes_late(void **state)
{
	struct shunt_framing known = {.requests.state = FRAMING_BODY, .requests.next = NEXT};
	static struct frame syn;
	int fd = dial(*state, &syn);

	assert_int_equal(run(*state, &syn, &known), TC_ACT_SHOT);
	assert_int_equal(known.requests.state, FRAMING_BODY);
	assert_int_equal(known.requests.next, NEXT);
	close(fd);
}

/* The backlog is full, so the socket sends its SYN again and again. */
static void begins_anew_while_the_socket_has_no_answer(void **state)
{
	struct shunt_framing known = {.requests.state = FRAMING_BODY, .requests.next = NEXT};
	static struct frame first, syn;
	int answered = dial(*state, &first), fd = dial(*state, &syn);

	assert_int_equal(run(*state, &syn, &known), TC_ACT_UNSPEC);
	assert_int_equal(known.requests.state, FRAMING_START);
	close(fd);
	close(answered);
}

struct order_case {
	const char *name;
	__u32 state; /* of the requests before the FIN */
	__u32 remaining; /* bytes of a body */
	__u32 ahead; /* how many bytes the packet has overtaken */
	int verdict;
};

static const struct order_case ends[] = {
	{"in order", FRAMING_START, 0, 0, TC_ACT_UNSPEC},
	{"before a request", FRAMING_START, 0, 60, TC_ACT_REDIRECT},
	{"before the rest of a head", FRAMING_HEAD, 0, 60, TC_ACT_REDIRECT},
	{"before the end of a body", FRAMING_BODY, 60, 60, TC_ACT_UNSPEC},
	{"before more than that", FRAMING_BODY, 60, 61, TC_ACT_REDIRECT},
	{"before chunks", FRAMING_CHUNK_SIZE, 0, 60, TC_ACT_REDIRECT},
	{"where nothing is known", FRAMING_UNPROVEN, 0, 60, TC_ACT_UNSPEC},
	{"where nothing is followed", FRAMING_PINNED, 0, 60, TC_ACT_UNSPEC},
};

/* Makes *frame a packet with `flags` and `payload` of the connection that *syn asked for, `ahead` of what
 * is known of it. */
static void overtakes(const struct frame *syn, struct frame *frame, struct shunt_framing *known,
		      __u8 flags, const char *payload, __u32 ahead)
{
	struct frame_tcp tcp;

	frame_read(syn, &tcp);
	known->requests.next = tcp.sequence + 1;
	tcp.sequence += 1 + ahead;
	tcp.flags = flags;
	tcp.options_length = 0;
	tcp.payload = payload;
	tcp.payload_length = strlen(payload);
	frame_build(frame, &tcp);
}

static void puts_a_fin_in_again_that_comes_early(void **state)
{
	static struct frame syn, frame;
	int fd = dial(*state, &syn);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct shunt_framing known = {.requests.state = ends[i].state,
					      .requests.remaining = ends[i].remaining};
		bool early = ends[i].verdict == TC_ACT_REDIRECT;

		overtakes(&syn, &frame, &known, FRAME_FIN | FRAME_ACK, "", ends[i].ahead);
		if (run(*state, &frame, &known) != ends[i].verdict || known.early != early)
			fail_msg("%s", ends[i].name);
		assert_int_equal(known.requests.state, ends[i].state);
	}
	close(fd);
}

/* It comes as often as if it were a new one: nothing is counted of it but that. */
static void puts_a_packet_in_again_that_comes_early(void **state)
{
	struct shunt_framing known = {.requests.state = FRAMING_START};
	static struct frame syn, frame;
	int fd = dial(*state, &syn);
	__u64 requests = kernel_count(*state, SHUNT_REASON_REQUEST);
	__u64 before = kernel_count(*state, SHUNT_REASON_REINJECTED);

	for (__u32 n = 1; n <= 3; n++) {
		overtakes(&syn, &frame, &known, FRAME_ACK, REQUEST, 10);
		assert_int_equal(run(*state, &frame, &known), TC_ACT_REDIRECT);
		assert_int_equal(known.early, n);
		assert_int_equal(known.requests.state, FRAMING_START);
	}
	assert_int_equal(kernel_count(*state, SHUNT_REASON_REINJECTED), before + 3);
	assert_int_equal(kernel_count(*state, SHUNT_REASON_REQUEST), requests);
	close(fd);
}

static void drops_what_came_early_too_often(void **state)
{
	struct shunt_framing known = {.early = SHUNT_EARLY_ROUNDS_MAX - 1};
	static struct frame syn, frame;
	int fd = dial(*state, &syn);
	__u64 before = kernel_count(*state, SHUNT_REASON_AHEAD);

	known.requests.state = FRAMING_START;
	overtakes(&syn, &frame, &known, FRAME_ACK, REQUEST, 10);
	assert_int_equal(run(*state, &frame, &known), TC_ACT_REDIRECT);
	assert_int_equal(run(*state, &frame, &known), TC_ACT_SHOT);
	overtakes(&syn, &frame, &known, FRAME_FIN | FRAME_ACK, "", 10);
	assert_int_equal(run(*state, &frame, &known), TC_ACT_SHOT);
	assert_int_equal(kernel_count(*state, SHUNT_REASON_AHEAD), before + 2);
	assert_int_equal(known.early, SHUNT_EARLY_IN_VAIN);
	close(fd);
}

/* How often a packet is put in again, of a connection whose missing bytes never come. */
static __u32 rounds_in_vain(struct kernel *kernel)
{
	struct shunt_framing known = {.requests.state = FRAMING_START};
	static struct frame syn, frame;
	int fd = dial(kernel, &syn);
	__u32 rounds = 0;

	overtakes(&syn, &frame, &known, FRAME_ACK, REQUEST, 10);
	while (run(kernel, &frame, &known) == TC_ACT_REDIRECT && rounds <= SHUNT_EARLY_ROUNDS_MAX)
		rounds++;
	close(fd);
	return rounds;
}

/* A period that ends meanwhile takes one halving back. */
static void tries_less_where_it_is_in_vain_time_and_again(void **state)
{
	const __u32 least = SHUNT_EARLY_ROUNDS_MAX >> SHUNT_EARLY_DOUBT_MAX;
	__u32 first = rounds_in_vain(*state), last = first;

	for (int i = 0; i < 100 && last > 2 * least; i++)
		last = rounds_in_vain(*state);
	print_message("# %u rounds at first, %u then\n", first, last);
	assert_in_range(first, 16 * least, SHUNT_EARLY_ROUNDS_MAX);
	assert_in_range(last, least, 2 * least);
	usleep((SHUNT_EARLY_DOUBT_MAX + 2) << (SHUNT_EARLY_PERIOD - 10));
	assert_int_equal(rounds_in_vain(*state), SHUNT_EARLY_ROUNDS_MAX);
}

/* What was missing has come; the next bytes that are get as many rounds. */
static void begins_to_count_anew_when_the_stream_advances(void **state)
{
	struct shunt_framing known = {.early = SHUNT_EARLY_ROUNDS_MAX};
	static struct frame syn, frame;
	int fd = dial(*state, &syn);
	__u32 next;

	known.requests.state = FRAMING_START;
	overtakes(&syn, &frame, &known, FRAME_ACK, REQUEST, 0);
	next = known.requests.next + strlen(REQUEST);
	assert_int_equal(run(*state, &frame, &known), TC_ACT_UNSPEC);
	assert_int_equal(known.requests.next, next);
	assert_int_equal(known.early, 0);
	close(fd);
}

/* What was overtaken has reached the server unseen, so it does not come again. */
static void lets_a_fin_go_on_that_nothing_comes_behind(void **state)
{
	struct shunt_framing known = {.requests.state = FRAMING_START};
	static struct frame syn, frame;
	int fd = dial(*state, &syn);
	struct frame_tcp fin;

	frame_read(&syn, &fin);
	known.requests.next = fin.sequence - 50;
	fin.sequence++;
	fin.flags = FRAME_FIN | FRAME_ACK;
	fin.options_length = 0;
	frame_build(&frame, &fin);
	assert_int_equal(run(*state, &frame, &known), TC_ACT_UNSPEC);
	close(fd);
}

static int order_setup(void **state)
{
	struct shunt_link link = {.netns_id = -1};
	socklen_t size = sizeof(server);
	struct kernel *kernel;
	__u32 loopback;

	if (kernel_setup(state))
		return -1;
	kernel = *state;
	server.sin_family = AF_INET;
	inet_pton(AF_INET, SERVER, &server.sin_addr);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&server, size) || listen(listener, 0) ||
	    getsockname(listener, (struct sockaddr *)&server, &size))
		return -1;
	kernel_frontend(kernel, SERVER, ntohs(server.sin_port), SHUNT_FRONTEND_TRACKED);
	loopback = if_nametoindex("lo");
	kernel_put(kernel->programs->maps.links, &loopback, &link);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drops_a_syn_that_comes_late),
		cmocka_unit_test(begins_anew_while_the_socket_has_no_answer),
		cmocka_unit_test(puts_a_fin_in_again_that_comes_early),
		cmocka_unit_test(puts_a_packet_in_again_that_comes_early),
		cmocka_unit_test(drops_what_came_early_too_often),
		cmocka_unit_test(tries_less_where_it_is_in_vain_time_and_again),
		cmocka_unit_test(begins_to_count_anew_when_the_stream_advances),
		cmocka_unit_test(lets_a_fin_go_on_that_nothing_comes_behind),
	};

	return cmocka_run_group_tests(tests, order_setup, kernel_teardown);
}
