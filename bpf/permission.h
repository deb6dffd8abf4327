/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Who may name a context: clients whose address `sources` has, where the settings say so, and those
 * that know the context's tag, where the source or the context demands a signature.
 */
#ifndef SHUNT_BPF_PERMISSION_H
#define SHUNT_BPF_PERMISSION_H

#include "head.h"

/* What the markers in the client's requests are worth where not everybody's count. */
SUBPROGRAM __u32 permission_listed(void)
{
	struct scratch *scratch = scratch_get();
	struct shunt_source *source;

	if (!scratch)
		return 0;
	scratch->prefix.length = 8 * sizeof(scratch->prefix.address);
	scratch->prefix.address = scratch->connection.client;
	source = bpf_map_lookup_elem(&sources, &scratch->prefix);
	return source ? source->flags : 0;
}

/* SHUNT_SOURCE_* of the client; 0: its markers are ignored. */
static __always_inline __u32 permission_source(void)
{
	__u32 zero = 0;
	struct shunt_settings *now = bpf_map_lookup_elem(&settings, &zero);

	if (now && !(now->flags & SHUNT_SETTINGS_SOURCES))
		return SHUNT_SOURCE_OBEYED;
	return permission_listed();
}

/* Why the marker of scratch->key, which leads to the override, does not count; 0: it does. */
static __always_inline __u32 permission_refusal(const struct scratch *scratch,
						const struct shunt_override *override)
{
	__u32 source = permission_source();

	if (!source)
		return SHUNT_REASON_SOURCE_REFUSED;
	if (scratch->is_signed)
		return override->tag && override->tag == scratch->tag ? 0
								      : SHUNT_REASON_BAD_SIGNATURE;
	if (source & SHUNT_SOURCE_SIGNED || override->flags & SHUNT_OVERRIDE_SIGNED)
		return SHUNT_REASON_UNSIGNED;
	return 0;
}

/* Counts and traces that the marker of scratch->key does not count. */
SUBPROGRAM int permission_refuse(__u32 reason)
{
	struct scratch *scratch = scratch_get();
	struct trace_note note = {.reason = reason};

	if (!scratch)
		return 0;
	note.context = scratch->key.context;
	note.line = scratch->line;
	count(reason);
	trace(scratch, scratch->key.service, &note);
	return 0;
}

#endif
