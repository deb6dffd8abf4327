// SPDX-License-Identifier: Apache-2.0
#include "user/cli/top.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "user/cli/table.h"
#include "user/cli/top_sample.h"
#include "user/lib/clock.h"
#include "user/lib/format.h"
#include "user/lib/log.h"
#include "user/lib/text.h"

#define INTERVAL_DEFAULT 2 /* seconds */
#define INTERVAL_MAX (60 * 60)
#define ROWS_DEFAULT 20
#define ROWS_MAX 100000
#define HEAD_LINES 4 /* beside the rows */
#define CLEAR "\033[H\033[2J"
#define NUMBER_SIZE 32

enum {
	KEY_BY = 2000,
	KEY_INTERVAL,
	KEY_ROWS,
};

struct top {
	struct globals *globals;
	enum top_by by;
	unsigned long interval; /* seconds */
	unsigned long iterations; /* 0: no limit */
	unsigned long rows; /* 0: as many as fit */
};

static volatile sig_atomic_t stopped;

static const struct argp_option descriptions[] = {
	{"by", KEY_BY, "override|context|service", 0,
	 "What a line is about (default: an override, a context's of a service)", 0},
	{"interval", KEY_INTERVAL, "TIME", 0, "Between two, as 5s or 1m (default: 2s)", 0},
	{"iterations", 'n', "N", 0, "Print so often, then end", 0},
	{"rows", KEY_ROWS, "N", 0, "Print so many (default: what fits, or 20)", 0},
	{0},
};

static void set_by(struct top *top, const char *value, const struct argp_state *state)
{
	if (strcmp(value, "override") == 0)
		top->by = TOP_BY_OVERRIDE;
	else if (strcmp(value, "context") == 0)
		top->by = TOP_BY_CONTEXT;
	else if (strcmp(value, "service") == 0)
		top->by = TOP_BY_SERVICE;
	else
		argp_error(state, "--by: none of override, context and service: %s", value);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct top *top = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, top->globals);
		return 0;
	case KEY_BY:
		set_by(top, value, state);
		return 0;
	case KEY_INTERVAL:
		if (text_parse_duration(value, &top->interval) || top->interval > INTERVAL_MAX)
			argp_error(state, "--interval: not a time as 5s or 1m, up to 1h: %s",
				   value);
		return 0;
	case 'n':
		top->iterations = command_number(state, "--iterations", value, 1000000000);
		return 0;
	case KEY_ROWS:
		top->rows = command_number(state, "--rows", value, ROWS_MAX);
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

/* Waits, unless it is stopped or nobody reads any more. */
static void pause_for(unsigned long seconds)
{
	struct pollfd output = {.fd = STDOUT_FILENO};
	__u64 end = clock_monotonic() + seconds * CLOCK_SECOND, now;

	while (!stopped && (now = clock_monotonic()) < end)
		if (poll(&output, 1, (int)((end - now) / 1000000) + 1) > 0)
			stopped = 1;
}

static size_t count_rows(const struct top *top, size_t count)
{
	struct winsize size;
	size_t room = ROWS_DEFAULT;

	if (top->rows)
		room = top->rows;
	else if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > HEAD_LINES)
		room = size.ws_row - HEAD_LINES;
	return count < room ? count : room;
}

/* Counts of `since` are of so many ns. */
static double per_second(__u64 count, __u64 ns)
{
	return ns ? (double)count * CLOCK_SECOND / (double)ns : 0;
}

static void add_rate(struct table *table, __u64 count, __u64 ns)
{
	char text[NUMBER_SIZE];

	snprintf(text, sizeof(text), "%.1f", per_second(count, ns));
	table_add(table, text);
}

static void add_number(struct table *table, __u64 number)
{
	char text[NUMBER_SIZE];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	table_add(table, text);
}

static int print_table(const struct maps *maps, const struct top_row *rows, size_t count, __u64 ns)
{
	static const char *const headings[] = {"requests/s", "moves/s", "failures/s", "requests",
					       "failures",   "context", "service",    NULL};
	struct table *table = table_new(headings);
	char service[SHUNT_SERVICE_NAME_MAX + 1];
	int error;

	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct top_row *row = &rows[i];

		add_rate(table, row->since.requests, ns);
		add_rate(table, row->since.moves, ns);
		add_rate(table, row->since.failures, ns);
		add_number(table, row->total.requests);
		add_number(table, row->total.failures);
		table_add(table, row->key.context);
		table_add(table, row->key.service
					 ? maps_service_name(maps, row->key.service, service)
					 : NULL);
	}
	error = table_print(table, stdout);
	table_free(table);
	return error;
}

