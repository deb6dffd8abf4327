// SPDX-License-Identifier: Apache-2.0
/*
 * An HTTP/1.1 client that is led by commands on its standard input and answers each with one
 * line, "ok ..." or "error ...", so that a test can do other things while a connection is open.
 *
 *   connect HOST PORT [LOCAL-PORT INITIAL]
 *                          opens the connection; INITIAL is the number of its SYN
 *   send WORDS             sends a request, or a part of it (see lib/request.h)
 *   receive WORDS          reads its answer and checks every byte of it
 *   request WORDS          both
 *   repeat COUNT SEED CONTEXT=SERVER[,SERVER] ...
 *                          requests in turn, or at random where SEED is not 0; "-": no context
 *   write TEXT             sends these bytes as they are; \r, \n and \xNN as C has them
 *   await BYTES            waits until so many bytes can be read, and reads none
 *   read BYTES             reads at least so many bytes of whatever comes
 *   drain                  waits until the peer has acknowledged all
 *   eof                    waits for the peer's end
 *   finish                 ends the own side, and reads up to the peer's end
 *   shutdown | close | reset
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/answer.h"
#include "lib/commands.h"
#include "lib/escape.h"
#include "lib/net.h"
#include "lib/request.h"
#include "lib/turns.h"

#define LINE_MAX_BYTES 4096
#define WAIT_MS 10000

static int fd = -1;
static struct http_reader reader;

static void say_error(const char *what, int error)
{
	printf("error %s: %s\n", what, strerror(-error));
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void do_connect(char *words)
{
	struct numbers own = {0};
	char host[64], port[8];
	uint32_t expected = 0;
	int error, count = sscanf(words, "%63s %7s %hu %u", host, port, &own.port, &own.initial);

	if (count != 2 && count != 4) {
		printf("error connect HOST PORT [LOCAL-PORT INITIAL]\n");
		return;
	}
	if (fd >= 0)
		close(fd);
	fd = net_connect(host, port, count == 4 ? &own : NULL, WAIT_MS);
	error = fd < 0 ? fd : own.initial ? numbers_expected(fd, &expected) : 0;
	if (error) {
		say_error("connect", error);
		return;
	}
	http_reader_init(&reader, fd, WAIT_MS);
	printf("ok port=%d expected=%u\n", net_port(fd), expected);
}

static void do_exchange(char *words, bool send, bool receive)
{
	double start = now_ms();
	struct request request;
	struct answer answer;
	const char *bad;
	int error = request_parse(words, &request, &bad);

	if (error) {
		printf("error unknown word %s\n", bad);
		return;
	}
	if (send) {
		error = request_send(&request, fd);
		if (error || !receive) {
			error ? say_error("send", error) : (void)printf("ok\n");
			return;
		}
	}
	reader.limit_ms = request.limit_ms;
	error = answer_read(&reader, &request, &answer);
	if (error) {
		printf("error %s: %s\n", answer.problem, strerror(-error));
		return;
	}
	printf("ok status=%d server=%s peer=%s connection=%s request=%s length=%llu ms=%.1f "
	       "interim=%d shunt=\"%s\"\n",
	       answer.status, answer.server, answer.peer, answer.connection, answer.request,
	       (unsigned long long)answer.body.length, now_ms() - start, answer.interim,
	       answer.shunt);
}

static void do_send(char *words)
{
	do_exchange(words, true, false);
}

static void do_receive(char *words)
{
	do_exchange(words, false, true);
}

static void do_request(char *words)
{
	do_exchange(words, true, true);
}

/* One request of a repetition. Returns false, having said why, where it went wrong. */
static bool take_turn(struct turn *turn, unsigned int number)
{
	struct request request = {.download = -1, .seed = 1, .limit_ms = WAIT_MS};
	struct answer answer = {.problem = "send"};
	int error;

	if (strcmp(turn->context, "-") != 0)
		snprintf(request.context, sizeof(request.context), "%s", turn->context);
	error = request_send(&request, fd);
	if (!error)
		error = answer_read(&reader, &request, &answer);
	if (error) {
		printf("error request %u (%s): %s: %s\n", number, turn->context, answer.problem,
		       strerror(-error));
		return false;
	}
	if (answer.status != 200 || !turn_accepts(turn, answer.server)) {
		printf("error request %u (%s): status %d by %s, want %s; %s\n", number,
		       turn->context, answer.status, answer.server,
		       turn->server[0] ? turn->server : turn->servers, answer.shunt);
		return false;
	}
	return true;
}

