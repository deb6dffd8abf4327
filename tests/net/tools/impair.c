// SPDX-License-Identifier: Apache-2.0
/*
 * A bad path between a TAP device, which a pod's sockets use, and the pod's own link, which goes
 * on to its node: packets are lost, doubled, held back, delayed, changed or too big, in each
 * direction by chances of its own. The first packet is number 1; the same seed decides the same
 * about the same number. At SIGTERM and SIGINT it says what it did, as JSON, and ends.
 *
 *   impair --tap eth0 --wire wire --loss 1 --reorder 2 ...
 *
 * Both devices must hand over packets that are complete: without segmentation and checksums left
 * to the device (a TAP device has neither; of the link turn both off at its other end).
 */
#include <argp.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/chance.h"
#include "lib/impairment.h"
#include "lib/wire.h"

#define BATCH 64 /* frames of one side before the other one has its turn */
#define NS_PER_MS 1000000ULL

enum {
	OUT, /* from the pod */
	IN,
	WAYS,
};

static struct {
	const char *tap, *wire;
	struct impairment_rates rates;
	bool impaired[WAYS];
} settings = {
	.rates = {.seed = 1, .reorder_packets = 3, .reorder_ns = 10 * NS_PER_MS},
	.impaired = {true, true},
};

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Takes what has come from @fd, within limits. Returns 0 or -errno. */
static int take(struct impairment *path, int fd)
{
	static struct frame frame;

	for (int i = 0; i < BATCH; i++) {
		ssize_t size = read(fd, frame.bytes, sizeof(frame.bytes));

		if (size < 0)
			return errno == EAGAIN || errno == ENETDOWN ? 0 : -errno;
		frame.size = size;
		impairment_take(path, &frame, now_ns());
	}
	return 0;
}

/* Until a signal comes: those are let in only while it waits. */
static int run(struct impairment paths[WAYS], struct pollfd fds[WAYS])
{
	sigset_t none;
	int error = 0;

	sigemptyset(&none);
	while (!ended && !error) {
		uint64_t now = now_ns(), due = UINT64_MAX;
		struct timespec limit;

		for (int way = 0; way < WAYS; way++) {
			uint64_t next = impairment_release(&paths[way], now);

			due = next < due ? next : due;
		}
		due = due == UINT64_MAX ? 1000 * NS_PER_MS : due - now;
		limit.tv_sec = due / 1000000000;
		limit.tv_nsec = due % 1000000000;
		if (ppoll(fds, WAYS, &limit, &none) < 0 && errno != EINTR)
			return -errno;
		for (int way = 0; way < WAYS && !error; way++)
			error = take(&paths[way], fds[way].fd);
	}
	return error;
}

static void report(const char *name, const struct impairment_counts *counts,
		   const char *end_of_line)
{
	printf("\"%s\": {\"packets\": %llu, \"others\": %llu, \"lost\": %llu, \"duplicated\": "
	       "%llu, "
	       "\"corrupted\": %llu, \"reordered\": %llu, \"delayed\": %llu, \"too_big\": %llu, "
	       "\"unsent\": %llu}%s",
	       name, (unsigned long long)counts->packets, (unsigned long long)counts->others,
	       (unsigned long long)counts->lost, (unsigned long long)counts->duplicated,
	       (unsigned long long)counts->corrupted, (unsigned long long)counts->reordered,
	       (unsigned long long)counts->delayed, (unsigned long long)counts->too_big,
	       (unsigned long long)counts->unsent, end_of_line);
}

