/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A moved connection as its two ends see it: a client and the servers of its legs, each a small TCP
 * with send and receive queues, a network that loses, delays and repeats, and between them the
 * translation under test. Payload is not copied: a packet says whose bytes it has and from which
 * offset on. All positions of the ends are 64-bit offsets of their streams, so that what the 32-bit
 * arithmetic makes of them can be checked exactly.
 */
#ifndef SHUNT_TESTS_UNIT_MODEL_H
#define SHUNT_TESTS_UNIT_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "bpf/legs.h"

#define MODEL_ENDPOINTS 6 /* the origin, and one more than there are legs for */
#define MODEL_REQUESTS 24
#define MODEL_CONNECTIONS 96 /* of all servers, one after the other */
#define MODEL_PACKETS 1024 /* on their way */
#define MODEL_EVENTS 512 /* the last ones, shown where the model fails */
#define MODEL_RANGES 16
#define MODEL_BLOCKS 4
#define MODEL_TICKS_MAX 2000000 /* 1 ms each; a fair network needs less */

#define STREAM_CLIENT (-1)
#define STREAM_KERNEL (-2) /* the switch's own answer */
#define CONNECTION_PENDING (-1) /* the leg is not open yet */
#define CONNECTION_KERNEL (-2)
#define NEVER UINT64_MAX

struct range {
	__u64 from, to;
};

struct packet {
	struct tcp_image image;
	__u32 length;
	__u64 content; /* offset of the first byte in its stream */
	int stream; /* STREAM_CLIENT, or the server's connection */
	int endpoint; /* whom it goes to, or comes from */
	int meant; /* connection that it was translated for */
	bool toward_server;
	bool passed; /* it has come to the switch */
	bool crafted; /* by the switch */
	bool duplicate; /* its first block is that of a duplicate */
	bool injected; /* comes by from_pod though it is not the client's */
	__u64 edge; /* right edge of the sender's window, in its peer's stream */
	__u64 due; /* tick at which it arrives */
	__u64 order;
};

/* One end of a TCP connection. */
struct peer {
	const char *name;
	int connection; /* STREAM_CLIENT, or the server's number */
	int endpoint;
	__u32 sent_base, received_base; /* numbers of the first bytes */
	bool open, closed, accepting; /* accepting: the SYN-ACK is not acknowledged */
	/* What it sends. A FIN stands after the last byte. */
	__u64 una, next, highest, probed, end; /* probed: up to there, beyond the window */
	bool fin;
	__u64 peer_edge;
	__s64 told_at; /* offset of the segment that last told the peer's window (SND.WL1) */
	__u32 path, flight; /* bytes that may be under way: now, and at most */
	__u32 mss;
	__u8 peer_scale, repeats;
	/* What it gets. */
	__u64 expects, told, read, edge;
	__u64 peer_end; /* where the peer's FIN stands, or NEVER */
	bool fin_received;
	struct range ranges[MODEL_RANGES], duplicate;
	int range_count;
	__u32 buffer;
	__u8 scale;
	bool scaled, sack, timestamps, probes_byte, drops_overlong;
	__u32 echo; /* the peer's timestamp to echo (TS.Recent, RFC 7323) */
	int echo_stream; /* whose it is */
	__u32 clock, ticks, began; /* its own timestamps: offset, ticks each ms, the first one */
	int unacknowledged;
	bool acknowledge, reads;
	__u64 resend_at, acknowledge_at, probe_at, keepalive_at, read_at, answer_at;
	__u32 backoff;
	__u64 assigned_in, assigned_out; /* of the requests meant for it, and their answers */
	/* What the switch has seen of it. */
	__u64 edge_seen, acknowledged_seen;
	bool fin_seen;
	bool half; /* it got a part of a request that then went elsewhere */
};

struct request {
	__u64 start, answer; /* offsets of the client's stream, and of what it receives */
	__u64 length, answer_length, head;
	int target; /* endpoint that its marker names */
	int connection; /* that gets it, or CONNECTION_* */
	__u64 at, answer_at; /* offsets in that connection's streams */
	bool begun, answered, pipelined, fallback, early;
};

/* What is followed of the messages, as struct shunt_framing has it. */
struct framing {
	__u32 next, start, want_start, reply, reply_before, count;
	__u64 left; /* bytes of the present request */
	__u64 head_left;
	__u32 response_next, response_count;
	__u64 response_left;
	__u8 flags;
	bool want_answered, in_head, pinned, lost, overtaken, response_body;
};

struct held {
	bool used, fin;
	__u64 content;
	__u32 length;
	__u64 since;
	bool refused;
};

/* The code under test, and what it keeps. */
struct middle {
	struct shunt_flow flow;
	bool moved, split_kept;
	struct framing framing;
	struct held held;
	int leg_connection[SHUNT_LEGS_MAX];
	int meant; /* connection that what is crafted now is meant for */
	struct packet queue[256]; /* injected */
	int queued, taken;
};

struct event {
	__u64 now;
	const char *what;
	int who;
	__u32 sequence, acknowledgement, length;
	__u16 window;
	__u8 flags;
};

/* How a seed's network and ends behave, in 1/1000. */
struct manners {
	__u32 loss, repeat, late, jitter, refusal, parked_end;
	bool fails_to_origin, scaled, sack, timestamps, pipelines, half_close, server_closes,
		resets;
	__u32 size, mss;
};

