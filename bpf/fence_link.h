/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The fence on the link of the offloaded pod, behind which nothing but the pod is. */
#ifndef SHUNT_BPF_FENCE_LINK_H
#define SHUNT_BPF_FENCE_LINK_H

#include "fence.h"
#include "fence_hidden.h"
#include "replay.h"

/*
 * The same where the packet goes to an address that is not in `offloaded` but the pod's nevertheless: its
 * link-local one, one of the other family, or one that a neighbour made it take by advertising itself as
 * a router.
 */
static __always_inline const struct shunt_offloaded *fence_find_behind(struct __sk_buff *skb,
								       struct shunt_endpoint *key)
{
	const struct shunt_offloaded *found;
	__u32 link = direction_link(skb), i;
	const struct shunt_pod *pod = bpf_map_lookup_elem(&pods, &link);

	if (!pod)
		return NULL;
	for (i = 0; i < SHUNT_POD_ADDRESSES; i++) {
		key->address = pod->addresses[i];
		found = bpf_map_lookup_elem(&offloaded, key);
		if (found && found->fence != SHUNT_FENCE_OFF)
			return found;
	}
	return NULL;
}

/* Counts and traces what there is to say of the SYN in hand. */
static __noinline void fence_note(struct scratch *scratch, __u32 service, __u32 reason)
{
	struct trace_note note = {
		.reason = reason,
		.target = &scratch->frontend,
		.context = scratch->key.context,
	};

	count(reason);
	trace(scratch, service, &note);
}

/* Lets the SYN in, without its passport: that is between the fence and the switch. */
static __always_inline int fence_pass(struct __sk_buff *skb, struct scratch *scratch)
{
	count(SHUNT_REASON_FENCE_PASSED);
	scratch->image = scratch->old;
	passport_erase(&scratch->image, &scratch->passport);
	if (craft_header(skb, scratch)) {
		count(SHUNT_REASON_HELPER_FAILED);
		return TC_ACT_SHOT;
	}
	return TC_ACT_UNSPEC;
}

/*
 * The SYN in hand becomes the RST that refuses it (RFC 9293, 3.10.7.1) and turns round on the link as if
 * the pod had sent it: so it passes netfilter, which translates its addresses back.
 */
static __always_inline int fence_refuse(struct __sk_buff *skb, struct scratch *scratch,
					__u16 window)
{
	const struct packet *packet = &scratch->packet;
	struct craft *craft = &scratch->craft;

	craft_begin(craft, TCP_RST | TCP_ACK, 0, packet->segment.end, window);
	craft->source = packet->addresses[1];
	craft->destination = packet->addresses[0];
	craft->image.source = bpf_htons(packet->destination_port);
	craft->image.destination = bpf_htons(packet->source_port);
	craft->toward_leg = 1;
	scratch->from_pod = 0;
	scratch->toward_leg = 0;
	if (craft_packet(skb)) {
		count(SHUNT_REASON_HELPER_FAILED);
		return TC_ACT_SHOT;
	}
	return bpf_redirect(skb->ifindex, direction_from_pod());
}

/*
 * The SYN in scratch->packet is about to reach the pod; it is `whole`, or hidden_begins() found it.
 * Returns a TC verdict, or MOVE_NOTHING where it does not go to an offloaded endpoint with a fence.
 */
SUBPROGRAM int fence(struct __sk_buff *skb, __u32 whole)
{
	struct scratch *scratch = scratch_get();
	const struct shunt_offloaded *row;
	struct packet *packet;
	__u32 reason;

	if (!scratch)
		return MOVE_NOTHING;
	packet = &scratch->packet;
	row = fence_find(&scratch->frontend, packet);
	if (!row)
		row = fence_find_behind(skb, &scratch->frontend);
	if (!row)
		return MOVE_NOTHING;
	scratch->connection.client = packet->addresses[0];
	scratch->connection.client_port = packet->source_port;
	scratch->connection.remote = packet->addresses[1];
	scratch->connection.remote_port = packet->destination_port;
	__builtin_memset(&scratch->key, 0, sizeof(scratch->key));
	/* A header that cannot be read has no passport. */
	if (!whole || packet_load_tcp(skb, packet, &scratch->old))
		__builtin_memset(&scratch->old, 0, sizeof(scratch->old));
	passport_describe(&scratch->message, &packet->addresses[0], &packet->addresses[1],
			  &scratch->old);
	reason = fence_judge(&scratch->old, &scratch->message, &scratch->passport);
	if (reason == SHUNT_REASON_FENCE_PASSED)
		return fence_pass(skb, scratch);
	fence_note(scratch, row->service, reason);
	if (fence_admits(reason))
		return TC_ACT_UNSPEC;
	if (row->fence == SHUNT_FENCE_OBSERVE) {
		fence_note(scratch, row->service, SHUNT_REASON_FENCE_OBSERVED);
		return TC_ACT_UNSPEC;
	}
	fence_note(scratch, row->service, SHUNT_REASON_FENCE_REFUSED);
	/* No stack waits for an answer to these. */
	if (!whole || packet->segment.flags & TCP_RST)
		return TC_ACT_SHOT;
	return fence_refuse(skb, scratch, fence_window(reason));
}

#endif
