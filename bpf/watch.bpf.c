// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The watch: sockops on the root of cgroup v2 follow the client sockets of frontends to their
 * end, and then remove what the switch keeps of their connections.
 */
#include "maps.h"
#include "flow.h"

static __always_inline void watch_address(struct shunt_address *out, struct bpf_sock_ops *ops,
					  bool local)
{
	__u32 *words = (__u32 *)out->bytes;

	if (ops->family == 2 /* AF_INET */) {
		packet_map_ipv4(out, local ? ops->local_ip4 : ops->remote_ip4);
	} else if (local) {
		words[0] = ops->local_ip6[0];
		words[1] = ops->local_ip6[1];
		words[2] = ops->local_ip6[2];
		words[3] = ops->local_ip6[3];
	} else {
		words[0] = ops->remote_ip6[0];
		words[1] = ops->remote_ip6[1];
		words[2] = ops->remote_ip6[2];
		words[3] = ops->remote_ip6[3];
	}
}

static __always_inline void watch_connection(struct shunt_connection *out, struct bpf_sock_ops *ops)
{
	__builtin_memset(out, 0, sizeof(*out));
	watch_address(&out->client, ops, true);
	watch_address(&out->remote, ops, false);
	out->client_port = ops->local_port;
	out->remote_port = bpf_ntohl(ops->remote_port);
}

/* A client socket of a frontend asks to be told of its state changes. */
static __always_inline void watch_connected(struct bpf_sock_ops *ops)
{
	struct shunt_endpoint key = {};

	watch_address(&key.address, ops, false);
	key.port = bpf_ntohl(ops->remote_port);
	if (bpf_map_lookup_elem(&frontends, &key))
		bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_STATE_CB_FLAG);
}

static __always_inline void watch_closed(struct bpf_sock_ops *ops)
{
	struct shunt_connection connection;
	struct shunt_flow *flow;

	watch_connection(&connection, ops);
	bpf_map_delete_elem(&framing, &connection);
	flow = bpf_map_lookup_elem(&flows, &connection);
	if (flow) {
		if (!flow->answer_length)
			flow->state = SHUNT_FLOW_CLOSED;
		flow_close(&connection, flow);
	} else {
		bpf_map_delete_elem(&held, &connection);
	}
}

SEC("sockops")
int watch(struct bpf_sock_ops *ops)
{
	if (ops->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
		watch_connected(ops);
	else if (ops->op == BPF_SOCK_OPS_STATE_CB && ops->args[1] == BPF_TCP_CLOSE)
		watch_closed(ops);
	return 1;
}
