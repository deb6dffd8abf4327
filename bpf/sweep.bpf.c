// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The second net: the agent runs this by BPF_PROG_TEST_RUN now and then. State whose client
 * socket is gone without a word, a pod's that vanished for one, is removed. It also makes the timer
 * that removes closed flows, before the first is there.
 */
#include "maps.h"
#include "flow.h"

/* A connection is left alone this long after its last move or byte held. */
#define SWEEP_AGE_NS 10000000000ULL

/* How long there is room for half a head: servers wait no longer for the rest. */
#define SWEEP_HEAD_AGE_NS 60000000000ULL

struct sweep {
	struct __sk_buff *skb;
	__u64 now;
};

static __always_inline bool sweep_has_socket(struct __sk_buff *skb,
					     const struct shunt_connection *connection,
					     __u32 ifindex)
{
	struct shunt_link *link = bpf_map_lookup_elem(&links, &ifindex);
	struct bpf_sock *found;

	if (!link)
		return false;
	found = socket_find(skb, connection, link->netns_id);
	if (!found)
		return false;
	bpf_sk_release(found);
	return true;
}

static long sweep_flow(void *map, struct shunt_connection *key, struct shunt_flow *flow,
		       struct sweep *sweep)
{
	struct shunt_connection client = *key;

	(void)map;
	if (sweep->now - flow->moved_at < SWEEP_AGE_NS ||
	    sweep_has_socket(sweep->skb, &client, flow->ifindex))
		return 0;
	count(SHUNT_REASON_SWEPT);
	flow_remove(&client, flow);
	return 0;
}

/* Held bytes without a flow are half a head. Its rest may still come, while its client is there. */
static long sweep_held(void *map, struct shunt_connection *key, struct shunt_held *entry,
		       struct sweep *sweep)
{
	struct shunt_connection client = *key;
	__u64 age = sweep->now - entry->since;

	(void)map;
	if (age < SWEEP_AGE_NS || bpf_map_lookup_elem(&flows, &client))
		return 0;
	if (age < SWEEP_HEAD_AGE_NS && sweep_has_socket(sweep->skb, &client, entry->ifindex))
		return 0;
	count(SHUNT_REASON_SWEPT);
	bpf_map_delete_elem(&held, &client);
	return 0;
}

SEC("tc")
int sweep(struct __sk_buff *skb)
{
	struct sweep state = {.skb = skb, .now = bpf_ktime_get_ns()};

	bpf_for_each_map_elem(&flows, sweep_flow, &state, 0);
	bpf_for_each_map_elem(&held, sweep_held, &state, 0);
	clock_start();
	return 0;
}
