// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The switch: TC programs on both directions of every client pod's link. from_pod finds the
 * marker and moves the request; both translate between the client and the current leg.
 */
#include "maps.h"
#include "craft.h"
#include "legs.h"
#include "move.h"
#include "request.h"

/* Leave the packet as it is to whoever comes next on the link. */
#define PASS TC_ACT_UNSPEC

static __always_inline struct shunt_frontend *frontend_find(struct scratch *scratch, __u32 side,
							    __u16 port)
{
	scratch->frontend.address = scratch->packet.addresses[side];
	scratch->frontend.port = port;
	scratch->frontend.reserved = 0;
	return bpf_map_lookup_elem(&frontends, &scratch->frontend);
}

/* Does what a MOVE_* code stands for; returns the TC verdict. */
static __always_inline int carry_out(struct __sk_buff *skb, int verdict)
{
	if (verdict == MOVE_FAILED)
		verdict = move_failed(skb);
	if (verdict != MOVE_REPLAY)
		return verdict;
	if (replay(skb))
		count(SHUNT_REASON_HELPER_FAILED);
	return TC_ACT_SHOT;
}

/* A connection to a tracked frontend begins: its first byte begins a request. */
static __always_inline int begin_connection(struct scratch *scratch, struct shunt_flow *flow)
{
	struct shunt_framing state = {
		.state = FRAMING_START,
		.next = scratch->packet.segment.sequence + 1,
		.flags = SHUNT_FRAMING_FIRST,
	};

	if (flow)
		flow_remove(&scratch->connection, flow);
	if (!scratch->packet.segment.length)
		bpf_map_update_elem(&framing, &scratch->connection, &state, BPF_ANY);
	return PASS;
}

/* The client's packet while a leg opens: keep what is new. */
static __always_inline int hold_more(struct __sk_buff *skb, struct scratch *scratch,
				     struct shunt_flow *flow)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);
	const struct packet *packet = &scratch->packet;
	__u32 to = packet->segment.sequence - flow->start;

	if (!entry || to != entry->length || entry->flags & SHUNT_HELD_FIN)
		return TC_ACT_SHOT;
	if (hold_payload(skb, packet, entry, to))
		return TC_ACT_SHOT;
	flow->client_next = flow->start + entry->length;
	if (packet->segment.flags & TCP_FIN && entry->length == to + packet->segment.length) {
		entry->flags |= SHUNT_HELD_FIN;
		flow->client_next++;
	}
	return TC_ACT_SHOT;
}

/* The client has sent again while a leg opens: so does the SYN, until its time is up. */
static __always_inline int retry_open(struct __sk_buff *skb, struct scratch *scratch,
				      struct shunt_flow *flow)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);
	__u64 waited;

	if (!entry)
		return TC_ACT_SHOT;
	waited = bpf_ktime_get_ns() - entry->since;
	if (waited >= SHUNT_CONNECT_TIMEOUT_NS ||
	    (waited >= SHUNT_NEXT_ENDPOINT_NS && leg_alternatives(entry, scratch->packet.ipv6))) {
		entry->reason = SHUNT_REASON_TIMEOUT;
		return MOVE_FAILED;
	}
	return leg_open(skb, scratch, flow);
}

/* Resets every leg but the current one, which sends nothing to the client any more. Destroys the
 * packet in hand, which has no payload. */
SUBPROGRAM int reset_parked(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct shunt_flow *flow;
	__u32 i;

	if (!scratch)
		return 0;
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (!flow)
		return 0;
	for (i = 0; i < SHUNT_LEGS_MAX; i++) {
		struct shunt_leg *leg = leg_at(flow, i);

		if (i == flow->current || leg->state != SHUNT_LEG_OPEN)
			continue;
		leg->state = SHUNT_LEG_CLOSED;
		leg_reset(skb, scratch, leg, leg->next_sequence, leg->next_reply);
	}
	return 0;
}

static __always_inline bool has_parked(const struct shunt_flow *flow)
{
	__u32 i;

	for (i = 0; i < SHUNT_LEGS_MAX; i++) {
		if (i != flow->current && flow->legs[i].state == SHUNT_LEG_OPEN)
			return true;
	}
	return false;
}

/* The client has reset the connection while a leg opens. */
static __always_inline int abort_open(struct __sk_buff *skb, struct scratch *scratch,
				      struct shunt_flow *flow)
{
	struct shunt_leg *leg = leg_at(flow, flow->current);

	if (!scratch->packet.segment.length)
		reset_parked(skb);
	craft_to_leg(scratch, &leg->endpoint, leg->mac, TCP_RST, flow->start, 0, 0);
	flow->state = SHUNT_FLOW_CLOSED;
	flow_close(&scratch->connection, flow);
	return craft_emit(skb, scratch);
}

