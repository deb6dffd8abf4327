/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The life of a flow: made at a connection's first move, removed after its client's socket. */
#ifndef SHUNT_BPF_FLOW_H
#define SHUNT_BPF_FLOW_H

#include "count.h"
#include "legs.h"
#include "socket.h"

#define CLOCK_MONOTONIC 1

static __always_inline bool endpoint_equal(const struct shunt_endpoint *a,
					   const struct shunt_endpoint *b)
{
	return address_equal(&a->address, &b->address) && a->port == b->port;
}

static __always_inline bool endpoint_is_ipv6(const struct shunt_endpoint *endpoint)
{
	const __u32 *words = (const __u32 *)endpoint->address.bytes;

	return words[0] || words[1] || words[2] != bpf_htonl(0xffff);
}

/* The connection between the client and an endpoint, as that endpoint sees it. */
static __always_inline void leg_connection(struct shunt_connection *out,
					   const struct shunt_connection *client,
					   const struct shunt_endpoint *endpoint)
{
	out->client = client->client;
	out->client_port = client->client_port;
	out->remote = endpoint->address;
	out->remote_port = endpoint->port;
}

/* Enters leg `index` into `legs`. Returns a negative error where the tuple is another's. */
static __always_inline int leg_register(struct scratch *scratch,
					const struct shunt_endpoint *endpoint, __u8 index)
{
	struct shunt_leg_owner *owner = &scratch->leg_owner;

	__builtin_memset(owner, 0, sizeof(*owner));
	owner->connection = scratch->connection;
	owner->leg = index;
	leg_connection(&scratch->leg_key, &scratch->connection, endpoint);
	return bpf_map_update_elem(&legs, &scratch->leg_key, owner, BPF_NOEXIST);
}

static __always_inline void leg_unregister(struct scratch *scratch,
					   const struct shunt_endpoint *endpoint)
{
	leg_connection(&scratch->leg_key, &scratch->connection, endpoint);
	bpf_map_delete_elem(&legs, &scratch->leg_key);
}

/* Removes the flow and all that belongs to it. */
static __always_inline void flow_remove(const struct shunt_connection *client,
					struct shunt_flow *flow)
{
	struct shunt_connection key;
	__u32 i;

	for (i = 1; i < SHUNT_LEGS_MAX; i++) {
		if (flow->legs[i].state == SHUNT_LEG_ABSENT)
			continue;
		leg_connection(&key, client, &flow->legs[i].endpoint);
		bpf_map_delete_elem(&legs, &key);
	}
	bpf_map_delete_elem(&held, client);
	bpf_map_delete_elem(&flows, client);
}

static int flow_expired(void *map, struct shunt_connection *key, struct shunt_flow *flow)
{
	struct shunt_connection client = *key;

	(void)map;
	flow_remove(&client, flow);
	return 0;
}

static __always_inline long flow_timer(struct shunt_flow *flow)
{
	return bpf_timer_init(&flow->timer, &flows, CLOCK_MONOTONIC)
		       ?: bpf_timer_set_callback(&flow->timer, flow_expired);
}

/* Removes the flow after a while in which late packets are still translated; at once where the
 * kernel has no timer to spare. */
static __always_inline void flow_close(const struct shunt_connection *client,
				       struct shunt_flow *flow)
{
	if (!bpf_timer_start(&flow->timer, SHUNT_CLOSE_GRACE_NS, 0))
		return;
	flow_timer(flow);
	if (!bpf_timer_start(&flow->timer, SHUNT_CLOSE_GRACE_NS, 0))
		return;
	count(SHUNT_REASON_HELPER_FAILED);
	flow_remove(client, flow);
}

/*
 * Makes a flow for scratch->connection, whose client socket was read into scratch->socket, with
 * the origin as its only and current leg. `mac` is where its frames go now. Returns NULL where
 * there is no room.
 */
static __always_inline struct shunt_flow *flow_create(struct __sk_buff *skb,
						      struct scratch *scratch, __u32 service)
{
	const struct client_socket *socket = &scratch->socket;
	struct shunt_flow *flow = (struct shunt_flow *)scratch->flow;
	struct shunt_leg *origin = &flow->legs[0];

	__builtin_memset(flow, 0, sizeof(*flow));
	flow->service = service;
	flow->ifindex = skb->ifindex;
	flow->state = SHUNT_FLOW_OPEN;
	flow->origin_scale = socket->scale_ok ? socket->snd_scale : 0;
	flow->client_scale = socket->scale_ok ? socket->rcv_scale : 0;
	flow->client_next = scratch->packet.segment.sequence;
	/* Not known to have been passed on. */
	flow->client_reply = scratch->packet.segment.acknowledgement - 1;
	flow->acknowledged = socket->snd_una;
	flow->reply_next = socket->rcv_nxt;
	flow->client_mss = socket->mss;
	flow->client_sack = socket->sack;
	flow->client_scale_ok = socket->scale_ok;
	origin->endpoint.address = scratch->connection.remote;
	origin->endpoint.port = scratch->connection.remote_port;
	origin->state = SHUNT_LEG_OPEN;
	origin->window_scale = flow->origin_scale;
	origin->window_end = socket->snd_una + socket->snd_wnd;
	bpf_skb_load_bytes(skb, 0, origin->mac, sizeof(origin->mac));
	if (bpf_map_update_elem(&flows, &scratch->connection, flow, BPF_NOEXIST))
		return NULL;
	flow = bpf_map_lookup_elem(&flows, &scratch->connection);
	if (!flow)
		return NULL;
	flow_timer(flow); /* where it fails, flow_close() tries again */
	return flow;
}

#endif
