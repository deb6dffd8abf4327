// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "chance.h"
#include "content.h"
#include "exchange.h"
#include "net.h"

#define LIMIT_MS 100000
#define HEAD_PACKETS 4
#define PIECE_MAX 16000

/* The bytes of all requests of a burst. */
struct script {
	uint8_t *bytes;
	size_t size;
	size_t head_size; /* of the first one */
};

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void sleep_ms(unsigned int ms)
{
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	if (ms)
		nanosleep(&time, NULL);
}

static const char *context_of(const struct session *session, const struct burst *burst)
{
	return session->stress->turns[burst->turn].context;
}

/* A failure, with all that is needed to have it again. */
static void complain(struct session *session, const struct burst *burst,
		     const struct request *request, const char *problem, int error)
{
	fprintf(stderr, "wrong: seed=%llu connection=%u port=%d context=%s \"%s\": %s: %s\n",
		(unsigned long long)session->stress->seed, session->number, session->local_port,
		context_of(session, burst), request->query, problem, strerror(-error));
	tally_wrong(&session->stress->tally);
}

static void note_fate(struct session *session, const struct request *request, const char *fate)
{
	int length = strcspn(request->query, "&");

	if (session->stress->log)
		fprintf(session->stress->log, "%s %.*s\n", fate, length, request->query);
}

static void hang_up(struct session *session)
{
	if (session->fd >= 0)
		close(session->fd);
	session->fd = -1;
}

static int dial(struct session *session)
{
	const struct stress *stress = session->stress;

	session->fd = net_connect(stress->host, stress->port, NULL, LIMIT_MS);
	if (session->fd < 0)
		return session->fd;
	session->local_port = net_port(session->fd);
	http_reader_init(&session->reader, session->fd, LIMIT_MS);
	tally_connection(&session->stress->tally);
	return 0;
}

/* Puts the requests behind each other, and notes the hashes of their heads. */
static int script_write(struct script *script, const char *context, struct burst *burst)
{
	*script = (struct script){0};
	for (unsigned int i = 0; i < burst->count; i++) {
		struct request *request = &burst->requests[i];
		size_t size, head_size;
		uint8_t *more, *bytes;

		if (strcmp(context, "-") != 0)
			snprintf(request->context, sizeof(request->context), "%s", context);
		bytes = request_build(request, &size, &head_size);
		more = bytes ? realloc(script->bytes, script->size + size) : NULL;
		if (!more) {
			free(bytes);
			return -ENOMEM;
		}
		request->head_hash = content_hash(CONTENT_HASH_START, bytes, head_size);
		memcpy(more + script->size, bytes, size);
		script->bytes = more;
		script->size += size;
		if (i == 0)
			script->head_size = head_size;
		free(bytes);
	}
	return 0;
}

static int send_packet(const struct session *session, const struct script *script, size_t *at,
		       size_t size)
{
	int error;

	if (size > script->size - *at)
		size = script->size - *at;
	error = net_write_packet(session->fd, script->bytes + *at, size, LIMIT_MS);
	*at += size;
	return error;
}

static int send_script(const struct session *session, const struct script *script,
		       struct burst *burst)
{
	size_t at = 0;
	int error = 0;

	for (int i = 1; burst->writing == WRITE_HEAD_SPLIT && i < HEAD_PACKETS && !error; i++) {
		uint64_t left = script->head_size > at ? script->head_size - at : 1;

		error = send_packet(session, script, &at, chance_between(&burst->pieces, 1, left));
		sleep_ms(burst->pause_ms);
	}
	while (at < script->size && !error) {
		size_t size = script->size;

		if (burst->writing == WRITE_PIECES)
			size = 1 + chance_size(&burst->pieces, PIECE_MAX);
		error = send_packet(session, script, &at, size);
	}
	return error;
}