/* The client's packet on a connection that the kernel has answered itself. */
static __always_inline int answered(struct __sk_buff *skb, struct scratch *scratch,
				    struct shunt_flow *flow, enum leg_action action)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);
	__u8 flags = scratch->packet.segment.flags;

	if (!scratch->packet.segment.length && has_parked(flow))
		reset_parked(skb);
	if (flags & (TCP_RST | TCP_FIN))
		flow_close(&scratch->connection, flow);
	if (action == LEG_ANSWER && entry)
		return answer_send(skb, scratch, flow, entry,
				   &leg_at(flow, flow->current)->endpoint);
	if (action == LEG_DROP)
		return TC_ACT_SHOT;
	craft_to_client(scratch, TCP_ACK, flow->answer_sequence + flow->answer_length,
			flow->client_next);
	return craft_emit(skb, scratch);
}

/* The client's end of its connection is also that of the parked legs. The packet in hand, which
 * has no payload, is made again after their resets. */
static __always_inline int end_connection(struct __sk_buff *skb, struct scratch *scratch,
					  struct shunt_flow *flow)
{
	const struct tcp_image *image = &scratch->image;
	const struct shunt_leg *leg = &scratch->leg;
	__u8 flags = scratch->packet.segment.flags;

	if (flags & TCP_RST || flow->fin == (SHUNT_FIN_CLIENT | SHUNT_FIN_SERVER))
		flow_close(&scratch->connection, flow);
	reset_parked(skb);
	craft_to_leg(scratch, &leg->endpoint, leg->mac, flags, bpf_ntohl(image->sequence),
		     bpf_ntohl(image->acknowledgement), bpf_ntohs(image->window));
	return craft_emit(skb, scratch);
}

static __always_inline bool mac_equal(const __u8 *a, const __u8 *b)
{
	__u32 i, difference = 0;

	for (i = 0; i < 6; i++)
		difference |= a[i] ^ b[i];
	return !difference;
}

/* The client's packet, translated for the current leg, which is in scratch->leg. */
static __always_inline int to_leg(struct __sk_buff *skb, struct scratch *scratch,
				  struct shunt_flow *flow)
{
	const struct shunt_leg *leg = &scratch->leg;
	struct packet *packet = &scratch->packet;
	__u8 mac[6];

	if (packet_load_tcp(skb, packet, &scratch->old))
		return TC_ACT_SHOT;
	scratch->image = scratch->old;
	tcp_to_leg(&scratch->image, leg, flow->client_scale);
	scratch->image.destination = bpf_htons(leg->endpoint.port);
	if (!packet->segment.length && (packet->segment.flags & TCP_RST || flow->fin) &&
	    has_parked(flow))
		return end_connection(skb, scratch, flow);
	if (packet->segment.flags & TCP_RST || flow->fin == (SHUNT_FIN_CLIENT | SHUNT_FIN_SERVER))
		flow_close(&scratch->connection, flow);
	if (craft_header(skb, scratch) || craft_address(skb, packet, 1, &leg->endpoint.address)) {
		count(SHUNT_REASON_HELPER_FAILED);
		return TC_ACT_SHOT;
	}
	bpf_skb_load_bytes(skb, 0, mac, sizeof(mac));
	if (!mac_equal(mac, leg->mac))
		bpf_skb_store_bytes(skb, 0, leg->mac, sizeof(leg->mac), 0);
	return PASS;
}

/* Bytes that the client can no longer resend are sent again for it while they are not
 * acknowledged; its own retransmissions set the pace. */
static __always_inline bool split_due(struct scratch *scratch, const struct shunt_flow *flow)
{
	struct shunt_held *entry;

	if (!flow->split || !scratch->packet.segment.length)
		return false;
	entry = bpf_map_lookup_elem(&held, &scratch->connection);
	return entry && bpf_ktime_get_ns() - entry->since > SHUNT_REPLAY_INTERVAL_NS &&
	       sequence_before(scratch->packet.segment.sequence, flow->start + entry->length);
}

static __always_inline int from_client(struct __sk_buff *skb, struct scratch *scratch,
				       struct shunt_flow *flow)
{
	const struct segment *segment = &scratch->packet.segment;
	enum leg_action action;

	bpf_spin_lock(&flow->lock);
	action = legs_from_client(flow, leg_at(flow, flow->current), segment);
	scratch->leg = *leg_at(flow, flow->current);
	bpf_spin_unlock(&flow->lock);
	switch (action) {
	case LEG_TRANSLATE:
		if (split_due(scratch, flow))
			return MOVE_REPLAY;
		return to_leg(skb, scratch, flow);
	case LEG_HOLD:
		return hold_more(skb, scratch, flow);
	case LEG_RETRY:
		return retry_open(skb, scratch, flow);
	case LEG_ABORT:
		return abort_open(skb, scratch, flow);
	case LEG_BEYOND:
		count(SHUNT_REASON_BEYOND_WINDOW);
		return TC_ACT_SHOT;
	default:
		if (flow->answer_length)
			return answered(skb, scratch, flow, action);
		return TC_ACT_SHOT;
	}
}

