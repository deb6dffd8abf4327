/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Following a connection's requests: finding where one begins, and what its marker wants. Only
 * connections to service ports that have an override come here.
 */
#ifndef SHUNT_BPF_REQUEST_H
#define SHUNT_BPF_REQUEST_H

#include "head.h"
#include "socket.h"

/* Bytes of the 100 (Continue) that servers send: "HTTP/1.1 100 Continue" and an empty line. What
 * follows it is a body. */
#define REQUEST_BARE_CONTINUE 25

/* The head in scratch->head may begin a request, or not. Whoever named a context in it is told. */
SUBPROGRAM int request_unproven(void)
{
	struct scratch *scratch = scratch_get();

	if (scratch && scratch->head.rank != SHUNT_HEAD_NO_MARKER)
		return head_notice(SHUNT_REASON_UNPROVEN);
	count(SHUNT_REASON_UNPROVEN);
	return 0;
}

/*
 * Whether the first byte of this packet is a request's first, on a connection whose earlier bytes
 * were not seen: the packet begins with a complete head, everything before it is acknowledged,
 * and the server has spoken since.
 */
static __always_inline bool request_proven(struct __sk_buff *skb, struct scratch *scratch,
					   const struct shunt_framing *known)
{
	const struct packet *packet = &scratch->packet;
	const struct client_socket *socket = &scratch->socket;

	if (stream_head(skb, scratch, 0) != HTTP_DONE)
		return false;
	if (known && known->responses.state == FRAMING_INTERIM)
		return false; /* what follows a 100 (Continue) is a body */
	if (socket_read(skb) || socket->snd_una != packet->segment.sequence) {
		request_unproven();
		return false;
	}
	if (known && known->requests.next == packet->segment.sequence &&
	    sequence_after(packet->segment.acknowledgement, known->reply))
		return true;
	if (socket->rcv_nxt == packet->segment.acknowledgement &&
	    sequence_after(socket->rcv_nxt, socket->snd_wl1) &&
	    socket->rcv_nxt - socket->snd_wl1 != REQUEST_BARE_CONTINUE)
		return true;
	request_unproven();
	return false;
}

/* Fills scratch->framing for a connection seen in mid-life, of which `known` is known, if it is. */
SUBPROGRAM int request_first_seen(struct __sk_buff *skb, const struct shunt_framing *known)
{
	struct scratch *scratch = scratch_get();
	const struct segment *segment;
	struct shunt_framing *state;
	bool proven;

	if (!scratch)
		return 0;
	segment = &scratch->packet.segment;
	proven = request_proven(skb, scratch, known);
	state = &scratch->framing;
	__builtin_memset(state, 0, sizeof(*state));
	state->requests.state = proven ? FRAMING_START : FRAMING_UNPROVEN;
	state->requests.next = proven ? segment->sequence : segment->end;
	state->reply = segment->acknowledgement;
	state->flags = proven ? SHUNT_FRAMING_FIRST : 0;
	scratch->responses_begin = 1;
	return 0;
}

/* Follows a body from `at` of the payload. Returns the new offset. */
static __always_inline __u32 request_body(struct __sk_buff *skb, struct scratch *scratch, __u32 at)
{
	struct shunt_stream *requests = &scratch->framing.requests;

	scratch->stream = *requests;
	at = stream_body(skb, at);
	*requests = scratch->stream;
	if (requests->state == FRAMING_PINNED)
		head_pin(scratch, requests->reason);
	return at;
}

/* Follows the requests and bodies from `at` of the payload to its end. Returns WANT_*. */
static __always_inline int request_follow(struct __sk_buff *skb, struct scratch *scratch, __u32 at)
{
	struct shunt_stream *requests = &scratch->framing.requests;
	__u32 length = scratch->packet.segment.length, n;
	int one;

	scratch->want = WANT_NOTHING;
	for (n = 0; n < STREAM_MESSAGES_MAX; n++) {
		if (at >= length || requests->state == FRAMING_PINNED)
			return scratch->want;
		if (requests->state != FRAMING_START && requests->state != FRAMING_HEAD) {
			at = request_body(skb, scratch, at);
			continue;
		}
		one = requests->state == FRAMING_START ? head_new(skb, at) : head_more(skb, at);
		if (one != WANT_NOTHING)
			scratch->want = one;
		if (!scratch->consumed)
			return scratch->want;
		at += scratch->consumed;
	}
	if (at < length)
		head_pin(scratch, SHUNT_REASON_TOO_MANY_REQUESTS);
	return scratch->want;
}

/*
 * What is known of the connection, or NULL; a copy is in scratch->framing, FRAMING_BUSY where another
 * processor is publishing just now. A flow that is looked up afterwards is never older than the copy.
 */
static __always_inline struct shunt_framing *request_known(struct scratch *scratch)
{
	struct shunt_framing *known = bpf_map_lookup_elem(&framing, &scratch->connection);
	__u64 place;

	if (!known)
		return NULL;
	place = load_word(&known->requests.next);
	memory_order();
	scratch->framing = *known;
	memory_order();
	if (load_word(&known->requests.next) != place)
		scratch->framing.requests.state = FRAMING_BUSY;
	return known;
}

