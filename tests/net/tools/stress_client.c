// SPDX-License-Identifier: Apache-2.0
/*
 * Many connections with requests of every kind to tests/net/tools/server.c, behind a switch: of
 * random contexts, sizes, framings, cuts into packets and ends. Each answer must be of the right
 * server, which must have got the very bytes that were sent, and be right to the last byte. The
 * seed decides what each connection does; a failure names all that is needed to have it again.
 *
 *   stress_client --seed 7 -- HOST PORT -=users-1,users-2 x=users-x ...
 *
 * A context that is named more than once is drawn as much more often; "-" is none. At the end it
 * says what there was, as JSON; it fails where anything was wrong.
 */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/chance.h"
#include "lib/exchange.h"

static struct stress stress = {
	.seed = 1,
	.connections = 50,
	.requests = 4000,
	.mix = {.name = "stress",
		.body = 256 << 10,
		.pipelining = 10,
		.chunked = 30,
		.chunked_answers = 30,
		.endings = 1,
		.pieces = 15,
		.think_ms = 20},
};

/* How many requests a connection has to make: they are dealt out evenly. */
static unsigned int session_share(unsigned int number)
{
	return stress.requests / stress.connections +
	       (number < stress.requests % stress.connections);
}

static void *run_session(void *argument)
{
	struct session *session = argument;
	uint64_t state = chance_at(stress.seed, 0, session->number);
	unsigned int share = session_share(session->number);
	struct burst burst;

	for (unsigned int done = 0; done < share; done += burst.count) {
		struct timespec think = {0};

		schedule_burst(&stress.mix, &state, session->number, done, share - done,
			       stress.turns_count, &burst);
		think.tv_nsec = burst.think_ms * 1000000L;
		nanosleep(&think, NULL);
		exchange(session, &burst);
	}
	if (session->fd >= 0)
		close(session->fd);
	return NULL;
}

/* All sessions at once. Returns 0 or -errno. */
static int run(struct session *sessions, pthread_t *threads)
{
	unsigned int started;
	int error = 0;

	for (started = 0; started < stress.connections; started++) {
		sessions[started].stress = &stress;
		sessions[started].number = started;
		sessions[started].fd = -1;
		error = -pthread_create(&threads[started], NULL, run_session, &sessions[started]);
		if (error)
			break;
	}
	for (unsigned int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	return error;
}

static const struct argp_option options[] = {
	{"seed", 's', "NUMBER", 0, "of everything that connections do", 0},
	{"connections", 'c', "COUNT", 0, "at once (50)", 0},
	{"requests", 'r', "COUNT", 0, "of all of them together (4000)", 0},
	{"name", 'n', "NAME", 0, "what identifiers of requests begin with (stress)", 0},
	{"log", 'l', "FILE", 0,
	 "of each request \"answered ID\" or \"aborted ID\", and \"slow ms=MS port=PORT ID\"", 0},
	{"body", 'b', "BYTES", 0, "largest body, both ways (262144)", 0},
	{"pipelining", 'p', "PERCENT", 0, "of bursts of more than one request (10)", 0},
	{"chunked", 'k', "PERCENT", 0, "of requests with a body (30)", 0},
	{"chunked-answers", 'a', "PERCENT", 0, "of answers (30)", 0},
	{"endings", 'e', "PERCENT", 0, "of each of four ways to end a connection (1)", 0},
	{"pieces", 'w', "PERCENT", 0, "of each of two ways to write in pieces (15)", 0},
	{"think", 't', "MS", 0, "longest pause (20)", 0},
	{0},
};

static error_t parse_argument(char *argument, struct argp_state *state)
{
	if (state->arg_num == 0)
		stress.host = argument;
	else if (state->arg_num == 1)
		stress.port = argument;
	else if (!turns_add(argument, stress.turns, &stress.turns_count))
		argp_error(state, "not CONTEXT=SERVER[,SERVER], or too many: %s", argument);
	return 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct schedule_mix *mix = &stress.mix;

	if (key == ARGP_KEY_ARG)
		return parse_argument(argument, state);
	if (key == 's')
		stress.seed = strtoull(argument, NULL, 10);
	else if (key == 'c')
		stress.connections = atoi(argument);
	else if (key == 'r')
		stress.requests = atoi(argument);
	else if (key == 'n')
		mix->name = argument;
	else if (key == 'b')
		mix->body = strtoull(argument, NULL, 10);
	else if (key == 'p')
		mix->pipelining = atoi(argument);
	else if (key == 'k')
		mix->chunked = atoi(argument);
	else if (key == 'a')
		mix->chunked_answers = atoi(argument);
	else if (key == 'e')
		mix->endings = atoi(argument);
	else if (key == 'w')
		mix->pieces = atoi(argument);
	else if (key == 't')
		mix->think_ms = atoi(argument);
	else if (key == 'l' && !(stress.log = fopen(argument, "we")))
		argp_failure(state, 1, errno, "%s", argument);
	else if (key == ARGP_KEY_END && (!stress.turns_count || !stress.connections))
		argp_error(state, "HOST, PORT, CONTEXT=SERVER and a connection are needed");
	else if (key != 'l' && key != ARGP_KEY_END)
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
	struct timespec start, end;
	struct session *sessions;
	pthread_t *threads;
	int error;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	signal(SIGPIPE, SIG_IGN);
	sessions = calloc(stress.connections, sizeof(*sessions));
	threads = calloc(stress.connections, sizeof(*threads));
	error = !sessions || !threads ? -ENOMEM : tally_init(&stress.tally, stress.requests);
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (!error)
		error = run(sessions, threads);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (error)
		fprintf(stderr, "%s: %s\n", argv[0], strerror(-error));
	else
		tally_print(&stress.tally, stress.seed,
			    end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9,
			    stdout);
	if (stress.log)
		fclose(stress.log);
	tally_free(&stress.tally);
	free(threads);
	free(sessions);
	return error || stress.tally.wrong ? 1 : 0;
}
