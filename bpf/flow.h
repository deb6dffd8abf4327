/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The life of a flow: made at a connection's first move, removed after its client's socket. */
#ifndef SHUNT_BPF_FLOW_H
#define SHUNT_BPF_FLOW_H

#include "count.h"
#include "legs.h"
#include "moved.h"
#include "socket.h"

#define CLOCK_MONOTONIC 1
#define CLOCK_REMOVALS_MAX 4096 /* at one tick */

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

static __always_inline bool connection_equal(const struct shunt_connection *a,
					     const struct shunt_connection *b)
{
	return address_equal(&a->client, &b->client) && address_equal(&a->remote, &b->remote) &&
	       a->client_port == b->client_port && a->remote_port == b->remote_port;
}

/* Whether the tuple that `owner` has is needed no more: by leg of `flow`, which is scratch->connection's,
 * that is closed, or by another connection whose client's socket is gone. */
static __always_inline bool leg_gives_way(const struct scratch *scratch, struct shunt_flow *flow,
					  const struct shunt_leg_owner *owner)
{
	struct shunt_connection client = owner->connection;
	const struct shunt_flow *other;
	__u32 index = owner->leg;

	if (!connection_equal(&client, &scratch->connection)) {
		other = bpf_map_lookup_elem(&flows, &client);
		return !other || other->state == SHUNT_FLOW_CLOSED;
	}
	opaque(index);
	index &= SHUNT_LEGS_MAX - 1;
	if (flow->legs[index].state == SHUNT_LEG_OPEN)
		return false;
	flow->legs[index].state = SHUNT_LEG_ABSENT;
	return true;
}

/* Enters leg `index` of the flow into `legs`. Returns a negative error where the tuple is another's. */
static __always_inline int leg_register(struct scratch *scratch, struct shunt_flow *flow,
					const struct shunt_endpoint *endpoint, __u8 index)
{
	struct shunt_leg_owner *owner = &scratch->leg_owner, *present;
	int error;

	__builtin_memset(owner, 0, sizeof(*owner));
	owner->connection = scratch->connection;
	owner->leg = index;
	leg_connection(&scratch->leg_key, &scratch->connection, endpoint);
	error = bpf_map_update_elem(&legs, &scratch->leg_key, owner, BPF_NOEXIST);
	if (error != -EEXIST)
		return error;
	present = bpf_map_lookup_elem(&legs, &scratch->leg_key);
	if (!present || !leg_gives_way(scratch, flow, present))
		return error;
	return bpf_map_update_elem(&legs, &scratch->leg_key, owner, BPF_ANY);
}

static __always_inline void leg_unregister(struct scratch *scratch,
					   const struct shunt_endpoint *endpoint)
{
	leg_connection(&scratch->leg_key, &scratch->connection, endpoint);
	bpf_map_delete_elem(&legs, &scratch->leg_key);
}

/* Removes the flow and all that belongs to it. A tuple that went to another connection stays. */
static __noinline void flow_remove(const struct shunt_connection *client, struct shunt_flow *flow)
{
	struct shunt_leg_owner *owner;
	struct shunt_connection key;
	__u32 i;

	for (i = 1; i < SHUNT_LEGS_MAX; i++) {
		if (flow->legs[i].state == SHUNT_LEG_ABSENT)
			continue;
		leg_connection(&key, client, &flow->legs[i].endpoint);
		owner = bpf_map_lookup_elem(&legs, &key);
		if (owner && connection_equal(&owner->connection, client))
			bpf_map_delete_elem(&legs, &key);
	}
	bpf_map_delete_elem(&held, client);
	if (!bpf_map_delete_elem(&flows, client))
		moved_remove(client);
}

/* Removes the flow of the connection that was closed first, if its time is up. */
static long clock_remove(__u32 index, void *unused)
{
	struct shunt_closing closed;
	struct shunt_flow *flow;

	(void)index;
	(void)unused;
	if (bpf_map_peek_elem(&closing, &closed) ||
	    bpf_ktime_get_ns() - closed.closed_at < SHUNT_CLOSE_GRACE_NS)
		return 1;
	bpf_map_pop_elem(&closing, &closed);
	flow = bpf_map_lookup_elem(&flows, &closed.connection);
	if (flow && flow->closed_at == closed.closed_at)
		flow_remove(&closed.connection, flow);
	return 0;
}

