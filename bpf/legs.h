/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What becomes of a segment of a moved connection: plain arithmetic on the flow, without a
 * helper, so that it runs under the flow's lock and in native tests alike.
 *
 * A leg's two deltas hold for all of its bytes, also for retransmissions from before a move: a
 * request moves only when everything before it is acknowledged, so such a byte lies below what
 * its receiver has already got, is trimmed there (RFC 9293, 3.10.7.4) and earns the sender the
 * acknowledgement that it missed.
 */
#ifndef SHUNT_BPF_LEGS_H
#define SHUNT_BPF_LEGS_H

#include "portable.h"
#include "tcp.h"

/* What comes on a parked leg is believed only this near to what its server sends next. */
#define LEG_WINDOW (1 << 20)

/* How far a timestamp on its way to the client may be above its last one: so many ticks of the server's
 * clock. */
#define LEG_TIME_STEP (1 << 16)

/* Bytes of options that each SYN has, before its passport and timestamp. */
#define LEG_OFFER_LENGTH 12

enum leg_action {
	LEG_PASS, /* send on as it is: our own, already in its receiver's numbering */
	LEG_TRANSLATE, /* between the client and the current leg */
	LEG_DROP,
	LEG_BEYOND, /* drop: the client does not know the current leg's smaller window yet */
	LEG_HOLD, /* the leg is opening: keep the bytes for it */
	LEG_RETRY, /* the leg is opening: the client has sent again */
	LEG_ABORT, /* the leg is opening: the client has reset the connection */
	LEG_OPENED, /* the leg's server has accepted */
	LEG_REFUSED, /* the leg's server has refused */
	LEG_REMEMBERED, /* the leg's server still has an older connection of this tuple */
	LEG_GONE, /* parked: its server has reset it */
	LEG_ACKNOWLEDGE, /* parked: acknowledge for the client */
	LEG_RESET, /* reset the leg's server */
	LEG_ANSWER, /* answered by the kernel: answer again */
	LEG_ANSWER_ACKNOWLEDGE, /* answered by the kernel: acknowledge */
};

/* Writes the options of a SYN that offers what the client and its origin agreed on. */
static __always_inline void legs_offer(const struct shunt_flow *flow, __u8 *options)
{
	__builtin_memset(options, TCP_OPTION_NOP, LEG_OFFER_LENGTH);
	options[0] = TCP_OPTION_MSS;
	options[1] = 4;
	options[2] = flow->client_mss >> 8;
	options[3] = flow->client_mss & 0xff;
	if (flow->client_options & SHUNT_CLIENT_SACK) {
		options[4] = TCP_OPTION_SACK_PERMITTED;
		options[5] = 2;
	}
	if (flow->client_options & SHUNT_CLIENT_SCALE) {
		options[9] = TCP_OPTION_SCALE;
		options[10] = 3;
		options[11] = flow->client_scale;
	}
}

/* Begins a flow with its origin's leg. The last timestamp that the client got is `last`; later ones are on
 * their way to it. */
static __always_inline void legs_begin(struct shunt_flow *flow, bool timestamps, __u32 last)
{
	struct shunt_leg *origin = &flow->legs[0];

	origin->state = SHUNT_LEG_OPEN;
	origin->flags = timestamps ? 0 : SHUNT_LEG_NO_TIMESTAMPS;
	origin->window_scale = flow->origin_scale;
	origin->last_time = last;
	origin->time_delta = LEG_TIME_STEP;
	flow->server_time = last + LEG_TIME_STEP;
}

/* Leaves the current leg at a request that starts at `start` in a segment that acknowledges
 * `reply`, both in the client's numbering. */
static __always_inline void legs_park(const struct shunt_flow *flow, struct shunt_leg *leg,
				      __u32 start, __u32 reply)
{
	leg->next_sequence = start + leg->sequence_delta;
	leg->next_reply = reply - leg->reply_delta;
	leg->acknowledged = flow->acknowledged + leg->sequence_delta;
	leg->last_time = flow->server_time - leg->time_delta;
}

