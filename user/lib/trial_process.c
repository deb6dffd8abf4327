// SPDX-License-Identifier: Apache-2.0
#include "user/lib/trial_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "user/lib/trial_talk.h"

#define NAME "shunt-trial"

enum {
	SOCKET = 3,
	FROM_POD,
	TO_POD,
	FIRST_OTHER
};

const char *const trial_client[TRIAL_FAMILIES] = {"192.0.2.1", "2001:db8:5348::1"};
const char *const trial_origin[TRIAL_FAMILIES] = {"192.0.2.2", "2001:db8:5348::2"};
const char *const trial_offloaded[TRIAL_FAMILIES] = {"192.0.2.3", "2001:db8:5348::3"};
const unsigned int trial_prefix_length[TRIAL_FAMILIES] = {24, 64};
const int trial_families[TRIAL_FAMILIES] = {AF_INET, AF_INET6};

/*
 * Only what it needs stays open, under numbers of their own: locks and sockets of the caller would
 * else be held until it ends.
 */
static int take_files(int socket, const struct trial_programs *programs)
{
	const int needed[] = {socket, programs->from_pod, programs->to_pod};
	int high[3];

	for (int i = 0; i < 3; i++) {
		high[i] = fcntl(needed[i], F_DUPFD_CLOEXEC, 64);
		if (high[i] < 0)
			return -errno;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(high[i], SOCKET + i) < 0)
			return -errno;
	return close_range(FIRST_OTHER, ~0U, 0) ? -errno : 0;
}

static void begin(struct trial_bed *bed, enum filters_end end, trial_confine confine,
		  struct trial_report *report)
{
	const struct trial_programs programs = {FROM_POD, TO_POD, end};
	const char *failed;
	int error = trial_bed_make(bed, &programs, &failed);

	close(FROM_POD);
	close(TO_POD);
	if (!error && confine) {
		failed = "give up its rights";
		error = confine();
	}
	if (error)
		snprintf(report->text, sizeof(report->text), "cannot %s: %s", failed,
			 strerror(-error));
	memcpy(report->has, bed->has, sizeof(report->has));
	report->passed = !error;
}

static void work(enum filters_end end, trial_confine confine)
{
	struct trial_report report = {0};
	struct trial_order order;
	struct trial_bed bed;

	begin(&bed, end, confine, &report);
	while (send(SOCKET, &report, sizeof(report), MSG_NOSIGNAL) == sizeof(report) &&
	       recv(SOCKET, &order, sizeof(order), 0) == sizeof(order))
		trial_talk(&bed, &order, &report);
}

static void run(pid_t parent, int socket, const struct trial_programs *programs,
		trial_confine confine)
{
	prctl(PR_SET_NAME, NAME);
	/* What ends the caller's loop ends with the caller. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
	    take_files(socket, programs) == 0)
		work(programs->end, confine);
	_exit(0);
}

int trial_process_start(const struct trial_programs *programs, trial_confine confine, int *socket)
{
	pid_t parent = getpid(), child;
	int ends[2], error = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	child = fork();
	if (child < 0)
		error = -errno;
	if (!child)
		run(parent, ends[1], programs, confine);
	close(ends[1]);
	if (error)
		close(ends[0]);
	else
		*socket = ends[0];
	return error;
}
