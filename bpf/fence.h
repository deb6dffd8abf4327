/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The fence of offloaded endpoints: whether a connection to one may begin. */
#ifndef SHUNT_BPF_FENCE_H
#define SHUNT_BPF_FENCE_H

#include "count.h"
#include "keys.h"

/* The service port and fence of the endpoint that a packet goes to, or NULL where there is no
 * fence. *key is written. */
static __always_inline const struct shunt_offloaded *fence_find(struct shunt_endpoint *key,
								const struct packet *packet)
{
	const struct shunt_offloaded *found;

	key->address = packet->addresses[1];
	key->port = packet->destination_port;
	key->reserved = 0;
	found = bpf_map_lookup_elem(&offloaded, key);
	return found && found->fence != SHUNT_FENCE_OFF ? found : NULL;
}

static __always_inline bool fence_allows(const struct shunt_address *source)
{
	struct shunt_prefix key = {.length = 128, .address = *source};

	return bpf_map_lookup_elem(&fence_allowed, &key);
}

/*
 * What there is to say of the SYN *message, whose header is *tcp: SHUNT_REASON_FENCE_PASSED, _ALLOWED
 * or _UNKEYED, by which it is let in, or else _MISSING, _EXPIRED or _FORGED. *found is its passport.
 */
static __always_inline __u32 fence_judge(struct tcp_image *tcp,
					 const struct passport_message *message,
					 struct passport *found)
{
	const struct shunt_keys *now = keys_in_force();
	enum passport_result result;

	passport_find(tcp, found);
	/* The switch makes plain SYNs only. */
	if (tcp->flags & (TCP_FIN | TCP_RST))
		found->present = 0;
	result = passport_check(found, message, now);
	if (result == PASSPORT_VALID)
		return SHUNT_REASON_FENCE_PASSED;
	if (fence_allows(&message->source))
		return SHUNT_REASON_FENCE_ALLOWED;
	if (keys_absent(now))
		return SHUNT_REASON_FENCE_UNKEYED;
	if (result == PASSPORT_EXPIRED)
		return SHUNT_REASON_FENCE_EXPIRED;
	return result == PASSPORT_FORGED ? SHUNT_REASON_FENCE_FORGED : SHUNT_REASON_FENCE_MISSING;
}

/* Whether what fence_judge() said lets the SYN in. */
static __always_inline bool fence_admits(__u32 reason)
{
	return reason == SHUNT_REASON_FENCE_PASSED || reason == SHUNT_REASON_FENCE_ALLOWED ||
	       reason == SHUNT_REASON_FENCE_UNKEYED;
}

/* The window of the RST by which a SYN is refused for this reason. */
static __always_inline __u16 fence_window(__u32 reason)
{
	if (reason == SHUNT_REASON_FENCE_EXPIRED)
		return SHUNT_REFUSAL_EXPIRED;
	return reason == SHUNT_REASON_FENCE_FORGED ? SHUNT_REFUSAL_FORGED : SHUNT_REFUSAL_MISSING;
}

#endif
