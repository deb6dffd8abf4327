/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Following a connection's requests: finding where one begins, and what its marker wants. Only
 * connections to service ports that have an override come here.
 */
#ifndef SHUNT_BPF_REQUEST_H
#define SHUNT_BPF_REQUEST_H

#include "head.h"
#include "socket.h"

#define REQUESTS_IN_PACKET_MAX 16 /* heads and bodies together */
#define FRAMING_STEPS_MAX (64 * 1024 + 64)

static long framing_run_step(__u32 index, struct __sk_buff **skb)
{
	struct scratch *scratch = scratch_get();
	struct shunt_framing *state;
	__u32 left;
	__u8 byte;

	(void)index;
	if (!scratch)
		return 1;
	state = &scratch->framing;
	left = scratch->run_end - scratch->run_at;
	if (!left || state->state == FRAMING_PINNED || state->state == FRAMING_START)
		return 1;
	if (framing_is_data(state)) {
		scratch->run_at += framing_skip(state, left);
		return 0;
	}
	if (bpf_skb_load_bytes(*skb, scratch->run_at, &byte, 1)) {
		framing_pin(state, SHUNT_REASON_HELPER_FAILED);
		return 1;
	}
	framing_byte(state, byte);
	scratch->run_at++;
	return 0;
}

/* Follows a body from `at` of the payload to its end or the packet's. Returns the new offset. */
SUBPROGRAM __u32 request_body(struct __sk_buff *skb, __u32 at)
{
	struct scratch *scratch = scratch_get();
	struct shunt_framing *state;
	__u32 length;

	if (!scratch)
		return at;
	state = &scratch->framing;
	length = scratch->packet.segment.length;
	if (framing_is_data(state) && state->remaining > length - at) {
		framing_skip(state, length - at);
		return length;
	}
	scratch->run_at = scratch->packet.payload + at;
	scratch->run_end = scratch->packet.payload + length;
	bpf_loop(FRAMING_STEPS_MAX, framing_run_step, &skb, 0);
	if (state->state == FRAMING_PINNED)
		count(state->reason);
	return scratch->run_at - scratch->packet.payload;
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

	if (request_parse_here(skb, 0) != HTTP_DONE)
		return false;
	if (socket_read(skb) || socket->snd_una != packet->segment.sequence) {
		count(SHUNT_REASON_UNPROVEN);
		return false;
	}
	if (known && known->next == packet->segment.sequence &&
	    sequence_after(packet->segment.acknowledgement, known->reply))
		return true;
	if (socket->rcv_nxt == packet->segment.acknowledgement &&
	    sequence_after(socket->rcv_nxt, socket->snd_wl1))
		return true;
	count(SHUNT_REASON_UNPROVEN);
	return false;
}

/* Fills scratch->framing for a connection seen in mid-life, of which `known` is known. */
static __always_inline void request_first_seen(struct __sk_buff *skb, struct scratch *scratch,
					       const struct shunt_framing *known)
{
	const struct segment *segment = &scratch->packet.segment;
	bool proven = request_proven(skb, scratch, known);
	struct shunt_framing *state = &scratch->framing;

	__builtin_memset(state, 0, sizeof(*state));
	state->state = proven ? FRAMING_START : FRAMING_UNPROVEN;
	state->next = proven ? segment->sequence : segment->end;
	state->reply = segment->acknowledgement;
	state->flags = proven ? SHUNT_FRAMING_FIRST : 0;
}

/* Follows the requests and bodies from `at` of the payload to its end. Returns WANT_*. */
static __always_inline int request_follow(struct __sk_buff *skb, struct scratch *scratch, __u32 at,
					  __u32 service)
{
	struct shunt_framing *state = &scratch->framing;
	__u32 length = scratch->packet.segment.length, n;
	int one;

	scratch->want = WANT_NOTHING;
	for (n = 0; n < REQUESTS_IN_PACKET_MAX; n++) {
		if (at >= length || state->state == FRAMING_PINNED)
			return scratch->want;
		if (state->state != FRAMING_START && state->state != FRAMING_HEAD) {
			at = request_body(skb, at);
			continue;
		}
		one = state->state == FRAMING_START ? request_new_head(skb, at, service)
						    : request_held_head(skb, at, service);
		if (one != WANT_NOTHING)
			scratch->want = one;
		if (!scratch->consumed)
			return scratch->want;
		at += scratch->consumed;
	}
	if (at < length)
		request_pin(scratch, state, SHUNT_REASON_TOO_MANY_REQUESTS);
	return scratch->want;
}

/* Whether the client still has to send what lies before `sequence`. */
static __always_inline bool request_will_be_sent_again(struct __sk_buff *skb,
						       struct scratch *scratch, __u32 sequence)
{
	return !socket_read(skb) && !sequence_after(scratch->socket.snd_una, sequence);
}

/*
 * The packet has overtaken others, or they were never seen. Missing bytes of a body do not matter.
 * Where they may hold a boundary, the packet is dropped (false): the client sends it again after
 * them. It is let through if they have reached the server unseen, and then the next boundary must
 * be proven.
 */
static __always_inline bool request_bridge_gap(struct __sk_buff *skb, struct scratch *scratch)
{
	const struct segment *segment = &scratch->packet.segment;
	struct shunt_framing *state = &scratch->framing;
	__u32 gap = segment->sequence - state->next;

	if (framing_is_data(state) && state->remaining >= gap) {
		framing_skip(state, gap);
		state->next = segment->sequence;
		return true;
	}
	if (request_will_be_sent_again(skb, scratch, state->next)) {
		count(SHUNT_REASON_AHEAD);
		return false;
	}
	if (state->state == FRAMING_HEAD)
		bpf_map_delete_elem(&held, &scratch->connection);
	request_first_seen(skb, scratch, NULL);
	count(SHUNT_REASON_GAP);
	return true;
}

/*
 * Follows the client's stream through the payload of scratch->packet. Returns WANT_*: what the
 * request wants whose head is completed by this packet and may still change the leg.
 */
SUBPROGRAM int request_examine(struct __sk_buff *skb, __u32 service)
{
	struct scratch *scratch = scratch_get();
	const struct segment *segment;
	struct shunt_framing *known;
	int want = WANT_NOTHING;
	__u32 at;

	if (!scratch)
		return WANT_NOTHING;
	segment = &scratch->packet.segment;
	known = bpf_map_lookup_elem(&framing, &scratch->connection);
	if (known && known->state == FRAMING_PINNED)
		return WANT_NOTHING;
	if (known && known->state != FRAMING_UNPROVEN)
		scratch->framing = *known;
	else
		request_first_seen(skb, scratch, known);
	if (known && known->state != FRAMING_UNPROVEN &&
	    sequence_after(segment->sequence, known->next) && !request_bridge_gap(skb, scratch))
		return WANT_DROP;
	if (scratch->framing.state != FRAMING_UNPROVEN) {
		at = scratch->framing.next - segment->sequence;
		if (at >= segment->length) /* seen before */
			return WANT_NOTHING;
		want = request_follow(skb, scratch, at, service);
		scratch->framing.next = segment->sequence + segment->length;
		scratch->framing.reply = segment->acknowledgement;
	}
	if (known)
		*known = scratch->framing;
	else
		bpf_map_update_elem(&framing, &scratch->connection, &scratch->framing, BPF_ANY);
	return want;
}

#endif
