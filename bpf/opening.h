/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Opening a leg to an endpoint of an override, and leaving one. */
#ifndef SHUNT_BPF_OPENING_H
#define SHUNT_BPF_OPENING_H

#include "keys.h"
#include "replay.h"

/* Whether the packet in hand has a timestamp, which is in scratch->time then. */
SUBPROGRAM int packet_timestamp(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	__u32 at;

	if (!scratch)
		return 0;
	scratch->time = 0;
	if (packet_load_tcp(skb, &scratch->packet, &scratch->old))
		return 0;
	at = tcp_options_translate(&scratch->old, 0);
	if (at == TCP_OPTIONS_DONE)
		return 0;
	scratch->time = tcp_timestamp_value(&scratch->old, at);
	return 1;
}

/* Notes the timestamp of the packet in hand, the client's, of which its flow may make others. */
SUBPROGRAM int leg_client_time(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct shunt_flow *flow;

	if (!scratch || !packet_timestamp(skb))
		return 0;
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (flow)
		legs_client_time(flow, scratch->time);
	return 0;
}

/* Gives the segment in scratch->craft, which goes to `leg`, a timestamp where these were agreed on. */
static __always_inline void leg_timestamp(struct scratch *scratch, const struct shunt_flow *flow,
					  const struct shunt_leg *leg)
{
	tcp_timestamp_add(&scratch->craft.image, tcp_has_timestamps(leg), flow->client_time,
			  leg->last_time);
}

/* Resets the server of a leg that is left for good, which expects `sequence` next. */
static __always_inline void leg_reset(struct __sk_buff *skb, struct scratch *scratch,
				      const struct shunt_leg *leg, __u32 sequence,
				      __u32 acknowledgement)
{
	craft_to_leg(scratch, &leg->endpoint, leg->mac, TCP_RST | TCP_ACK, sequence,
		     acknowledgement, 0);
	if (craft_inject(skb, scratch))
		count(SHUNT_REASON_HELPER_FAILED);
}

/*
 * The request that leaves a leg carries the acknowledgement of that leg's last answer elsewhere.
 * Its server would have to send the answer's tail again, and would take the connection for a slow
 * one (BBR then paces the next answer over 100 ms and more). Prepares scratch->craft to tell it. A
 * server that has not acknowledged all is asked to do so at once, by a number that it has (as keep-
 * alive probes do, RFC 9293, 3.8.4).
 */
static __always_inline void leg_acknowledge(struct scratch *scratch, const struct shunt_flow *flow,
					    const struct shunt_leg *leg)
{
	__u16 window = tcp_window_to_leg(scratch->packet.segment.window, leg, flow->client_scale);

	craft_to_leg(scratch, &leg->endpoint, leg->mac, TCP_ACK,
		     leg->next_sequence - !legs_caught_up(leg), leg->next_reply, window);
	leg_timestamp(scratch, flow, leg);
}

/* A parked leg whose server still lacks bytes of the request before cannot be used. It is closed, to be
 * opened anew: reset its server. */
SUBPROGRAM int leg_give_up(struct __sk_buff *skb, __u32 index)
{
	struct scratch *scratch = scratch_get();
	const struct shunt_leg *leg;
	struct shunt_flow *flow;

	if (!scratch)
		return 0;
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (!flow)
		return 0;
	leg = leg_at(flow, index);
	count(SHUNT_REASON_PARKED_BEHIND);
	leg_reset(skb, scratch, leg, leg->next_sequence, leg->next_reply);
	return 0;
}

/* What is known of an offloaded endpoint, or NULL. */
static __always_inline const struct shunt_offloaded *endpoint_find(
	const struct shunt_endpoint *endpoint)
{
	struct shunt_endpoint key = *endpoint;

	key.reserved = 0;
	return bpf_map_lookup_elem(&offloaded, &key);
}

/* Adds to the SYN in scratch->craft, which has LEG_OFFER_LENGTH bytes of options, the passport that the
 * fence of `endpoint` asks for. Without a key there is none: a fence without one lets the SYN in. */
SUBPROGRAM int leg_passport(const struct shunt_endpoint *endpoint)
{
	const struct shunt_keys *now = keys_in_force();
	struct scratch *scratch = scratch_get();
	const struct shunt_offloaded *known;
	struct craft *craft;
	__u32 epoch;

	if (!endpoint || !scratch || !now)
		return 0;
	known = endpoint_find(endpoint);
	epoch = now->current;
	if (!known || known->fence == SHUNT_FENCE_OFF || !epoch || now->epochs[epoch & 1] != epoch)
		return 0;
	craft = &scratch->craft;
	passport_describe(&scratch->message, &craft->source, &craft->destination, &craft->image);
	passport_write(craft->image.options + LEG_OFFER_LENGTH, epoch,
		       passport_tag(&now->keys[epoch & 1], &scratch->message));
	craft->image.offset += (SHUNT_PASSPORT_LENGTH / 4) << 4;
	return 0;
}