/* Whether a parked leg's server has all that was sent to it. Until then no request can follow. */
static __always_inline bool legs_caught_up(const struct shunt_leg *leg)
{
	return !sequence_before(leg->acknowledged, leg->next_sequence);
}

/* Makes a parked leg current for a request at `start`, acknowledging `reply`. Its server's timestamps go on
 * where those of all legs before have ended: the client takes no older ones (RFC 7323, 5). */
static __always_inline void legs_resume(const struct shunt_flow *flow, struct shunt_leg *leg,
					__u32 start, __u32 reply)
{
	leg->sequence_delta = leg->next_sequence - start;
	leg->reply_delta = reply - leg->next_reply;
	leg->time_delta = flow->server_time - leg->last_time;
}

/*
 * Whether the server of the leg that is left, `age` ns after the move to it, needs no acknowledgement of its
 * own for what the client has acknowledged up to `reply`; with its last byte before it had acknowledged
 * `before`. Either the server has it already, or its answer was one segment, and the next request on that leg
 * will bring it in time. Of several, servers send the last again much sooner (RFC 8985, 7.2), and those that
 * measure their path by acknowledgements (BBR) would take it for a slow one.
 */
static __always_inline bool legs_may_delay(const struct shunt_flow *flow, __u32 before, __u32 reply,
					   __u64 age)
{
	__u32 answer = reply - before;

	if (reply == flow->client_reply)
		return true;
	return age < SHUNT_ACK_DELAY_NS && answer == flow->reply_length &&
	       answer <= flow->client_mss;
}

/* Makes a leg current whose server accepted a SYN that took flow->start - 1, with the sequence number
 * `initial` and by this offer. */
static __always_inline void legs_opened(const struct shunt_flow *flow, struct shunt_leg *leg,
					__u32 initial, const struct tcp_offer *offer)
{
	leg->sequence_delta = 0;
	leg->reply_delta = flow->client_reply - (initial + 1);
	leg->last_time = offer->time;
	leg->time_delta = flow->server_time - offer->time;
	leg->mss = offer->mss;
	leg->window_scale = flow->client_options & SHUNT_CLIENT_SCALE ? offer->scale : 0;
	leg->flags = 0;
	if (!offer->scale_present)
		leg->flags |= SHUNT_LEG_NO_SCALE;
	if (!offer->time_present || !(flow->client_options & SHUNT_CLIENT_TIMESTAMPS))
		leg->flags |= SHUNT_LEG_NO_TIMESTAMPS;
	leg->state = SHUNT_LEG_OPEN;
}

/* The latest of the client's timestamps: packets may overtake each other. */
static __always_inline void legs_client_time(struct shunt_flow *flow, __u32 time)
{
	if (!flow->client_time || sequence_after(time, flow->client_time))
		flow->client_time = time;
}

/*
 * The same of what the client gets from the server of `leg`, in a segment that ends at `end` of its numbering;
 * the client drops those that end before what it has acknowledged. What it echoes must stay comparable
 * with what it echoed at first.
 */
static __always_inline void legs_server_time(struct shunt_flow *flow, struct shunt_leg *leg,
					     __u32 end, __u32 time)
{
	__u32 age = time - leg->time_delta - leg->last_time;

	if (sequence_before(end + leg->reply_delta, flow->client_reply))
		return;
	if (sequence_after(time, flow->server_time))
		flow->server_time = time;
	if (age > 1U << 30 && age < 1U << 31)
		leg->last_time += 1U << 29;
}

/* A timestamp of a parked leg's server, in a segment that ends at `end`, unless it is of an older
 * connection. */
static __always_inline void legs_parked_time(struct shunt_leg *leg, __u32 end, __u32 time)
{
	if (leg->next_reply - end < LEG_WINDOW && sequence_after(time, leg->last_time))
		leg->last_time = time;
}

