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
#include "user/cli/agent_client.h"
#include "user/cli/trace_filter.h"
#include "user/cli/trace_print.h"
#include "user/cli/trace_ring.h"
#include "user/lib/log.h"
#include "user/lib/service_name.h"
#include "user/lib/text.h"

#define PATH_SIZE 128
#define DONE 1 /* no further line is wanted */

enum {
	KEY_CONTEXT = 2000,
	KEY_SERVICE,
	KEY_CLIENT,
	KEY_OUTCOME,
	KEY_SINCE,
	KEY_FOLLOW,
	KEY_PATHS,
	KEY_COUNT,
};

struct trace {
	struct globals *globals;
	struct trace_filter filter;
	unsigned long since; /* seconds; 0: from now on */
	bool follow;
	bool paths;
	unsigned long count; /* lines to print; 0: no limit */
	unsigned long printed;
};

static volatile sig_atomic_t stopped;

static const struct argp_option descriptions[] = {
	{"context", KEY_CONTEXT, "NAME", 0, "Only events of this context", 0},
	{"service", KEY_SERVICE, "[NAMESPACE/]NAME[:PORT]", 0, "Only events of this service", 0},
	{"client", KEY_CLIENT, "ADDRESS[:PORT|/LENGTH]", 0, "Only events of these clients", 0},
	{"outcome", KEY_OUTCOME, "LIST", 0,
	 "Only these outcomes or reasons, with commas between: moved, stayed, answered, origin, "
	 "retried, ignored, unmoved, pinned, noted, fenced; refused, timeout and so on",
	 0},
	{"since", KEY_SINCE, "TIME", 0,
	 "Print what the agent remembers of so long, as 30s or 5m, and end with the present", 0},
	{"follow", KEY_FOLLOW, NULL, 0, "Print events as they happen, also after a history", 0},
	{"paths", KEY_PATHS, NULL, 0,
	 "With method and path, which may hold secrets: the kernel copies them while this runs", 0},
	{"count", KEY_COUNT, "N", 0, "Stop after N lines", 0},
	{0},
};

static void add_outcomes(struct trace *trace, char *list, struct argp_state *state)
{
	const char *unknown;
	int error = trace_filter_outcomes(&trace->filter, list, &unknown);

	if (error)
		argp_error(state,
			   error == -E2BIG ? "--outcome: too many, at %s"
					   : "--outcome: neither an outcome nor a reason: %s",
			   unknown);
}

static error_t parse_filter(struct trace *trace, int key, char *value, struct argp_state *state)
{
	switch (key) {
	case KEY_CONTEXT:
		trace->filter.context = command_context_name(state, value);
		return 0;
	case KEY_SERVICE:
		if (!service_name_is_valid(value))
			argp_error(state, "--service: not a service: %s", value);
		trace->filter.service = value;
		return 0;
	case KEY_CLIENT:
		if (trace_filter_client(&trace->filter, value))
			argp_error(state,
				   "--client: not an address, address and port, or prefix: %s",
				   value);
		return 0;
	case KEY_OUTCOME:
		add_outcomes(trace, value, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct trace *trace = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, trace->globals);
		return 0;
	case KEY_SINCE:
		if (text_parse_duration(value, &trace->since))
			argp_error(state, "--since: not a time as 30s or 5m: %s", value);
		return 0;
	case KEY_FOLLOW:
		trace->follow = true;
		return 0;
	case KEY_PATHS:
		trace->paths = true;
		return 0;
	case KEY_COUNT:
		trace->count = command_number(state, "--count", value, ULONG_MAX);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", value);
		return 0;
	default:
		return parse_filter(trace, key, value, state);
	}
}

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

/* Whether nobody reads any more; without it this would be noticed only with the next event. */
static bool is_reader_gone(void)
{
	struct pollfd output = {.fd = STDOUT_FILENO};

	return poll(&output, 1, 0) > 0 && output.revents & POLLERR;
}

static int print(const struct trace *trace, json_t *event)
{
	if (trace->globals->json)
		return command_print_json(json_incref(event), true);
	trace_print(stdout, stderr, event);
	return fflush(stdout) ? -errno : 0;
}

static int on_line(void *argument, json_t *event)
{
	struct trace *trace = argument;
	int error;

	if (stopped || (!event && is_reader_gone()))
		return DONE;
	if (!event || !trace_filter_passes(&trace->filter, event))
		return 0;
	error = print(trace, event);
	if (error)
		return error;
	return ++trace->printed == trace->count ? DONE : 0;
}

static int run(struct trace *trace)
{
	const char *bpffs = trace->globals->bpffs;
	char path[PATH_SIZE];
	int result;

	snprintf(path, sizeof(path), "/trace?since=%lu%s%s", trace->since,
		 trace->follow ? "&follow=1" : "", trace->paths ? "&lines=1" : "");
	result = agent_client_get(bpffs, path, on_line, trace);
	if (result != -ENOENT && result != -EBUSY) {
		if (result < 0 && result != -EPIPE)
			log_line("cannot ask the agent: %s", strerror(-result));
		return result;
	}
	if (trace->since) {
		log_line("no agent of %s can be asked, so there is no history", bpffs);
		return result;
	}
	return trace_ring_read(trace->globals, trace->paths, on_line, trace);
}

int trace_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.doc = "Print what becomes of each request that names a context, one line an "
		       "event, "
		       "until it is stopped.",
		.children = command_children,
	};
	const struct sigaction action = {.sa_handler = on_signal};
	struct trace trace = {.globals = globals};
	int result;

	argp_parse(&argp, argc, argv, 0, NULL, &trace);
	trace.follow = trace.follow || !trace.since;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	result = run(&trace);
	/* Who reads may stop whenever they like. */
	return result < 0 && result != -EPIPE ? EXIT_FAILURE : EXIT_SUCCESS;
}