/* Sends some of it and resets the connection, maybe in the middle of the answer. */
static void send_and_reset(struct session *session, struct script *script, struct burst *burst)
{
	script->size = script->size * burst->reset_percent / 100;
	if (script->head_size > script->size)
		script->head_size = script->size;
	if (script->size)
		send_script(session, script, burst);
	sleep_ms(burst->reset_ms);
	net_reset(session->fd);
	session->fd = -1;
	for (unsigned int i = 0; i < burst->count; i++) {
		note_fate(session, &burst->requests[i], "aborted");
		tally_aborted(&session->stress->tally);
	}
}

static int expected_status(const struct request *request)
{
	const char *status = strstr(request->query, "status=");

	return status ? atoi(status + strlen("status=")) : 200;
}

/* Whether the switch says that the endpoint did not answer in time: too many SYNs in a row were lost. */
static bool is_timeout(const struct answer *answer)
{
	return answer->status == 504 && strstr(answer->shunt, "reason=timeout");
}

static void note_answer(struct session *session, const struct request *request, double ms,
			uint64_t received)
{
	char fate[64];

	if (ms > TALLY_SLOW_MS) {
		snprintf(fate, sizeof(fate), "slow ms=%.0f port=%d", ms, session->local_port);
		note_fate(session, request, fate);
	}
	note_fate(session, request, "answered");
	tally_answer(&session->stress->tally, ms, request->body, received);
}

/* Returns 0, or an error, which was told of unless it is -ETIMEDOUT. */
static int receive(struct session *session, const struct burst *burst,
		   const struct request *request, double start)
{
	/* A copy, as a ClusterIP may lead to another pod when the origin is dialled anew. */
	struct turn turn = session->stress->turns[burst->turn];
	struct answer answer;
	char problem[512];
	int error = answer_read(&session->reader, request, &answer);

	if (error) {
		complain(session, burst, request, answer.problem, error);
		return error;
	}
	if (is_timeout(&answer)) {
		tally_timeout(&session->stress->tally);
		return -ETIMEDOUT;
	}
	if (answer.status != expected_status(request) || !turn_accepts(&turn, answer.server)) {
		snprintf(problem, sizeof(problem), "%d by %s, want %s; %s", answer.status,
			 answer.server, turn.servers, answer.shunt);
		complain(session, burst, request, problem, -EPROTO);
		return -EPROTO;
	}
	note_answer(session, request, now_ms() - start, answer.body.length);
	return 0;
}

/* The server's end must come, and nothing before it. */
static int await_end(struct session *session, const struct burst *burst)
{
	ssize_t count = session->reader.end - session->reader.at;
	char byte;

	if (!count)
		count = net_read(session->fd, &byte, 1, LIMIT_MS);
	if (count == 0)
		return 0;
	complain(session, burst, &burst->requests[burst->count - 1],
		 count > 0 ? "bytes behind the last answer" : "no end of the connection",
		 count > 0 ? -EBADMSG : (int)count);
	return -EBADMSG;
}

static int send_and_receive(struct session *session, struct script *script, struct burst *burst,
			    double start)
{
	int error = send_script(session, script, burst);

	/* A server that closes early says why in its answer: the answer is looked at all the same. */
	if (!error && burst->ending == ENDING_HALF)
		shutdown(session->fd, SHUT_WR);
	error = 0;
	for (unsigned int i = 0; i < burst->count && !error; i++)
		error = receive(session, burst, &burst->requests[i], start);
	if (!error && (burst->ending == ENDING_HALF || burst->ending == ENDING_SERVER))
		error = await_end(session, burst);
	return error;
}

void exchange(struct session *session, struct burst *burst)
{
	struct script script = {0};
	double start = now_ms();
	int error = session->fd < 0 ? dial(session) : 0;

	if (!error)
		error = script_write(&script, context_of(session, burst), burst);
	if (error) {
		complain(session, burst, &burst->requests[0], "connection", error);
	} else if (burst->ending == ENDING_RESET) {
		send_and_reset(session, &script, burst);
	} else {
		error = send_and_receive(session, &script, burst, start);
		if (error || burst->ending != ENDING_NONE)
			hang_up(session);
	}
	free(script.bytes);
}