/* Describes the SYN that opens the current leg. */
static __always_inline void leg_syn(struct scratch *scratch, struct shunt_flow *flow)
{
	struct shunt_leg *leg = leg_at(flow, flow->current);

	craft_to_leg(scratch, &leg->endpoint, leg->mac, TCP_SYN, flow->start - 1, 0, 0xffff);
	scratch->craft.image.offset = ((TCP_HEADER_MIN + LEG_OFFER_LENGTH) / 4) << 4;
	legs_offer(flow, scratch->craft.image.options);
	if (flow->current)
		leg_passport(&leg->endpoint);
	tcp_timestamp_add(&scratch->craft.image, flow->client_options & SHUNT_CLIENT_TIMESTAMPS,
			  flow->client_time, 0);
}

/* Turns the packet in hand into the SYN that opens the current leg. */
static __always_inline int leg_open(struct __sk_buff *skb, struct scratch *scratch,
				    struct shunt_flow *flow)
{
	leg_syn(scratch, flow);
	return craft_emit(skb, scratch);
}

/*
 * The same where the server still has a connection of this tuple, which is reset at `sequence`. Both
 * packets are injected, so that they come in this order: a RST behind the SYN would make conntrack
 * refuse what answers the SYN.
 */
static __always_inline int leg_open_anew(struct __sk_buff *skb, struct scratch *scratch,
					 struct shunt_flow *flow, __u32 sequence)
{
	const struct shunt_leg *leg = leg_at(flow, flow->current);

	craft_to_leg(scratch, &leg->endpoint, leg->mac, TCP_RST, sequence, 0, 0);
	if (craft_inject(skb, scratch))
		return TC_ACT_SHOT;
	leg_syn(scratch, flow);
	if (craft_inject(skb, scratch))
		count(SHUNT_REASON_HELPER_FAILED);
	return TC_ACT_SHOT;
}

/* Whether the control plane lets overrides of this very service port name `endpoint` now. */
static __always_inline bool endpoint_registered(const struct shunt_endpoint *endpoint,
						__u32 service)
{
	const struct shunt_offloaded *known = endpoint_find(endpoint);

	return known && known->service == service && known->flags & SHUNT_OFFLOADED_TARGET;
}

/*
 * Points the current leg at the next endpoint of the override that was not tried and that this
 * connection can reach. Returns 0, or -1 where none is left.
 */
SUBPROGRAM int leg_choose(void)
{
	struct scratch *scratch = scratch_get();
	struct shunt_held *entry;
	struct shunt_flow *flow;
	struct shunt_leg *leg;
	__u32 total, n;
	bool ipv6;

	if (!scratch)
		return -1;
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	entry = bpf_map_lookup_elem(&held, &scratch->connection);
	if (!flow || !entry)
		return -1;
	leg = leg_at(flow, flow->current);
	ipv6 = socket_is_ipv6(&scratch->connection);
	total = entry->override.endpoint_count;
	for (n = 0; n < SHUNT_ENDPOINTS_MAX && n < total; n++) {
		__u32 index = entry->endpoint;
		struct shunt_endpoint *endpoint;
		int error;

		opaque(index);
		index &= SHUNT_ENDPOINTS_MAX - 1;
		entry->endpoint = index + 1 < total ? index + 1 : 0;
		if (entry->endpoints_tried & 1 << index)
			continue;
		entry->endpoints_tried |= 1 << index;
		endpoint = &entry->override.endpoints[index];
		if (endpoint_is_ipv6(endpoint) != ipv6 ||
		    !endpoint_registered(endpoint, flow->service))
			continue;
		error = leg_register(scratch, flow, endpoint, flow->current);
		if (error) {
			entry->reason = error == -EEXIST ? SHUNT_REASON_TUPLE_IN_USE
							 : SHUNT_REASON_LEGS_FULL;
			continue;
		}
		leg->endpoint = *endpoint;
		leg->state = SHUNT_LEG_OPENING;
		return 0;
	}
	return -1;
}

/* Whether leg_choose() could still find an endpoint. */
static __always_inline bool leg_alternatives(const struct shunt_held *entry, bool ipv6)
{
	__u32 i;

	for (i = 0; i < SHUNT_ENDPOINTS_MAX && i < entry->override.endpoint_count; i++) {
		if (!(entry->endpoints_tried & 1 << i) &&
		    endpoint_is_ipv6(&entry->override.endpoints[i]) == ipv6)
			return true;
	}
	return false;
}

/* Index of one of the override's endpoints of the connection's family, each as likely. */
static __always_inline __u8 leg_random(const struct shunt_override *override, bool ipv6)
{
	__u32 chosen = 0, seen = 0, i;

	for (i = 0; i < SHUNT_ENDPOINTS_MAX && i < override->endpoint_count; i++) {
		if (endpoint_is_ipv6(&override->endpoints[i]) != ipv6)
			continue;
		seen++;
		if (bpf_get_prandom_u32() % seen == 0)
			chosen = i;
	}
	return chosen;
}

#endif