static void do_repeat(char *words)
{
	struct turn turns[TURNS_MAX];
	unsigned int repeats, seed;
	double start = now_ms();
	int used = 0, count;

	if (sscanf(words, "%u %u %n", &repeats, &seed, &used) != 2) {
		printf("error repeat COUNT SEED CONTEXT=SERVER ...\n");
		return;
	}
	count = turns_parse(words + used, turns);
	if (count == 0) {
		printf("error repeat: CONTEXT=SERVER ...\n");
		return;
	}
	reader.limit_ms = WAIT_MS;
	for (unsigned int i = 0; i < repeats; i++) {
		unsigned int turn = seed ? (unsigned int)rand_r(&seed) : i;

		if (!take_turn(&turns[turn % count], i + 1))
			return;
	}
	printf("ok requests=%u wrong=0 ms=%.1f\n", repeats, now_ms() - start);
}

static void do_write(char *text)
{
	ssize_t size = escape_decode(text);
	int error = size < 0 ? (int)size : net_write_packet(fd, text, size, WAIT_MS);

	error ? say_error("write", error) : (void)printf("ok\n");
}

static void do_await(char *words)
{
	int error = net_await(fd, atoi(words), WAIT_MS);

	error ? say_error("await", error) : (void)printf("ok\n");
}

static void do_read(char *words)
{
	long want = strtol(words, NULL, 10), got = 0;
	char bytes[LINE_MAX_BYTES];

	while (got < want) {
		ssize_t count = net_read(fd, bytes, sizeof(bytes), WAIT_MS);

		if (count <= 0) {
			say_error("read", count ? count : -EPIPE);
			return;
		}
		got += count;
	}
	printf("ok read=%ld\n", got);
}

static void do_drain(char *words)
{
	int error = net_drain(fd, WAIT_MS);

	(void)words;
	error ? say_error("drain", error) : (void)printf("ok\n");
}

static void do_eof(char *words)
{
	char byte;
	ssize_t count = net_read(fd, &byte, 1, WAIT_MS);

	(void)words;
	if (count == 0)
		printf("ok eof\n");
	else if (count == -ECONNRESET)
		printf("ok reset\n");
	else
		say_error("eof", count > 0 ? -EBADMSG : count);
}

static void do_finish(char *words)
{
	char bytes[LINE_MAX_BYTES];
	ssize_t count;

	(void)words;
	shutdown(fd, SHUT_WR);
	do {
		count = net_read(fd, bytes, sizeof(bytes), WAIT_MS);
	} while (count > 0);
	if (count == 0 || count == -ECONNRESET)
		printf("ok\n");
	else
		say_error("finish", count);
}

static void do_shutdown(char *words)
{
	(void)words;
	printf(shutdown(fd, SHUT_WR) ? "error shutdown\n" : "ok\n");
}

static void do_close(char *words)
{
	(void)words;
	close(fd);
	fd = -1;
	printf("ok\n");
}

static void do_reset(char *words)
{
	(void)words;
	net_reset(fd);
	fd = -1;
	printf("ok\n");
}

static const struct command commands[] = {
	{"connect", do_connect}, {"send", do_send},	{"receive", do_receive},
	{"request", do_request}, {"repeat", do_repeat}, {"write", do_write},
	{"await", do_await},	 {"read", do_read},	{"drain", do_drain},
	{"eof", do_eof},	 {"finish", do_finish}, {"shutdown", do_shutdown},
	{"close", do_close},	 {"reset", do_reset},
};

int main(void)
{
	commands_run(commands, sizeof(commands) / sizeof(commands[0]));
	return 0;
}
