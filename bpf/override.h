/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Overrides, which may be replaced while they are read. */
#ifndef SHUNT_BPF_OVERRIDE_H
#define SHUNT_BPF_OVERRIDE_H

#include "maps.h"

#define OVERRIDE_COPIES \
	4 /* attempts: one fails only where the agent replaced the element meanwhile */

/* The element that is in force for scratch->key, or NULL. */
static __always_inline const struct shunt_override *override_find(const struct scratch *scratch)
{
	__u32 zero = 0;
	const struct shunt_settings *now = bpf_map_lookup_elem(&settings, &zero);
	const struct shunt_override *override;

	if (now && now->flags & SHUNT_SETTINGS_STAGED) {
		override = bpf_map_lookup_elem(&staged, &scratch->key);
		if (override && override->stage == (__u32)now->generation + 1)
			return override;
	}
	return bpf_map_lookup_elem(&overrides, &scratch->key);
}

/*
 * Copies the override that scratch->key names to scratch->override; 0: there is none. The memory of an
 * element that is replaced or removed is another element's at once: a copy counts only if it still
 * stands afterwards. A miss counts only if it is one twice: who walks along a bucket while an element of
 * it is replaced may have passed the new one's place, the bucket's head, before it was there, and come to
 * the old one's when that was gone.
 */
SUBPROGRAM int override_copy(void)
{
	struct scratch *scratch = scratch_get();
	const struct shunt_override *override;
	__u32 i;

	for (i = 0; scratch && i < OVERRIDE_COPIES; i++) {
		override = override_find(scratch);
		if (override)
			scratch->override = *override;
		if (override_find(scratch) != override)
			continue;
		if (!override)
			return 0;
		if (scratch->override.service == scratch->key.service &&
		    scratch->override.endpoint_count <= SHUNT_ENDPOINTS_MAX)
			return scratch->override.endpoint_count > 0;
	}
	return 0;
}

#endif