SEC("tc")
int from_pod(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct shunt_frontend *frontend;
	struct shunt_flow *flow;
	struct packet *packet;

	if (!scratch || packet_parse(skb, &scratch->packet))
		return PASS;
	packet = &scratch->packet;
	frontend = frontend_find(scratch, 1, packet->destination_port);
	if (!frontend || !(frontend->flags & SHUNT_FRONTEND_TRACKED))
		return PASS;
	if (packet->injected)
		return craft_unmark(skb, packet);
	scratch->connection.client = packet->addresses[0];
	scratch->connection.client_port = packet->source_port;
	scratch->connection.remote = packet->addresses[1];
	scratch->connection.remote_port = packet->destination_port;
	scratch->from_pod = 1;
	scratch->toward_leg = 1;
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (packet->segment.flags & TCP_SYN)
		return begin_connection(scratch, flow);
	scratch->moved = !!flow;
	if (packet->segment.length) {
		int want = request_examine(skb, frontend->service);

		if (want != WANT_NOTHING) {
			int verdict = move_decide(skb, scratch, flow, frontend->service, want);

			if (verdict != MOVE_NOTHING)
				return carry_out(skb, verdict);
			flow = bpf_map_lookup_elem(&flows, &scratch->connection);
		}
	}
	return flow ? carry_out(skb, from_client(skb, scratch, flow)) : PASS;
}

/* The leg is open: the SYN-ACK in hand becomes the request. */
static __always_inline int opened(struct __sk_buff *skb, struct scratch *scratch,
				  struct shunt_flow *flow)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);
	struct shunt_leg *leg = leg_at(flow, flow->current);
	struct tcp_offer offer = {};
	__u8 mac[6];

	if (!entry || packet_load_tcp(skb, &scratch->packet, &scratch->old) ||
	    bpf_skb_load_bytes(skb, 6, mac, sizeof(mac)))
		return TC_ACT_SHOT;
	tcp_offer_read(&scratch->old, &offer);
	bpf_spin_lock(&flow->lock);
	legs_opened(leg, scratch->packet.segment.sequence, flow->client_reply);
	leg->window_end = scratch->packet.segment.acknowledgement;
	legs_window(leg, &scratch->packet.segment, 0);
	leg->mss = offer.mss;
	leg->window_scale = flow->client_scale_ok ? offer.scale : 0;
	leg->flags = SHUNT_LEG_NO_TIMESTAMPS;
	if (!offer.scale_present)
		leg->flags |= SHUNT_LEG_NO_SCALE;
	if (flow->current)
		__builtin_memcpy(leg->mac, mac, sizeof(mac));
	flow->state = SHUNT_FLOW_OPEN;
	bpf_spin_unlock(&flow->lock);
	count(SHUNT_REASON_LEG_OPEN);
	count(SHUNT_REASON_MOVED_NEW);
	count_move(leg->override_id);
	move_trace(scratch, flow, leg, SHUNT_REASON_MOVED_NEW, bpf_ktime_get_ns() - entry->since);
	return MOVE_REPLAY;
}

/* The server still has a connection of this tuple: reset it at the number that it names, and
 * send the SYN again. */
static __always_inline int remembered(struct __sk_buff *skb, struct scratch *scratch,
				      struct shunt_flow *flow)
{
	const struct shunt_leg *leg = leg_at(flow, flow->current);

	count(SHUNT_REASON_TUPLE_REMEMBERED);
	craft_to_leg(scratch, &leg->endpoint, leg->mac, TCP_RST,
		     scratch->packet.segment.acknowledgement, 0, 0);
	if (craft_inject(skb, scratch))
		return TC_ACT_SHOT;
	return leg_open(skb, scratch, flow);
}

/* Answers a leg's server for the client: an acknowledgement, or a reset. */
static __always_inline int answer_leg(struct __sk_buff *skb, struct scratch *scratch,
				      struct shunt_flow *flow, __u32 index,
				      const struct segment *segment, bool reset)
{
	struct shunt_leg *leg = leg_at(flow, index);

	count(!reset		? SHUNT_REASON_PARKED_ANSWERED
	      : segment->length ? SHUNT_REASON_PARKED_DATA
				: SHUNT_REASON_PARKED_CLOSED);
	/* A leg that was already reset is reset at the number that its server names. */
	if (reset && (index == flow->current || segment->acknowledgement != leg->next_sequence)) {
		leg->next_sequence = segment->acknowledgement;
		leg->next_reply = segment->end;
	}
	craft_to_leg(scratch, &leg->endpoint, leg->mac, reset ? TCP_RST | TCP_ACK : TCP_ACK,
		     leg->next_sequence, leg->next_reply,
		     tcp_window_to_leg(flow->client_window, leg, flow->client_scale));
	return craft_emit(skb, scratch);
}