static int clock_tick(void *map, __u32 *key, struct shunt_clock *now)
{
	struct shunt_closing closed;

	(void)map;
	(void)key;
	bpf_loop(CLOCK_REMOVALS_MAX, clock_remove, NULL, 0);
	now->running = 0;
	if (bpf_map_peek_elem(&closing, &closed) != -ENOENT)
		now->running = !bpf_timer_start(&now->timer, SHUNT_CLOCK_TICK_NS, 0);
	return 0;
}

/* Sets the timer, unless it is set. There is one for all flows, made at the first call that gets the
 * memory for it: in a packet's way there may be none to be had. */
static __always_inline void clock_start(void)
{
	__u32 zero = 0;
	struct shunt_clock *now = bpf_map_lookup_elem(&clock, &zero);

	if (!now || now->running)
		return;
	if (!bpf_timer_init(&now->timer, &clock, CLOCK_MONOTONIC))
		bpf_timer_set_callback(&now->timer, clock_tick);
	now->running = !bpf_timer_start(&now->timer, SHUNT_CLOCK_TICK_NS, 0);
}

/* Has the flow removed after a while in which late packets are still translated. */
static __always_inline void flow_close(const struct shunt_connection *client,
				       struct shunt_flow *flow)
{
	struct shunt_closing closed = {.connection = *client};

	if (flow->closed_at)
		return;
	closed.closed_at = bpf_ktime_get_ns();
	flow->closed_at = closed.closed_at;
	if (bpf_map_push_elem(&closing, &closed, 0))
		count(SHUNT_REASON_HELPER_FAILED); /* it is left to the sweep */
	clock_start();
}

/*
 * Makes a flow for scratch->connection, whose client socket was read into scratch->socket, with
 * the origin as its only and current leg. `mac` is where its frames go now. Returns NULL where
 * there is no room.
 */
static __always_inline struct shunt_flow *flow_create(struct __sk_buff *skb,
						      struct scratch *scratch)
{
	const struct client_socket *socket = &scratch->socket;
	struct shunt_flow *flow = (struct shunt_flow *)scratch->flow;
	struct shunt_leg *origin = &flow->legs[0];

	__builtin_memset(flow, 0, sizeof(*flow));
	flow->service = scratch->service;
	flow->ifindex = direction_link(skb);
	flow->state = SHUNT_FLOW_OPEN;
	flow->origin_scale = socket->scale_ok ? socket->snd_scale : 0;
	flow->client_scale = socket->scale_ok ? socket->rcv_scale : 0;
	flow->client_next = scratch->packet.segment.sequence;
	/* Not known to have been passed on. */
	flow->client_reply = scratch->packet.segment.acknowledgement - 1;
	flow->acknowledged = socket->snd_una;
	flow->reply_next = socket->rcv_nxt;
	flow->client_mss = socket->mss;
	flow->client_options = (socket->sack ? SHUNT_CLIENT_SACK : 0) |
			       (socket->scale_ok ? SHUNT_CLIENT_SCALE : 0) |
			       (socket->timestamps ? SHUNT_CLIENT_TIMESTAMPS : 0);
	origin->endpoint.address = scratch->connection.remote;
	origin->endpoint.port = scratch->connection.remote_port;
	legs_begin(flow, socket->timestamps, socket->last_time);
	origin->window_end = socket->snd_una + socket->snd_wnd;
	bpf_skb_load_bytes(skb, 0, origin->mac, sizeof(origin->mac));
	moved_add(&scratch->connection);
	if (bpf_map_update_elem(&flows, &scratch->connection, flow, BPF_NOEXIST)) {
		moved_remove(&scratch->connection);
		return NULL;
	}
	return bpf_map_lookup_elem(&flows, &scratch->connection);
}

#endif
