/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Choosing for a connection to a frontend behind which offloaded pods stand too: one of the ordinary
 * endpoints, before anything else chooses.
 */
#ifndef SHUNT_BPF_STEER_H
#define SHUNT_BPF_STEER_H

#include "count.h"
#include "rendezvous.h"

#define STEER_LEAVE 0 /* the frontend is not steered */
#define STEER_TO 1 /* an endpoint was chosen */
#define STEER_NOWHERE 2 /* only offloaded pods are left */
#define STEER_AGAIN 3 /* the element was replaced meanwhile */

static __always_inline void steer_at_random(const struct shunt_steer *steer, __u32 endpoint_count,
					    struct shunt_endpoint *chosen)
{
	__u64 index = (__u64)bpf_get_prandom_u32() * endpoint_count >> 32;

	opaque(index);
	if (index < SHUNT_STEER_ENDPOINTS_MAX)
		*chosen = steer->endpoints[index];
}

/* Chooses once. A removed element's memory is used again at once: what was read of it counts only if
 * it still stands afterwards. */
static __noinline int steer_attempt(struct bpf_sock_addr *ctx,
				    const struct shunt_endpoint *frontend,
				    struct shunt_endpoint *chosen)
{
	const struct shunt_steer *steer = bpf_map_lookup_elem(&steered, frontend);
	__u32 endpoint_count;

	if (!steer)
		return STEER_LEAVE;
	endpoint_count = steer->endpoint_count;
	if (steer->flags & SHUNT_STEER_AFFINITY)
		rendezvous_choose(steer->endpoints, endpoint_count, bpf_get_netns_cookie(ctx),
				  chosen);
	else
		steer_at_random(steer, endpoint_count, chosen);
	if (bpf_map_lookup_elem(&steered, frontend) != steer ||
	    endpoint_count != steer->endpoint_count || endpoint_count > SHUNT_STEER_ENDPOINTS_MAX)
		return STEER_AGAIN;
	return endpoint_count ? STEER_TO : STEER_NOWHERE;
}

/* What the socket's program connected to, where it was steered; else NULL. */
static __always_inline struct shunt_endpoint *steer_dialled(struct bpf_sock_addr *ctx)
{
	return bpf_sk_storage_get(&dialled, ctx->sk, NULL, 0);
}

/* Without memory for it, the program sees the endpoint as its peer. */
static __always_inline void steer_remember(struct bpf_sock_addr *ctx,
					   struct shunt_endpoint *frontend)
{
	struct shunt_endpoint *present =
		bpf_sk_storage_get(&dialled, ctx->sk, frontend, BPF_SK_STORAGE_GET_F_CREATE);

	if (present)
		*present = *frontend;
}

/* A socket that was steered once and connects anew has another peer. */
static __always_inline void steer_forget(struct bpf_sock_addr *ctx)
{
	if (steer_dialled(ctx))
		bpf_sk_storage_delete(&dialled, ctx->sk);
}

/* connect() fails with ECONNREFUSED, as if nobody listened. */
static __always_inline int steer_refuse(__u32 reason)
{
	count(reason);
	if (bpf_set_retval(-ECONNREFUSED))
		count(SHUNT_REASON_HELPER_FAILED);
	return STEER_NOWHERE;
}

/* Decides on a connection to *endpoint: STEER_LEAVE, STEER_NOWHERE, or STEER_TO what *endpoint is
 * then. */
static __always_inline int steer_connect(struct bpf_sock_addr *ctx, struct shunt_endpoint *endpoint)
{
	struct shunt_endpoint chosen = {};
	int result = steer_attempt(ctx, endpoint, &chosen);

	if (result == STEER_AGAIN)
		result = steer_attempt(ctx, endpoint, &chosen);
	/* To let it go on could take it to an offloaded pod. */
	if (result == STEER_AGAIN)
		return steer_refuse(SHUNT_REASON_HELPER_FAILED);
	if (result == STEER_NOWHERE)
		return steer_refuse(SHUNT_REASON_STEER_REFUSED);
	if (result == STEER_LEAVE) {
		steer_forget(ctx);
		return STEER_LEAVE;
	}
	steer_remember(ctx, endpoint);
	*endpoint = chosen;
	count(SHUNT_REASON_STEERED);
	return STEER_TO;
}

#endif
