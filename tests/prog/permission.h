/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that may name a context, or not, and what is counted of their requests. */
#ifndef SHUNT_TESTS_PROG_PERMISSION_H
#define SHUNT_TESTS_PROG_PERMISSION_H

#include "moving.h"
#include "override.h"

#define MMENG_TAG 0x0123456789abcdef /* of mmeng's signed markers */

/* What `sources` says of the client. */
enum listing {
	EVERYBODY,
	MISS,
	REFUSED,
	OBEYED,
	SIGNED_ONLY,
	OBEYED_SIGNED
};

/* The reason why the marker is ignored; COUNTS: it is not. */
#define COUNTS 0
#define SOURCE SHUNT_REASON_SOURCE_REFUSED
#define BARE SHUNT_REASON_UNSIGNED
#define FORGED SHUNT_REASON_BAD_SIGNATURE

static inline struct shunt_prefix prefix_of(const char *address, __u32 length)
{
	return (struct shunt_prefix){.length = length, .address = kernel_address(address)};
}

static inline void source_put(struct kernel *kernel, const char *address, __u32 length, __u32 flags)
{
	struct shunt_prefix key = prefix_of(address, length);
	struct shunt_source value = {.flags = flags};

	kernel_put(kernel->programs->maps.sources, &key, &value);
}

static inline void source_remove(struct kernel *kernel, const char *address, __u32 length)
{
	struct shunt_prefix key = prefix_of(address, length);

	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.sources), &key);
}

static inline void sources_restrict(struct kernel *kernel, bool restricted)
{
	struct shunt_settings settings = {.layout_version = SHUNT_LAYOUT_VERSION,
					  .flags = restricted ? SHUNT_SETTINGS_SOURCES : 0};
	__u32 zero = 0;

	kernel_put(kernel->programs->maps.settings, &zero, &settings);
}

/* The client of the flows is listed so, by its own address. */
static inline void source_list(struct kernel *kernel, enum listing listing)
{
	static const __u32 flags[] = {
		[OBEYED] = SHUNT_SOURCE_OBEYED,
		[SIGNED_ONLY] = SHUNT_SOURCE_SIGNED,
		[OBEYED_SIGNED] = SHUNT_SOURCE_OBEYED | SHUNT_SOURCE_SIGNED,
	};

	sources_restrict(kernel, listing != EVERYBODY);
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		if (listing == EVERYBODY || listing == MISS)
			source_remove(kernel, flow_ends[ipv6].client, 128);
		else
			source_put(kernel, flow_ends[ipv6].client, 128, flags[listing]);
	}
}

struct counts {
	__u64 source, bare, forged, unknown, requests;
};

static inline struct counts counts_read(struct kernel *kernel)
{
	return (struct counts){
		.source = kernel_count(kernel, SHUNT_REASON_SOURCE_REFUSED),
		.bare = kernel_count(kernel, SHUNT_REASON_UNSIGNED),
		.forged = kernel_count(kernel, SHUNT_REASON_BAD_SIGNATURE),
		.unknown = kernel_count(kernel, SHUNT_REASON_UNKNOWN_CONTEXT),
		.requests = override_requests(kernel, MOVING_OVERRIDE),
	};
}

static inline struct counts counts_expected(__u32 outcome, struct counts before)
{
	before.source += outcome == SOURCE;
	before.bare += outcome == BARE;
	before.forged += outcome == FORGED;
	before.requests += outcome == COUNTS;
	return before;
}

#endif
