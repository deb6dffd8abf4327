/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Rendezvous hashing (Thaler, Ravishankar: A name-based mapping scheme for rendezvous, 1996): a client
 * gets the endpoint that weighs most for it. When one goes, only its own clients change; when one
 * comes, only those that it gets.
 */
#ifndef SHUNT_BPF_RENDEZVOUS_H
#define SHUNT_BPF_RENDEZVOUS_H

#include "portable.h"

/* Spreads every bit over all of them: the last step of MurmurHash3. */
static __always_inline __u64 rendezvous_mix(__u64 x)
{
	x = (x ^ x >> 33) * 0xff51afd7ed558ccdULL;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

static __always_inline __u64 rendezvous_weight(__u64 client, const struct shunt_endpoint *endpoint)
{
	__u64 weight = rendezvous_mix(client + load_word(&endpoint->address.bytes[0]));

	weight = rendezvous_mix(weight + load_word(&endpoint->address.bytes[8]));
	return rendezvous_mix(weight + endpoint->port);
}

/* Copies the client's endpoint to *chosen, which is left alone where there is none. */
static __always_inline void rendezvous_choose(const struct shunt_endpoint *endpoints, __u32 count,
					      __u64 client, struct shunt_endpoint *chosen)
{
	__u64 most = 0;
	__u32 i;

	for (i = 0; i < SHUNT_STEER_ENDPOINTS_MAX && i < count; i++) {
		__u64 weight = rendezvous_weight(client, &endpoints[i]);

		if (i && weight <= most)
			continue;
		most = weight;
		*chosen = endpoints[i];
	}
}

#endif