static const struct argp_option options[] = {
	{"tap", 't', "DEVICE", 0, "the TAP device, on the pod's side", 0},
	{"wire", 'w', "DEVICE", 0, "the pod's link", 0},
	{"seed", 's', "NUMBER", 0, "of all chances", 0},
	{"way", 'y', "out|in", 0, "impair only what comes from the pod, or goes to it", 0},
	{"loss", 'l', "PERCENT", 0, "lose so many packets", 0},
	{"duplicate", 'd', "PERCENT", 0, "send so many twice", 0},
	{"corrupt", 'c', "PERCENT", 0, "change a byte in so many", 0},
	{"reorder", 'r', "PERCENT", 0, "hold so many back", 0},
	{"behind", 'b', "PACKETS", 0, "until so many others have overtaken them (3)", 0},
	{"within", 'n', "MS", 0, "or so much time has passed (10)", 0},
	{"delay", 'a', "MS", 0, "delay every packet", 0},
	{"jitter", 'j', "MS", 0, "by up to so much more", 0},
	{"mtu", 'm', "BYTES", 0, "lose larger packets", 0},
	{"icmp", 'i', NULL, 0, "and tell their senders", 0},
	{0},
};

/* A decimal number of @unit, or the end of the program. */
static uint64_t number(const char *text, double unit, struct argp_state *state)
{
	char *rest;
	double value = strtod(text, &rest);

	if (rest == text || *rest || value < 0 || value * unit > 1e18)
		argp_error(state, "not a number that means something here: %s", text);
	return value * unit + 0.5;
}

static error_t parse_rate(int key, char *argument, struct argp_state *state)
{
	struct impairment_rates *rates = &settings.rates;
	uint32_t *rate = key == 'l'   ? &rates->loss
			 : key == 'd' ? &rates->duplicate
			 : key == 'c' ? &rates->corrupt
				      : &rates->reorder;

	*rate = number(argument, CHANCE_CERTAIN / 100.0, state);
	return 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct impairment_rates *rates = &settings.rates;

	if (key == 't')
		settings.tap = argument;
	else if (key == 'w')
		settings.wire = argument;
	else if (key == 's')
		rates->seed = number(argument, 1, state);
	else if (key == 'y')
		settings.impaired[strcmp(argument, "out") == 0 ? IN : OUT] = false;
	else if (key == 'b')
		rates->reorder_packets = number(argument, 1, state);
	else if (key == 'n')
		rates->reorder_ns = number(argument, NS_PER_MS, state);
	else if (key == 'a')
		rates->delay_ns = number(argument, NS_PER_MS, state);
	else if (key == 'j')
		rates->jitter_ns = number(argument, NS_PER_MS, state);
	else if (key == 'm')
		rates->mtu = number(argument, 1, state);
	else if (key == 'i')
		rates->icmp = true;
	else if (key && strchr("ldcr", key))
		return parse_rate(key, argument, state);
	else if (key == ARGP_KEY_END && (!settings.tap || !settings.wire))
		argp_error(state, "--tap and --wire are needed");
	else if (key != ARGP_KEY_END)
		return ARGP_ERR_UNKNOWN;
	return 0;
}

/* Signals wait until the loop lets them in, so that none is missed between a look and a wait. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = end};
	sigset_t both;

	sigemptyset(&both);
	sigaddset(&both, SIGTERM);
	sigaddset(&both, SIGINT);
	sigprocmask(SIG_BLOCK, &both, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

static int open_or_die(int fd, const char *name)
{
	if (fd >= 0)
		return fd;
	fprintf(stderr, "impair: %s: %s\n", name, strerror(-fd));
	exit(1);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {.options = options, .parser = parse_option};
	static const struct impairment_rates harmless;
	struct impairment paths[WAYS];
	int fds[WAYS], error;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	catch_signals();
	fds[OUT] = open_or_die(wire_open_tap(settings.tap), settings.tap);
	fds[IN] = open_or_die(wire_open_device(settings.wire), settings.wire);
	for (int way = 0; way < WAYS; way++)
		impairment_init(&paths[way], settings.impaired[way] ? &settings.rates : &harmless,
				way, fds[1 - way], fds[way]);
	error = run(paths, (struct pollfd[]){{.fd = fds[OUT], .events = POLLIN},
					     {.fd = fds[IN], .events = POLLIN}});
	printf("{\"seed\": %llu, ", (unsigned long long)settings.rates.seed);
	report("out", &paths[OUT].counts, ", ");
	report("in", &paths[IN].counts, "}\n");
	if (error)
		fprintf(stderr, "impair: %s\n", strerror(-error));
	return error ? 1 : 0;
}
