/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Reading the client's own socket, in its pod's network namespace. */
#ifndef SHUNT_BPF_SOCKET_H
#define SHUNT_BPF_SOCKET_H

#include "direction.h"

static __always_inline struct bpf_sock_tuple *socket_tuple(
	const struct shunt_connection *connection, bool ipv6, struct bpf_sock_tuple *tuple)
{
	/* The lookup sees the tuple as a packet that the client receives. */
	if (ipv6) {
		__builtin_memcpy(tuple->ipv6.saddr, &connection->remote, 16);
		__builtin_memcpy(tuple->ipv6.daddr, &connection->client, 16);
		tuple->ipv6.sport = bpf_htons(connection->remote_port);
		tuple->ipv6.dport = bpf_htons(connection->client_port);
	} else {
		__builtin_memcpy(&tuple->ipv4.saddr, &connection->remote.bytes[12], 4);
		__builtin_memcpy(&tuple->ipv4.daddr, &connection->client.bytes[12], 4);
		tuple->ipv4.sport = bpf_htons(connection->remote_port);
		tuple->ipv4.dport = bpf_htons(connection->client_port);
	}
	return tuple;
}

static __always_inline bool socket_is_ipv6(const struct shunt_connection *connection)
{
	const __u32 *words = (const __u32 *)connection->client.bytes;

	return words[0] || words[1] || words[2] != bpf_htonl(0xffff);
}

/* The socket of a connection in namespace `netns_id`, to be released, or NULL. */
static __always_inline struct bpf_sock *socket_find(struct __sk_buff *skb,
						    const struct shunt_connection *connection,
						    __s32 netns_id)
{
	struct bpf_sock_tuple tuple = {};
	__u64 netns = netns_id < 0 ? BPF_F_CURRENT_NETNS : (__u64)netns_id;

	if (socket_is_ipv6(connection))
		return bpf_skc_lookup_tcp(skb, socket_tuple(connection, true, &tuple),
					  sizeof(tuple.ipv6), netns, 0);
	return bpf_skc_lookup_tcp(skb, socket_tuple(connection, false, &tuple), sizeof(tuple.ipv4),
				  netns, 0);
}

/* Of Multipath TCP (RFC 8684), whose options have numbers of their own that a leg's server would not
 * know. */
static __always_inline bool socket_is_multipath(struct tcp_sock *tcp)
{
	return bpf_core_field_exists(tcp->is_mptcp) && tcp->is_mptcp;
}

/* Reads the socket of scratch->connection into scratch->socket. Returns 0, or -1 where there is
 * no such socket of plain TCP on the link's pod. */
SUBPROGRAM int socket_read(struct __sk_buff *skb)
{
	struct scratch *scratch = scratch_get();
	struct client_socket *out;
	struct bpf_sock *found;
	struct tcp_sock *tcp;
	__s32 netns_id;

	if (!scratch || direction_netns(skb, &netns_id))
		return -1;
	out = &scratch->socket;
	found = socket_find(skb, &scratch->connection, netns_id);
	if (!found)
		return -1;
	tcp = (struct tcp_sock *)bpf_skc_to_tcp_sock(found);
	if (tcp && socket_is_multipath(tcp))
		tcp = NULL;
	if (tcp) {
		out->snd_una = tcp->snd_una;
		out->snd_wl1 = tcp->snd_wl1;
		out->snd_wnd = tcp->snd_wnd;
		out->rcv_nxt = tcp->rcv_nxt;
		out->mss = tcp->advmss;
		out->timestamps = BPF_CORE_READ_BITFIELD(tcp, rx_opt.tstamp_ok);
		if (out->timestamps)
			out->mss += TCP_TIMESTAMP_ROOM; /* which advmss leaves out */
		out->last_time = tcp->rx_opt.ts_recent;
		out->scale_ok = BPF_CORE_READ_BITFIELD(tcp, rx_opt.wscale_ok);
		out->sack = BPF_CORE_READ_BITFIELD(tcp, rx_opt.sack_ok) & 1;
		out->snd_scale = BPF_CORE_READ_BITFIELD(tcp, rx_opt.snd_wscale);
		out->rcv_scale = BPF_CORE_READ_BITFIELD(tcp, rx_opt.rcv_wscale);
	}
	bpf_sk_release(found);
	return tcp ? 0 : -1;
}

#endif
