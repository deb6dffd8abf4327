// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "chance.h"
#include "schedule.h"

#define LIMIT_MS 100000 /* more than nine retransmissions in a row, from 200 ms on */
#define PIPELINED_BODY 2000 /* what both ends' buffers always have room for */
#define PERCENT (CHANCE_CERTAIN / 100)

static bool percent(uint64_t *state, unsigned int value)
{
	return chance_hits(state, value * PERCENT);
}

/* A method by which one tells requests with a body from those without. */
static const char *draw_method(uint64_t *state, bool body)
{
	static const char *const with[] = {"POST", "PUT", "PATCH", "DELETE"};
	static const char *const without[] = {"GET", "GET", "GET", "OPTIONS", "DELETE", "HEAD"};

	return body ? with[chance_between(state, 0, 3)] : without[chance_between(state, 0, 5)];
}

static void draw_request(const struct schedule_mix *mix, uint64_t *state, uint64_t largest,
			 struct request *request)
{
	*request = (struct request){.download = -1, .limit_ms = LIMIT_MS};
	request->seed = chance_between(state, 1, UINT32_MAX);
	if (percent(state, 40))
		request->body = chance_size(state, largest);
	if (request->body && percent(state, mix->chunked))
		request->chunk = 1 + chance_size(state, 20000);
	/* Shorter chunks would be more framing than body. */
	if (request->chunk && request->chunk < request->body / 1000)
		request->chunk = request->body / 1000;
	if (percent(state, 90))
		request->download = chance_size(state, largest);
	if (percent(state, 10))
		request->head = 300 + chance_size(state, 5000);
	request->marker_last = percent(state, 50);
	snprintf(request->method, sizeof(request->method), "%s",
		 draw_method(state, request->body != 0));
}

/* What the server is asked for. */
static void draw_query(const struct schedule_mix *mix, uint64_t *state, unsigned int connection,
		       unsigned int number, bool close, struct request *request)
{
	const char *status = percent(state, 5)	 ? "&status=204"
			     : percent(state, 5) ? "&status=304"
						 : "";
	const char *chunked = percent(state, mix->chunked_answers) ? "&chunked=1" : "";

	snprintf(request->query, sizeof(request->query), "id=%s.%u.%u%s%s%s", mix->name, connection,
		 number, status, chunked, close ? "&close=1" : "");
}

static enum burst_ending draw_ending(const struct schedule_mix *mix, uint64_t *state)
{
	for (int ending = ENDING_CLOSE; ending <= ENDING_RESET; ending++) {
		if (percent(state, mix->endings))
			return ending;
	}
	return ENDING_NONE;
}

static enum burst_writing draw_writing(const struct schedule_mix *mix, uint64_t *state)
{
	if (percent(state, mix->pieces))
		return WRITE_HEAD_SPLIT;
	return percent(state, mix->pieces) ? WRITE_PIECES : WRITE_AT_ONCE;
}

void schedule_burst(const struct schedule_mix *mix, uint64_t *state, unsigned int connection,
		    unsigned int number, unsigned int most, unsigned int turns, struct burst *burst)
{
	bool pipelining = percent(state, mix->pipelining);
	uint64_t largest = pipelining && mix->body > PIPELINED_BODY ? PIPELINED_BODY : mix->body;

	*burst = (struct burst){
		.count = pipelining ? chance_between(state, 2, BURST_MAX) : 1,
		.turn = chance_between(state, 0, turns - 1),
		.pause_ms = percent(state, 30) ? chance_between(state, 0, 5) : 0,
		.reset_ms = chance_between(state, 0, 30),
		.reset_percent = percent(state, 50) ? 100 : chance_between(state, 0, 100),
		.writing = draw_writing(mix, state),
		.ending = draw_ending(mix, state),
		.pieces = chance_next(state),
	};
	/* Who pipelines may find the connection pinned after it. */
	if (pipelining && burst->ending == ENDING_NONE)
		burst->ending = ENDING_CLOSE;
	if (percent(state, 25))
		burst->think_ms = chance_between(state, 0, mix->think_ms);
	if (burst->count > most)
		burst->count = most;
	for (unsigned int i = 0; i < burst->count; i++) {
		bool close = burst->ending == ENDING_SERVER && i + 1 == burst->count;

		draw_request(mix, state, largest, &burst->requests[i]);
		draw_query(mix, state, connection, number + i, close, &burst->requests[i]);
	}
}