static __always_inline enum leg_action legs_client_opening(const struct shunt_flow *flow,
							   const struct segment *segment)
{
	if (segment->flags & TCP_RST)
		return LEG_ABORT;
	if (segment->end == segment->sequence)
		return LEG_DROP;
	return sequence_before(segment->sequence, flow->client_next) ? LEG_RETRY : LEG_HOLD;
}

static __always_inline enum leg_action legs_client_answered(struct shunt_flow *flow,
							    const struct segment *segment)
{
	if (segment->flags & TCP_RST || segment->end == segment->sequence)
		return LEG_DROP;
	if (!sequence_after(segment->sequence, flow->client_next) &&
	    sequence_after(segment->end, flow->client_next))
		flow->client_next = segment->end;
	return segment->acknowledgement == flow->answer_sequence ? LEG_ANSWER
								 : LEG_ANSWER_ACKNOWLEDGE;
}

/* Whether the segment, of the current leg, tells no more than numbers that go on: none of a connection's
 * states changes by it. */
static __always_inline bool legs_is_plain(const struct shunt_flow *flow,
					  const struct shunt_leg *leg,
					  const struct segment *segment)
{
	return !(segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) && !flow->answer_length &&
	       leg->state == SHUNT_LEG_OPEN;
}

/* A segment of the client for the current leg, which is not opening. */
static __always_inline enum leg_action legs_client_current(struct shunt_flow *flow,
							   const struct shunt_leg *leg,
							   const struct segment *segment)
{
	if (sequence_after(segment->end, flow->client_next))
		flow->client_next = segment->end;
	flow->client_reply = segment->acknowledgement;
	flow->client_window = segment->window;
	/* What begins at the edge itself makes the server tell its window, also if that was lost. */
	if (segment->length &&
	    sequence_after(segment->sequence + leg->sequence_delta, leg->window_end))
		return LEG_BEYOND;
	return LEG_TRANSLATE;
}

/* A segment that the client's pod sent; `leg` is the current one. */
static __always_inline enum leg_action legs_from_client(struct shunt_flow *flow,
							const struct shunt_leg *leg,
							const struct segment *segment)
{
	if (segment->flags & TCP_FIN)
		flow->fin |= SHUNT_FIN_CLIENT;
	if (flow->answer_length)
		return legs_client_answered(flow, segment);
	/* The leg's state, not the flow's: the socket may be gone before its RST comes by. */
	if (leg->state == SHUNT_LEG_OPENING)
		return legs_client_opening(flow, segment);
	return legs_client_current(flow, leg, segment);
}

/* Whether nothing more is to come, after this segment of the client: it resets, or both sides have ended and
 * have got each other's FIN, and all before it. */
static __always_inline bool legs_ended(const struct shunt_flow *flow, const struct segment *segment)
{
	if (segment->flags & TCP_RST)
		return true;
	return flow->fin == (SHUNT_FIN_CLIENT | SHUNT_FIN_SERVER) &&
	       !sequence_before(segment->acknowledgement, flow->reply_next) &&
	       !sequence_before(flow->acknowledged, flow->client_next);
}

/* The right edge of a server's window never moves back. */
static __always_inline void legs_window(struct shunt_leg *leg, const struct segment *segment,
					__u8 scale)
{
	__u32 end = segment->acknowledgement + ((__u32)segment->window << (scale & 15));

	if (segment->flags & TCP_ACK && sequence_after(end, leg->window_end))
		leg->window_end = end;
}

static __always_inline enum leg_action legs_server_opening(const struct shunt_flow *flow,
							   const struct segment *segment)
{
	if (segment->flags & TCP_RST)
		return segment->acknowledgement == flow->start ? LEG_REFUSED : LEG_DROP;
	if (!(segment->flags & TCP_ACK))
		return LEG_DROP;
	/* The new connection's, which a RST would end: its SYN-ACK is still to come. */
	if (segment->acknowledgement == flow->start)
		return segment->flags & TCP_SYN ? LEG_OPENED : LEG_DROP;
	return LEG_REMEMBERED; /* a challenge ACK (RFC 5961, 4), or an older SYN's answer */
}

