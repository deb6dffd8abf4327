/* SPDX-License-Identifier: Apache-2.0 */
/* Overrides of single contexts, by which a test sees which context the kernel has read. */
#ifndef SHUNT_TESTS_PROG_OVERRIDE_H
#define SHUNT_TESTS_PROG_OVERRIDE_H

#include "kernel.h"

static inline struct shunt_override_key override_key(const char *context)
{
	struct shunt_override_key key = {.service = KERNEL_SERVICE};

	strncpy(key.context, context, SHUNT_CONTEXT_NAME_MAX);
	return key;
}

/* Makes an override for the context, if there is one, whose signed markers carry the tag; 0: it cannot
 * be signed. */
static inline void override_put(struct kernel *kernel, const char *context, __u32 id, __u64 tag)
{
	struct shunt_override override = {
		.id = id, .service = KERNEL_SERVICE, .tag = tag, .endpoint_count = 1};
	struct shunt_override_key key;

	if (!context)
		return;
	key = override_key(context);
	override.endpoints[0] =
		(struct shunt_endpoint){.address = kernel_address("10.9.2.1"), .port = 8080};
	kernel_put(kernel->programs->maps.overrides, &key, &override);
}

static inline void override_remove(struct kernel *kernel, const char *context)
{
	struct shunt_override_key key;

	if (!context)
		return;
	key = override_key(context);
	assert_int_equal(bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.overrides), &key),
			 0);
}

/* Requests that were counted for the override. */
static inline __u64 override_requests(struct kernel *kernel, __u32 id)
{
	struct shunt_override_stats values[libbpf_num_possible_cpus()];
	__u64 sum = 0;

	if (!kernel_get(kernel->programs->maps.override_stats, &id, values))
		return 0;
	for (int i = 0; i < libbpf_num_possible_cpus(); i++)
		sum += values[i].requests;
	return sum;
}

#endif
