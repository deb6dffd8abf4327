/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The keys of passports. */
#ifndef SHUNT_BPF_KEYS_H
#define SHUNT_BPF_KEYS_H

#include "maps.h"

/* Those in force, or NULL. */
static __always_inline const struct shunt_keys *keys_in_force(void)
{
	__u32 zero = 0, index;
	struct shunt_settings *now = bpf_map_lookup_elem(&settings, &zero);

	if (!now)
		return NULL;
	index = now->keys & 1;
	return bpf_map_lookup_elem(&keys, &index);
}

/* Whether the node has none at all. */
static __always_inline bool keys_absent(const struct shunt_keys *now)
{
	return !now || !(now->current | now->epochs[0] | now->epochs[1]);
}

#endif