/* Whether the client still has to send what lies before `sequence`. */
static __always_inline bool request_will_be_sent_again(struct __sk_buff *skb,
						       struct scratch *scratch, __u32 sequence)
{
	return !socket_read(skb) && !sequence_after(scratch->socket.snd_una, sequence);
}

/*
 * The packet has overtaken others, or they were never seen. Missing bytes of a body do not matter.
 * Where they may hold a boundary, the packet has come too early (false), see early.h. It is let
 * through if they have reached the server unseen, and then the next boundary must be proven.
 */
static __always_inline bool request_bridge_gap(struct __sk_buff *skb, struct scratch *scratch)
{
	const struct segment *segment = &scratch->packet.segment;
	struct shunt_stream *requests = &scratch->framing.requests;
	__u32 gap = segment->sequence - requests->next;

	if (framing_is_data(requests) && requests->remaining >= gap) {
		framing_skip(requests, gap);
		requests->next = segment->sequence;
		return true;
	}
	if (request_will_be_sent_again(skb, scratch, requests->next))
		return false;
	if (requests->state == FRAMING_HEAD)
		bpf_map_delete_elem(&held, &scratch->connection);
	request_first_seen(skb, NULL);
	count(SHUNT_REASON_GAP);
	return true;
}

/*
 * Whether the client's FIN, in a packet without payload, has overtaken bytes that may begin a request. A
 * connection whose client has ended its side does not move any more: the FIN has come too early.
 */
SUBPROGRAM int request_end_is_early(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	const struct shunt_stream *requests;
	__u32 gap;

	if (!scratch)
		return 0;
	requests = &scratch->framing.requests;
	if (requests->state == FRAMING_PINNED || requests->state == FRAMING_UNPROVEN)
		return 0;
	if (requests->state == FRAMING_BUSY)
		return 1;
	gap = scratch->packet.segment.sequence - requests->next;
	return (__s32)gap > 0 && !(framing_is_data(requests) && requests->remaining >= gap) &&
	       request_will_be_sent_again(skb, scratch, requests->next);
}

/* Brings what the packet in hand has changed to where packets behind it look, on other processors too. The
 * responses are to_pod's, unless they begin anew. */
SUBPROGRAM int request_publish(struct shunt_framing *known)
{
	struct scratch *scratch = scratch_get();
	const struct shunt_framing *state;

	if (!scratch)
		return 0;
	state = &scratch->framing;
	if (!known)
		return bpf_map_update_elem(&framing, &scratch->connection, state, BPF_ANY);
	known->requests.state = FRAMING_BUSY;
	memory_order();
	known->requests.remaining = state->requests.remaining;
	known->start = state->start;
	known->reply = state->reply;
	known->methods = state->methods;
	known->flags = state->flags;
	known->early = 0;
	if (scratch->responses_begin)
		known->responses = state->responses;
	memory_order();
	*(__u64 *)&known->requests.next = load_word(&state->requests.next);
	return 0;
}

/*
 * Follows the client's stream through the payload of scratch->packet; `known` is from request_known().
 * Returns WANT_*: what the request wants whose head is completed by this packet and may still change the
 * leg. Then it is for the caller to publish, when the leg is changed: what comes behind must not go by
 * before.
 */
SUBPROGRAM int request_examine(struct __sk_buff *skb, struct shunt_framing *known)
{
	struct scratch *scratch = scratch_get();
	const struct segment *segment;
	struct shunt_stream *requests;
	int want = WANT_NOTHING;
	__u32 at;

	if (!scratch)
		return WANT_NOTHING;
	segment = &scratch->packet.segment;
	requests = &scratch->framing.requests;
	scratch->responses_begin = 0;
	scratch->reply_before = scratch->framing.reply;
	if (known && requests->state == FRAMING_PINNED)
		return WANT_NOTHING;
	if (known && requests->state == FRAMING_BUSY)
		return WANT_EARLY;
	if (known && framing_goes_on(requests, segment->sequence, segment->length)) {
		scratch->framing.reply = segment->acknowledgement;
		request_publish(known);
		return WANT_NOTHING;
	}
	if (!known || requests->state == FRAMING_UNPROVEN)
		request_first_seen(skb, known);
	else if (sequence_after(segment->sequence, requests->next) &&
		 !request_bridge_gap(skb, scratch))
		return WANT_EARLY;
	if (requests->state != FRAMING_UNPROVEN) {
		at = requests->next - segment->sequence;
		if (at >= segment->length) /* seen before */
			return WANT_NOTHING;
		want = request_follow(skb, scratch, at);
		requests->next = segment->sequence + segment->length;
		scratch->framing.reply = segment->acknowledgement;
	}
	if (want == WANT_NOTHING)
		request_publish(known);
	return want;
}

#endif
