// SPDX-License-Identifier: Apache-2.0
/*
 * Many connections of one client at once (see lib/crowd.h), led by commands on standard input. Each is
 * answered with one line, "ok ..." or "error ...".
 *
 *   connect HOST PORT WINDOW LOCAL-PORT
 *                               where to; at most WINDOW connections wait for something at a time;
 *                               they have local ports from LOCAL-PORT on
 *   open COUNT CONTEXT=SERVER[,SERVER] ...
 *                               opens more connections; one request on each, of contexts in turn
 *   request COUNT CONTEXT=SERVER[,SERVER] ...
 *                               so many requests on every connection that is open
 *   close [COUNT]               ends the latest ones, or all, with a FIN each
 *   reset [COUNT]               the same with a RST
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "lib/commands.h"
#include "lib/crowd.h"

static struct crowd crowd = {.epoll = -1};

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void say_error(int error)
{
	for (char *at = crowd.problem; *at; at++)
		*at = *at == '\r' || *at == '\n' ? ' ' : *at;
	printf("error %s\n", crowd.problem[0] ? crowd.problem : strerror(-error));
}

static void do_connect(char *words)
{
	char host[64], port[8];
	unsigned int window, first_port;
	int error;

	if (sscanf(words, "%63s %7s %u %u", host, port, &window, &first_port) != 4) {
		printf("error connect HOST PORT WINDOW LOCAL-PORT\n");
		return;
	}
	crowd_free(&crowd);
	error = crowd_init(&crowd, host, port, window, first_port);
	error ? say_error(error) : (void)printf("ok\n");
}

/* Reads "COUNT TURNS", and says what is wrong with it otherwise. */
static bool parse(char *words, unsigned int *count)
{
	static char kept[1024]; /* turns are pointers into it */
	int used = 0;

	crowd.turns_count = 0;
	if (sscanf(words, "%u %n", count, &used) == 1) {
		snprintf(kept, sizeof(kept), "%s", words + used);
		crowd.turns_count = turns_parse(kept, crowd.turns);
	}
	if (!crowd.turns_count)
		printf("error COUNT CONTEXT=SERVER ...\n");
	return crowd.turns_count;
}

static void do_open(char *words)
{
	double start = now_ms();
	unsigned int count;
	int error;

	if (!parse(words, &count))
		return;
	error = crowd_open(&crowd, count);
	if (error)
		say_error(error);
	else
		printf("ok open=%u ms=%.0f\n", crowd.count, now_ms() - start);
}

static void do_request(char *words)
{
	double start = now_ms();
	unsigned int count;
	int error = 0;

	if (!parse(words, &count))
		return;
	for (unsigned int i = 0; i < count && !error; i++)
		error = crowd_request(&crowd);
	if (error)
		say_error(error);
	else
		printf("ok requests=%u ms=%.0f\n", count * crowd.count, now_ms() - start);
}

static void end(const char *words, bool reset)
{
	double start = now_ms();

	crowd_end(&crowd, words[0] ? strtoul(words, NULL, 10) : crowd.count, reset);
	printf("ok open=%u ms=%.0f\n", crowd.count, now_ms() - start);
}

static void do_close(char *words)
{
	end(words, false);
}

static void do_reset(char *words)
{
	end(words, true);
}

static const struct command commands[] = {
	{"connect", do_connect}, {"open", do_open},   {"request", do_request},
	{"close", do_close},	 {"reset", do_reset},
};

int main(void)
{
	struct rlimit files;

	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	commands_run(commands, sizeof(commands) / sizeof(commands[0]));
	crowd_free(&crowd);
	return 0;
}