/* The packet of the leg in scratch->leg, translated for the client. */
static __always_inline int to_client(struct __sk_buff *skb, struct scratch *scratch,
				     struct shunt_flow *flow)
{
	struct packet *packet = &scratch->packet;

	if (packet_load_tcp(skb, packet, &scratch->old))
		return TC_ACT_SHOT;
	scratch->image = scratch->old;
	tcp_to_client(&scratch->image, &scratch->leg, flow->origin_scale);
	scratch->image.source = bpf_htons(scratch->connection.remote_port);
	if (packet->segment.flags & TCP_RST && !packet->segment.length && has_parked(flow)) {
		__u8 flags = packet->segment.flags;

		reset_parked(skb);
		craft_to_client(scratch, flags, bpf_ntohl(scratch->image.sequence),
				bpf_ntohl(scratch->image.acknowledgement));
		return craft_emit(skb, scratch);
	}
	if (craft_header(skb, scratch) ||
	    craft_address(skb, packet, 0, &scratch->connection.remote)) {
		count(SHUNT_REASON_HELPER_FAILED);
		return TC_ACT_SHOT;
	}
	return PASS;
}

/* All that was held is acknowledged. */
static __always_inline void split_done(struct scratch *scratch, struct shunt_flow *flow)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);

	if (entry && sequence_before(flow->acknowledged, flow->start + entry->length))
		return;
	flow->split = 0;
	bpf_map_delete_elem(&held, &scratch->connection);
}

static __always_inline int refused(struct scratch *scratch)
{
	struct shunt_held *entry = bpf_map_lookup_elem(&held, &scratch->connection);

	if (!entry)
		return TC_ACT_SHOT;
	entry->reason = SHUNT_REASON_REFUSED;
	return MOVE_FAILED;
}

static __always_inline int from_server(struct __sk_buff *skb, struct scratch *scratch,
				       struct shunt_flow *flow, __u32 index)
{
	const struct segment *segment = &scratch->packet.segment;
	enum leg_action action;

	bpf_spin_lock(&flow->lock);
	action = legs_from_server(flow, leg_at(flow, index), index, segment);
	scratch->leg = *leg_at(flow, index);
	bpf_spin_unlock(&flow->lock);
	switch (action) {
	case LEG_PASS:
		return PASS;
	case LEG_TRANSLATE:
		if (flow->split)
			split_done(scratch, flow);
		return to_client(skb, scratch, flow);
	case LEG_OPENED:
		return opened(skb, scratch, flow);
	case LEG_REFUSED:
		return refused(scratch);
	case LEG_REMEMBERED:
		return remembered(skb, scratch, flow);
	case LEG_GONE:
		count(SHUNT_REASON_PARKED_CLOSED);
		return TC_ACT_SHOT;
	case LEG_ACKNOWLEDGE:
		return answer_leg(skb, scratch, flow, index, segment, false);
	case LEG_RESET:
		return answer_leg(skb, scratch, flow, index, segment, true);
	default:
		return TC_ACT_SHOT;
	}
}

SEC("tc")
int to_pod(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct shunt_flow *flow = NULL;
	struct shunt_frontend *frontend;
	struct shunt_leg_owner *owner;
	struct packet *packet;
	__u32 index = 0;

	if (!scratch || packet_parse(skb, &scratch->packet))
		return PASS;
	packet = &scratch->packet;
	scratch->connection.client = packet->addresses[1];
	scratch->connection.client_port = packet->destination_port;
	scratch->connection.remote = packet->addresses[0];
	scratch->connection.remote_port = packet->source_port;
	scratch->from_pod = 0;
	scratch->toward_leg = 0;
	frontend = frontend_find(scratch, 0, packet->source_port);
	if (frontend && !(frontend->flags & SHUNT_FRONTEND_TRACKED))
		return PASS;
	if (frontend)
		flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (!flow) {
		owner = bpf_map_lookup_elem(&legs, &scratch->connection);
		if (!owner)
			return PASS;
		index = owner->leg;
		scratch->connection = owner->connection;
		flow = bpf_map_lookup_elem(&flows, &scratch->connection);
		if (!flow)
			return PASS;
	}
	return carry_out(skb, from_server(skb, scratch, flow, index));
}