static __always_inline enum leg_action legs_server_current(struct shunt_flow *flow,
							   struct shunt_leg *leg,
							   const struct segment *segment)
{
	__u32 acknowledged = segment->acknowledgement - leg->sequence_delta;
	__u32 end = segment->end + leg->reply_delta;

	if (segment->flags & TCP_SYN)
		return LEG_DROP; /* its acknowledgement is under way with the request */
	if (segment->flags & TCP_RST)
		return LEG_TRANSLATE; /* its numbers may be an older connection's: the client knows */
	if (segment->flags & TCP_ACK && sequence_after(acknowledged, flow->acknowledged))
		flow->acknowledged = acknowledged;
	if (sequence_after(end, flow->reply_next)) {
		flow->reply_next = end;
		flow->reply_length = segment->length < 0xffff ? segment->length : 0xffff;
	}
	legs_window(leg, segment, leg->window_scale);
	/* Nothing follows a FIN; an older connection's lies below. */
	if (segment->flags & TCP_FIN && end == flow->reply_next)
		flow->fin |= SHUNT_FIN_SERVER;
	return LEG_TRANSLATE;
}

static __always_inline enum leg_action legs_server_parked(struct shunt_leg *leg,
							  const struct segment *segment)
{
	if (segment->flags & TCP_RST) {
		if (leg->state != SHUNT_LEG_OPEN ||
		    segment->sequence - leg->next_reply >= LEG_WINDOW)
			return LEG_DROP;
		leg->state = SHUNT_LEG_CLOSED;
		return LEG_GONE;
	}
	if (leg->state != SHUNT_LEG_OPEN)
		return LEG_RESET;
	if (!(segment->flags & TCP_SYN))
		legs_window(leg, segment, leg->window_scale);
	if (segment->flags & TCP_ACK && sequence_after(segment->acknowledgement, leg->acknowledged))
		leg->acknowledged = segment->acknowledgement;
	if (segment->flags & TCP_FIN || sequence_after(segment->end, leg->next_reply)) {
		leg->state = SHUNT_LEG_CLOSED;
		return LEG_RESET;
	}
	if (segment->length || segment->flags & TCP_SYN || segment->sequence != leg->next_reply)
		return LEG_ACKNOWLEDGE;
	return LEG_DROP;
}

/* A segment that the server of leg `index` sent. */
static __always_inline enum leg_action legs_from_server(struct shunt_flow *flow,
							struct shunt_leg *leg, __u8 index,
							const struct segment *segment)
{
	if (flow->answer_length) {
		/* Ours acknowledges all that the client sent, which no leg has got. */
		if (index == 0 && segment->acknowledgement == flow->client_next &&
		    segment->sequence - flow->answer_sequence <= flow->answer_length)
			return LEG_PASS;
		return segment->flags & TCP_RST ? LEG_DROP : LEG_RESET;
	}
	if (index != flow->current)
		return legs_server_parked(leg, segment);
	if (leg->state != SHUNT_LEG_OPENING)
		return legs_server_current(flow, leg, segment);
	if (flow->state == SHUNT_FLOW_OPENING)
		return legs_server_opening(flow, segment);
	return segment->flags & TCP_RST ? LEG_DROP : LEG_RESET;
}

/*
 * Whether a request that starts at `start`, in a segment that acknowledges `reply`, may change
 * the leg: everything that the server sent has reached the client, and everything before the request
 * has reached the current leg's server. A server that has `answered` all of it may be behind with
 * acknowledging; what it has not acknowledged is under way to it.
 */
static __always_inline bool legs_quiet(const struct shunt_flow *flow, __u32 start, __u32 reply,
				       bool answered)
{
	return flow->state == SHUNT_FLOW_OPEN && !flow->fin &&
	       (answered || !sequence_before(flow->acknowledged, start)) &&
	       !sequence_before(reply, flow->reply_next);
}

#endif
