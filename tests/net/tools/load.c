// SPDX-License-Identifier: Apache-2.0
/*
 * Load for benchmarks: connections that send one request after the other, each as soon as the one
 * before is answered. The requests of a connection take turns; every answer must come from the
 * server that its turn names, as the answer's field x-server tells.
 *
 *   load --connections 16 --seconds 2 -- HOST PORT -=users-1 x=users-x
 *
 * "-" is a request without a marker. Prints what was measured as JSON, on one line. What happens in
 * the first tenth of the time is not measured: connections are made then. With --close each request has
 * a connection of its own, and its latency begins with it.
 */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/histogram.h"
#include "lib/loaded.h"
#include "lib/turns.h"

#define LOAD_STALL_MS 5000 /* no answer at all for so long ends it */

static struct load load = {.connections = 16, .seconds = 2, .path = "/small"};
static struct load_result result;

static void begin_measuring(void)
{
	memset(&result, 0, sizeof(result));
	result.cpu_seconds = load_cpu_seconds();
	result.began = load_now();
	load.result = &result;
}

/* Whether the time is up; where the machine is busy, not before something was measured. */
static bool is_over(uint64_t end)
{
	return load_now() >= end && load.result && result.latency.count;
}

/* Serves the sockets until the time is up. Returns 0 or -errno. */
static int run(struct loaded *connections)
{
	uint64_t warm = load_now() + (uint64_t)(load.seconds * 1e8), end = warm;
	struct epoll_event events[256];
	int count;

	end += (uint64_t)(load.seconds * 1e9);
	while (!is_over(end)) {
		count = epoll_wait(load.epoll, events, 256, LOAD_STALL_MS);
		if (count < 0)
			return -errno;
		if (!count)
			return -ETIMEDOUT;
		if (!load.result && load_now() >= warm)
			begin_measuring();
		for (int i = 0; i < count; i++)
			loaded_serve(&load, &connections[events[i].data.u32]);
	}
	return 0;
}

static void print_latency(const char *name, const struct histogram *histogram)
{
	printf(", \"%s\": {\"p50\": %.2f, \"p99\": %.2f, \"p999\": %.2f, \"max\": %.2f}", name,
	       histogram_us(histogram, 0.5), histogram_us(histogram, 0.99),
	       histogram_us(histogram, 0.999), histogram->most / 1000.0);
}

static void print_result(double cpu_seconds)
{
	double seconds = (load_now() - result.began) / 1e9;
	uint64_t requests = result.latency.count;

	printf("{\"seconds\": %.3f, \"requests\": %lu, \"rate\": %.1f, \"errors\": %lu, "
	       "\"wrong\": %lu, \"connected\": %lu, \"cpu_per_100k\": %.4f",
	       seconds, requests, requests / seconds, load.errors, load.wrong, result.connect.count,
	       requests ? cpu_seconds * 100000 / requests : 0);
	print_latency("latency_us", &result.latency);
	print_latency("first_us", &result.first);
	print_latency("connect_us", &result.connect);
	printf("}\n");
}

static const struct argp_option options[] = {
	{"connections", 'c', "COUNT", 0, "at once (16)", 0},
	{"seconds", 's', "SECONDS", 0, "to measure (2)", 0},
	{"path", 'p', "PATH", 0, "to ask for (/small)", 0},
	{"close", 'n', NULL, 0, "a new connection for each request", 0},
	{0},
};

static error_t parse_argument(char *argument, struct argp_state *state)
{
	if (state->arg_num == 0)
		load.host = argument;
	else if (state->arg_num == 1)
		load.port = argument;
	else if (!turns_add(argument, load.turns, &load.turns_count))
		argp_error(state, "not CONTEXT=SERVER[,SERVER], or too many: %s", argument);
	return 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	if (key == ARGP_KEY_ARG)
		return parse_argument(argument, state);
	if (key == 'c')
		load.connections = atoi(argument);
	else if (key == 's')
		load.seconds = atof(argument);
	else if (key == 'p')
		load.path = argument;
	else if (key == 'n')
		load.close = true;
	else if (key == ARGP_KEY_END && (!load.turns_count || load.connections < 1))
		argp_error(state, "HOST, PORT, CONTEXT=SERVER and a connection are needed");
	else if (key != ARGP_KEY_END)
		return ARGP_ERR_UNKNOWN;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "HOST PORT CONTEXT=SERVER[,SERVER]...",
	};
	struct loaded *connections;
	int error;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	signal(SIGPIPE, SIG_IGN);
	connections = calloc(load.connections, sizeof(*connections));
	error = connections ? load_prepare(&load) : -ENOMEM;
	for (unsigned int i = 0; i < load.connections && !error; i++) {
		connections[i].number = i;
		error = loaded_connect(&load, &connections[i]);
	}
	if (!error)
		error = run(connections);
	if (error)
		fprintf(stderr, "%s: %s\n", argv[0], strerror(-error));
	else
		print_result(load_cpu_seconds() - result.cpu_seconds);
	free(connections);
	return error || load.wrong ? 1 : 0;
}
