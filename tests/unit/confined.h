/* SPDX-License-Identifier: Apache-2.0 */
/* Cases that run confined, each in a process of its own. */
#ifndef SHUNT_TESTS_CONFINED_H
#define SHUNT_TESTS_CONFINED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
#include "user/agent/confine.h"

/* Returns a text that says what is wrong, or NULL. */
typedef const char *(*confined_case)(void);

static char wrong[256];

static const char *complain(const char *what, long got)
{
	snprintf(wrong, sizeof(wrong), "%s: %ld, errno %d (%s)", what, got, errno, strerror(errno));
	return wrong;
}

/* In a process of its own, which ends without what sanitizers do at the end of one. */
static void run_apart(confined_case run)
{
	const char *complaint;
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		complaint = run();
		if (complaint)
			dprintf(STDERR_FILENO, "in its process: %s\n", complaint);
		_exit(complaint ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static enum confine_need needed;
static confined_case inner;

static const char *confine_and_run(void)
{
	struct problems problems = {0};

	if (confine(needed, &problems))
		return complain(problems.texts[0], -1);
	return inner();
}

static void run_confined(enum confine_need need, confined_case run)
{
	needed = need;
	inner = run;
	run_apart(confine_and_run);
}

/* A number of this thread's status in base; -1 where there is no such field. */
static long long read_status(const char *field, int base)
{
	FILE *file = fopen("/proc/thread-self/status", "re");
	size_t length = strlen(field);
	long long number = -1;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, field, length) == 0 && line[length] == ':')
			number = strtoll(line + length + 1, NULL, base);
	if (file)
		fclose(file);
	return number;
}

#endif
