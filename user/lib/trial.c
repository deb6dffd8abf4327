// SPDX-License-Identifier: Apache-2.0
#include "user/lib/trial.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "user/lib/bpffs.h"
#include "user/lib/trial_entries.h"

#define ALL_MS 30000 /* of a trial, at most */
#define BUSY_MS 50
#define NO_ROOM "there is no room for another moved connection"
#define BUSY_TRIES 100

static __u64 count_full(const struct maps *maps)
{
	static const __u32 reasons[] = {SHUNT_REASON_FLOWS_FULL, SHUNT_REASON_HELD_FULL,
					SHUNT_REASON_LEGS_FULL};
	__u64 all = 0, one;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (maps_sum(maps->fds[PINS_STATS], &reasons[i], &one, 1) == 0)
			all += one;
	return all;
}

static void end(struct trial *trial, enum trial_outcome outcome, const char *text)
{
	trial->outcome = outcome;
	snprintf(trial->text, sizeof(trial->text), "%s", text);
	if (trial->lock >= 0)
		close(trial->lock);
	trial->lock = -1;
}

/* The directory of programs: that of all is locked by the agent. */
static int take_lock(struct trial *trial)
{
	int error = bpffs_lock(trial->directory, &trial->lock);

	if (error)
		trial->lock = -1;
	return error == -EWOULDBLOCK ? -EBUSY : error;
}

/* Whether a connection can be moved. */
static bool has_room(const struct maps *maps)
{
	static const enum pins_map needed[] = {PINS_FLOWS, PINS_LEGS, PINS_HELD};
	__u32 count, capacity;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (maps_count(maps->fds[needed[i]], &count) == 0 &&
		    maps_capacity(maps->fds[needed[i]], &capacity) == 0 && count >= capacity)
			return false;
	return true;
}

/* Returns whether it is under way. */
static bool order(struct trial *trial)
{
	struct trial_order order = {.family = trial->family};
	const char *failed = pins_map_names[PINS_MARKERS];
	char text[TRIAL_TEXT_SIZE];
	int error = trial_entries_request(trial->maps, order.marked);

	if (!has_room(trial->maps)) {
		end(trial, TRIAL_UNTESTED, NO_ROOM);
		return false;
	}
	if (error == -ENOENT) {
		end(trial, TRIAL_UNTESTED,
		    "no marker is in force by which a request could name a "
		    "context");
		return false;
	}
	trial->full = count_full(trial->maps);
	if (!error)
		error = trial_entries_write(trial->maps, trial->family, &failed);
	if (!error && send(trial->socket, &order, sizeof(order), MSG_NOSIGNAL) == sizeof(order))
		return true;
	if (!error) {
		trial_give_up(trial);
		return false;
	}
	snprintf(text, sizeof(text), "cannot write to the table %s: %s", failed,
		 error == -E2BIG ? "it is full" : strerror(-error));
	trial_entries_remove(trial->maps, trial->family, 0);
	end(trial, TRIAL_UNTESTED, text);
	return false;
}

static bool go_on(struct trial *trial)
{
	while (trial->family < TRIAL_FAMILIES && !trial->has[trial->family])
		trial->family++;
	if (trial->family < TRIAL_FAMILIES)
		return order(trial);
	end(trial, TRIAL_PASSED, "");
	return false;
}

int trial_begin(struct trial *trial)
{
	int error;

	if (trial->lock >= 0)
		return 0;
	if (!trial->standing)
		return -EPIPE;
	error = take_lock(trial);
	trial->busy = error == -EBUSY;
	if (error)
		return error;
	trial->family = 0;
	return go_on(trial) ? 0 : -EPIPE;
}

static void judge(struct trial *trial, const struct trial_report *report)
{
	trial_entries_remove(trial->maps, trial->family, report->port);
	if (report->passed) {
		trial->family++;
		go_on(trial);
	} else if (count_full(trial->maps) != trial->full) {
		end(trial, TRIAL_UNTESTED, NO_ROOM);
	} else {
		end(trial, TRIAL_FAILED, report->text);
	}
}

