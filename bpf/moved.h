/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Telling packets of connections that were never moved without looking for a flow; see
 * include/shunt/moved.h. */
#ifndef SHUNT_BPF_MOVED_H
#define SHUNT_BPF_MOVED_H

#include "maps.h"
#include <shunt/moved.h>

static __always_inline __u32 *moved_count(const struct shunt_address *client, __u16 port)
{
	__u32 index = shunt_moved_index(client, port);

	return bpf_map_lookup_elem(&moved, &index);
}

/* Whether there may be a flow of the client's port. */
static __always_inline bool moved_is(const struct shunt_address *client, __u16 port)
{
	const volatile __u32 *flows_there = moved_count(client, port);

	return flows_there && *flows_there;
}

/* A flow is about to be there: no packet may find it uncounted. */
static __always_inline void moved_add(const struct shunt_connection *client)
{
	__u32 *flows_there = moved_count(&client->client, client->client_port);

	if (flows_there)
		__sync_fetch_and_add(flows_there, 1);
}

/* A flow is gone. */
static __always_inline void moved_remove(const struct shunt_connection *client)
{
	__u32 *flows_there = moved_count(&client->client, client->client_port);

	if (flows_there)
		__sync_fetch_and_add(flows_there, -1);
}

#endif
