// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The steer: programs on the root of cgroup v2 choose the endpoint of a connection to a frontend
 * behind which offloaded pods stand too, and show the socket's program the frontend as its peer.
 * An IPv6 socket may dial IPv4, as an IPv4-mapped address.
 */
#include "steer.h"

static __always_inline void steer_read4(const struct bpf_sock_addr *ctx,
					struct shunt_endpoint *endpoint)
{
	packet_map_ipv4(&endpoint->address, ctx->user_ip4);
	endpoint->port = bpf_ntohs(ctx->user_port);
}

static __always_inline void steer_write4(struct bpf_sock_addr *ctx,
					 const struct shunt_endpoint *endpoint)
{
	const __u32 *words = (const __u32 *)endpoint->address.bytes;

	ctx->user_ip4 = words[3];
	ctx->user_port = bpf_htons(endpoint->port);
}

static __always_inline void steer_read6(const struct bpf_sock_addr *ctx,
					struct shunt_endpoint *endpoint)
{
	__u32 *words = (__u32 *)endpoint->address.bytes;

	words[0] = ctx->user_ip6[0];
	words[1] = ctx->user_ip6[1];
	words[2] = ctx->user_ip6[2];
	words[3] = ctx->user_ip6[3];
	endpoint->port = bpf_ntohs(ctx->user_port);
}

static __always_inline void steer_write6(struct bpf_sock_addr *ctx,
					 const struct shunt_endpoint *endpoint)
{
	const __u32 *words = (const __u32 *)endpoint->address.bytes;

	ctx->user_ip6[0] = words[0];
	ctx->user_ip6[1] = words[1];
	ctx->user_ip6[2] = words[2];
	ctx->user_ip6[3] = words[3];
	ctx->user_port = bpf_htons(endpoint->port);
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	struct shunt_endpoint endpoint = {};
	int result;

	if (ctx->protocol != IPPROTO_TCP)
		return 1;
	steer_read4(ctx, &endpoint);
	result = steer_connect(ctx, &endpoint);
	if (result == STEER_TO)
		steer_write4(ctx, &endpoint);
	return result != STEER_NOWHERE;
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx)
{
	struct shunt_endpoint endpoint = {};
	int result;

	if (ctx->protocol != IPPROTO_TCP)
		return 1;
	steer_read6(ctx, &endpoint);
	result = steer_connect(ctx, &endpoint);
	if (result == STEER_TO)
		steer_write6(ctx, &endpoint);
	return result != STEER_NOWHERE;
}

SEC("cgroup/getpeername4")
int getpeername4(struct bpf_sock_addr *ctx)
{
	const struct shunt_endpoint *frontend = steer_dialled(ctx);

	if (frontend)
		steer_write4(ctx, frontend);
	return 1;
}

SEC("cgroup/getpeername6")
int getpeername6(struct bpf_sock_addr *ctx)
{
	const struct shunt_endpoint *frontend = steer_dialled(ctx);

	if (frontend)
		steer_write6(ctx, frontend);
	return 1;
}
