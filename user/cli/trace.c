// SPDX-License-Identifier: Apache-2.0
#include "user/cli/trace.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "user/cli/trace_print.h"
#include "user/lib/bpffs.h"
#include "user/lib/clock.h"
#include "user/lib/log.h"

#define LEASE (2 * CLOCK_SECOND) /* events are written so long after the last renewal */
#define RENEW_MS 500
#define RATE 5000 /* events a second and CPU */

enum {
	KEY_CONTEXT = 2000,
	KEY_COUNT,
};

struct trace {
	struct globals *globals;
	const char *context; /* NULL: all */
	unsigned long count; /* lines to print; 0: no limit */
	unsigned long printed;
	struct maps maps;
	__u64 start; /* monotonic */
	int error;
};

static volatile sig_atomic_t stopped;

static const struct argp_option descriptions[] = {
	{"context", KEY_CONTEXT, "NAME", 0, "Only events of this context", 0},
	{"count", KEY_COUNT, "N", 0, "Stop after N lines", 0},
	{0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct trace *trace = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, trace->globals);
		return 0;
	case KEY_CONTEXT:
		trace->context = command_context_name(state, value);
		return 0;
	case KEY_COUNT:
		trace->count = command_number(state, "--count", value, ULONG_MAX);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static bool is_wanted(const struct trace *trace, const struct shunt_event *event)
{
	/* Left in the ring by an earlier trace that was cut short. */
	if (event->time < trace->start)
		return false;
	return !trace->context ||
	       strncmp(trace->context, event->context, sizeof(event->context)) == 0;
}

static int on_event(void *argument, void *data, size_t size)
{
	const struct shunt_event *event = data;
	char service[SHUNT_SERVICE_NAME_MAX + 1];
	struct trace *trace = argument;
	__u64 wall;

	if (size < SHUNT_EVENT_SHORT || !is_wanted(trace, event))
		return 0;
	wall = clock_wall_at(event->time);
	maps_service_name(&trace->maps, event->service, service);
	if (trace->globals->json) {
		trace->error = command_print_json(trace_to_json(event, wall, service), true);
	} else {
		trace_print_text(stdout, event, wall, service);
		trace->error = fflush(stdout) ? -errno : 0;
	}
	if (++trace->printed == trace->count)
		stopped = 1;
	return trace->error || stopped ? -ECANCELED : 0;
}

static int set_until(const struct trace *trace, __u64 until)
{
	struct shunt_tracing tracing = {
		.until = until, .rate = RATE, .flags = SHUNT_TRACING_LIVE};
	__u32 zero = 0;

	return bpf_map_update_elem(trace->maps.fds[PINS_TRACING], &zero, &tracing, BPF_ANY);
}

/* Whether nobody reads any more; without it this would be noticed only with the next event. */
static bool is_reader_gone(void)
{
	struct pollfd output = {.fd = STDOUT_FILENO};

	return poll(&output, 1, 0) > 0 && output.revents & POLLERR;
}

static int follow(struct trace *trace)
{
	struct ring_buffer *ring;
	int error = 0;

	ring = ring_buffer__new(trace->maps.fds[PINS_EVENTS], on_event, trace, NULL);
	if (!ring)
		return -errno;
	trace->start = clock_monotonic();
	while (!stopped && !error && !is_reader_gone()) {
		error = set_until(trace, clock_monotonic() + LEASE);
		if (error)
			break;
		error = ring_buffer__poll(ring, RENEW_MS);
		if (error > 0 || error == -EINTR || error == -ECANCELED)
			error = 0;
		if (trace->error)
			error = trace->error;
	}
	set_until(trace, 0);
	ring_buffer__free(ring);
	return error;
}

static int lock_tracer(const struct globals *globals, int *lock)
{
	char path[PATH_MAX];
	int error;

	error = pins_tracer_path(globals->bpffs, path, sizeof(path));
	if (!error)
		error = bpffs_lock(path, lock);
	if (error == -EWOULDBLOCK)
		log_line("another `shunt trace` runs on %s: there can be only one", globals->bpffs);
	else if (error)
		log_line("cannot lock %s: %s", path, strerror(-error));
	return error;
}

static int run(struct trace *trace)
{
	struct sigaction action = {.sa_handler = on_signal};
	int lock, error;

	if (lock_tracer(trace->globals, &lock))
		return EXIT_FAILURE;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	error = follow(trace);
	close(lock);
	/* Who reads may stop whenever they like. */
	if (error && error != -EPIPE)
		log_line("cannot trace: %s", strerror(-error));
	return error && error != -EPIPE ? EXIT_FAILURE : EXIT_SUCCESS;
}

int trace_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.doc = "Print each move and each failure as it happens, one line an event, until "
		       "it "
		       "is stopped.",
		.children = command_children,
	};
	struct trace trace = {.globals = globals};
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &trace);
	if (command_open_maps(globals, &trace.maps))
		return EXIT_FAILURE;
	status = run(&trace);
	maps_close(&trace.maps);
	return status;
}