struct world {
	__u64 seed, random, now;
	struct manners manners;
	struct peer client, servers[MODEL_CONNECTIONS];
	int connections, live[MODEL_ENDPOINTS]; /* the endpoint's connection, or -1 */
	__u32 last_initial[MODEL_ENDPOINTS];
	struct middle middle;
	struct request requests[MODEL_REQUESTS];
	int request_count, sent_count, completed; /* by the client */
	struct packet packets[MODEL_PACKETS];
	int heap[MODEL_PACKETS], packet_count; /* slots, the first packet_count of them in use */
	__u64 order;
	bool reset_expected, kernel_answers, done;
	__u64 kernel_answer_at;
	struct event events[MODEL_EVENTS];
	__u64 event_count;
	unsigned int moves, opens, beyond, given_up, answers_by_kernel, refusals, splits, wraps,
		old_times, delays;
};

static inline __u32 model_random(struct world *world, __u32 below)
{
	world->random = world->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return below ? (world->random >> 33) % below : 0;
}

static inline bool model_chance(struct world *world, __u32 thousandths)
{
	return model_random(world, 1000) < thousandths;
}

static inline void model_show(const struct world *world)
{
	__u64 first = world->event_count > MODEL_EVENTS ? world->event_count - MODEL_EVENTS : 0;

	for (__u64 i = first; i < world->event_count; i++) {
		const struct event *event = &world->events[i % MODEL_EVENTS];

		print_error("%8llu %-22s %3d seq %u ack %u len %u win %u flags %02x\n",
			    (unsigned long long)event->now, event->what, event->who,
			    event->sequence, event->acknowledgement, event->length, event->window,
			    event->flags);
	}
}

static inline void model_show_peer(const struct peer *peer)
{
	print_error("%s %d: una %llu next %llu highest %llu end %llu edge %llu, window at %lld; "
		    "expects %llu read %llu edge %llu\n",
		    peer->name, peer->connection, (unsigned long long)peer->una,
		    (unsigned long long)peer->next, (unsigned long long)peer->highest,
		    (unsigned long long)peer->end, (unsigned long long)peer->peer_edge,
		    (long long)peer->told_at, (unsigned long long)peer->expects,
		    (unsigned long long)peer->read, (unsigned long long)peer->edge);
}

static inline void model_show_requests(const struct world *world)
{
	const struct shunt_flow *flow = &world->middle.flow;

	print_error(
		"flow: state %u current %u fin %u acknowledged %u client next %u reply %u next %u; "
		"framing: flags %02x%s%s\n",
		flow->state, flow->current, flow->fin, flow->acknowledged, flow->client_next,
		flow->client_reply, flow->reply_next, world->middle.framing.flags,
		world->middle.framing.pinned ? ", pinned" : "",
		world->middle.framing.lost ? ", lost" : "");
	for (int i = 0; i < world->request_count; i++) {
		const struct request *request = &world->requests[i];

		print_error(
			"request %d at %u, %llu bytes, answer at %u, %llu bytes; for server %d, "
			"on connection %d%s%s%s%s\n",
			i, world->client.sent_base + (__u32)request->start,
			(unsigned long long)request->length,
			world->client.received_base + (__u32)request->answer,
			(unsigned long long)request->answer_length, request->target,
			request->connection, request->answered ? ", answered" : "",
			request->early ? ", early" : "", request->pipelined ? ", pipelined" : "",
			request->fallback ? ", fallen back" : "");
	}
}

#define model_fail(world, ...)                                                  \
	do {                                                                    \
		model_show(world);                                              \
		model_show_requests(world);                                     \
		model_show_peer(&(world)->client);                              \
		for (int i_ = 0; i_ < (world)->connections; i_++)               \
			model_show_peer(&(world)->servers[i_]);                 \
		print_error("seed %llu: ", (unsigned long long)(world)->seed);  \
		print_error(__VA_ARGS__);                                       \
		fail_msg("MODEL_SEED=%llu", (unsigned long long)(world)->seed); \
	} while (0)

static inline void model_note(struct world *world, const char *what, int who,
			      const struct packet *packet)
{
	struct event *event = &world->events[world->event_count++ % MODEL_EVENTS];

	*event = (struct event){.now = world->now, .what = what, .who = who};
	if (!packet)
		return;
	event->sequence = ntohl(packet->image.sequence);
	event->acknowledgement = ntohl(packet->image.acknowledgement);
	event->length = packet->length;
	event->window = ntohs(packet->image.window);
	event->flags = packet->image.flags;
}

static inline struct segment packet_segment(const struct packet *packet)
{
	struct segment segment = {
		.sequence = ntohl(packet->image.sequence),
		.acknowledgement = ntohl(packet->image.acknowledgement),
		.length = packet->length,
		.window = ntohs(packet->image.window),
		.flags = packet->image.flags,
	};

	segment.end = segment.sequence + segment.length + !!(segment.flags & TCP_SYN) +
		      !!(segment.flags & TCP_FIN);
	return segment;
}

/* What the end's clock says, for its timestamps. */
static inline __u32 model_time(const struct world *world, const struct peer *peer)
{
	return peer->clock + (__u32)world->now * peer->ticks;
}

/* The offset near `known` that a number stands for. */
static inline __s64 offset_near(__u32 number, __u32 base, __u64 known)
{
	return (__s64)known + (__s32)(number - (__u32)(base + known));
}

#endif