static void stand(struct trial *trial, const struct trial_report *report)
{
	int error;

	trial->standing = report->passed;
	memcpy(trial->has, report->has, sizeof(trial->has));
	if (!report->passed) {
		end(trial, TRIAL_UNTESTED, report->text);
		return;
	}
	error = trial_begin(trial);
	if (error && error != -EPIPE)
		end(trial, TRIAL_UNTESTED,
		    error == -EBUSY ? "somebody else's is under way" : strerror(-error));
}

bool trial_receive(struct trial *trial)
{
	bool first = !trial->standing && trial->lock < 0;
	struct trial_report report;
	ssize_t length = recv(trial->socket, &report, sizeof(report), 0);

	if (length != sizeof(report)) {
		trial_give_up(trial);
		return true;
	}
	if (first)
		stand(trial, &report);
	else
		judge(trial, &report);
	return trial->lock < 0;
}

void trial_give_up(struct trial *trial)
{
	if (trial->lock >= 0)
		trial_entries_remove(trial->maps, trial->family, 0);
	end(trial, TRIAL_UNTESTED, "the process that makes the requests ended early");
	trial->standing = false;
}

/* Which end of links the pinned programs are for. */
static int find_end(const struct maps *maps, enum filters_end *end)
{
	struct shunt_settings settings;
	__u32 zero = 0;
	int error = bpf_map_lookup_elem(maps->fds[PINS_SETTINGS], &zero, &settings);

	*end = !error && settings.flags & SHUNT_SETTINGS_AT_POD ? FILTERS_POD_END
								: FILTERS_HOST_END;
	return error;
}

int trial_start(struct trial *trial, const char *directory, const struct maps *maps,
		int from_pod_fd, int to_pod_fd, trial_confine confine)
{
	struct trial_programs programs = {.from_pod = from_pod_fd, .to_pod = to_pod_fd};
	int error;

	*trial = (struct trial){.maps = maps, .socket = -1, .lock = -1};
	error = pins_programs_path(directory, trial->directory, sizeof(trial->directory));
	if (!error)
		error = take_lock(trial);
	if (!error) {
		/* What one left that was killed. */
		for (unsigned int i = 0; i < TRIAL_FAMILIES; i++)
			trial_entries_remove(maps, i, 0);
		close(trial->lock);
		trial->lock = -1;
	}
	if (error && error != -EBUSY)
		return error;
	error = find_end(maps, &programs.end);
	return error ? error : trial_process_start(&programs, confine, &trial->socket);
}

static void wait_for_end(struct trial *trial)
{
	struct pollfd waited = {.fd = trial->socket, .events = POLLIN};
	int ready;

	do {
		ready = poll(&waited, 1, ALL_MS);
		if (ready == 0 || (ready < 0 && errno != EINTR)) {
			trial_give_up(trial);
			return;
		}
	} while (ready < 0 || !trial_receive(trial));
}

/* As one that failed may have met a generation that was just put in force; or after somebody else's. */
static void run_again(struct trial *trial)
{
	int error = trial_begin(trial);

	for (int i = 0; error == -EBUSY && i < BUSY_TRIES; i++) {
		poll(NULL, 0, BUSY_MS);
		error = trial_begin(trial);
	}
	if (!error)
		wait_for_end(trial);
}

void trial_run(struct trial *trial, const char *directory, const struct maps *maps, int from_pod_fd,
	       int to_pod_fd)
{
	int error = trial_start(trial, directory, maps, from_pod_fd, to_pod_fd, NULL);

	if (error) {
		end(trial, TRIAL_UNTESTED, strerror(-error));
		return;
	}
	wait_for_end(trial);
	if (trial->busy || trial->outcome == TRIAL_FAILED)
		run_again(trial);
	trial_stop(trial);
}

void trial_stop(struct trial *trial)
{
	if (trial->socket < 0)
		return;
	if (trial->lock >= 0)
		trial_give_up(trial);
	close(trial->socket);
	trial->socket = -1;
	trial->standing = false;
}