static __u64 sum_requests(const struct top_row *rows, size_t count)
{
	__u64 sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += rows[i].since.requests;
	return sum;
}

static int print_text(const struct top *top, const struct maps *maps, const struct top_row *rows,
		      size_t count, __u64 ns)
{
	char time[FORMAT_SIZE];
	int error;

	printf("%s%.8s  %.1f requests/s of contexts, of %zu %s that were used\n\n",
	       isatty(STDOUT_FILENO) ? CLEAR : "", format_time_of_day(clock_wall(), time),
	       per_second(sum_requests(rows, count), ns), count,
	       top->by == TOP_BY_CONTEXT   ? "contexts"
	       : top->by == TOP_BY_SERVICE ? "services"
					   : "overrides");
	error = print_table(maps, rows, count_rows(top, count), ns);
	if (!isatty(STDOUT_FILENO))
		putchar('\n');
	if (fflush(stdout))
		return -errno;
	return error;
}

static json_t *row_to_json(const struct maps *maps, const struct top_row *row, __u64 ns)
{
	char service[SHUNT_SERVICE_NAME_MAX + 1];

	maps_service_name(maps, row->key.service, service);
	return json_pack("{s:s?, s:s?, s:f, s:f, s:f, s:I, s:I, s:I}", "context",
			 row->key.context[0] ? row->key.context : NULL, "service",
			 row->key.service ? service : NULL, "requests_per_second",
			 per_second(row->since.requests, ns), "moves_per_second",
			 per_second(row->since.moves, ns), "failures_per_second",
			 per_second(row->since.failures, ns), "requests",
			 (json_int_t)row->total.requests, "moves", (json_int_t)row->total.moves,
			 "failures", (json_int_t)row->total.failures);
}

static int print_json(const struct top *top, const struct maps *maps, const struct top_row *rows,
		      size_t count, __u64 ns)
{
	size_t printed = count_rows(top, count);
	json_t *list = json_array();
	char time[FORMAT_SIZE];

	for (size_t i = 0; i < printed; i++)
		json_array_append_new(list, row_to_json(maps, &rows[i], ns));
	return command_print_json(
		json_pack("{s:s, s:f, s:f, s:o}", "time", format_timestamp(clock_wall(), time),
			  "seconds", (double)ns / CLOCK_SECOND, "requests_per_second",
			  per_second(sum_requests(rows, count), ns), "rows", list),
		true);
}

static int print(const struct top *top, const struct maps *maps, const struct top_sample *before,
		 const struct top_sample *now)
{
	__u64 ns = now->time - before->time;
	struct top_row *rows;
	size_t count;
	int error;

	rows = top_rows(before, now, top->by, &count);
	if (!rows)
		return -ENOMEM;
	error = top->globals->json ? print_json(top, maps, rows, count, ns)
				   : print_text(top, maps, rows, count, ns);
	free(rows);
	return error;
}

static int run(const struct top *top, const struct maps *maps)
{
	struct top_sample before = {0}, now;
	unsigned long printed = 0;
	int error;

	error = top_sample_read(maps, &before, &before);
	while (!error && (!top->iterations || printed < top->iterations)) {
		pause_for(top->interval);
		if (stopped)
			break;
		error = top_sample_read(maps, &before, &now);
		if (error)
			break;
		error = print(top, maps, &before, &now);
		top_sample_clear(&before);
		before = now;
		printed++;
	}
	top_sample_clear(&before);
	return error;
}

int top_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.doc = "Print again and again which overrides, contexts or services this node's "
		       "requests use most, by the kernel's own counts.",
		.children = command_children,
	};
	const struct sigaction action = {.sa_handler = on_signal};
	struct top top = {.globals = globals, .interval = INTERVAL_DEFAULT};
	struct maps maps;
	int error;

	argp_parse(&argp, argc, argv, 0, NULL, &top);
	if (command_open_maps(globals, &maps))
		return EXIT_FAILURE;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	error = run(&top, &maps);
	maps_close(&maps);
	if (error && error != -EPIPE)
		command_fail(globals, error);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
