/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what, as the kernel's tables `sources`, `fence_allowed` and `steered` hold it. It is
 * small next to the other tables and replaced as a whole.
 */
#ifndef SHUNT_USER_LIB_POLICY_H
#define SHUNT_USER_LIB_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <shunt/tables.h>

struct policy_source {
	struct shunt_prefix prefix;
	__u32 flags; /* SHUNT_SOURCE_* */
};

/* A frontend behind which offloaded pods stand too. */
struct policy_steer {
	struct shunt_endpoint frontend;
	__u32 flags; /* SHUNT_STEER_* */
	size_t first; /* the ordinary endpoints: endpoints[first] and so on */
	size_t count; /* at most SHUNT_STEER_ENDPOINTS_MAX; 0: connections are refused */
};

/*
 * Everything comes from malloc(), is sorted by its key, and holds no key twice; prefixes sort by
 * address, then length. All zero is the policy under which everybody's markers count, nothing is
 * let in through the fence and nothing is steered.
 */
struct policy {
	struct policy_source *sources;
	size_t source_count; /* 0: everybody's markers count */
	size_t source_capacity;
	struct shunt_prefix *allowed;
	size_t allowed_count;
	size_t allowed_capacity;
	struct policy_steer *steers;
	size_t steer_count;
	size_t steer_capacity;
	struct shunt_endpoint *endpoints; /* of all steers, each's sorted */
	size_t endpoint_count;
	size_t endpoint_capacity;
};

/* Add one element at the end; the endpoints are copied. -ENOMEM. */
int policy_add_source(struct policy *policy, const struct shunt_prefix *prefix, __u32 flags);
int policy_add_allowed(struct policy *policy, const struct shunt_prefix *prefix);
int policy_add_steer(struct policy *policy, const struct shunt_endpoint *frontend, __u32 flags,
		     const struct shunt_endpoint *endpoints, size_t count);

/* < 0, 0 or > 0: by address, then length. */
int policy_compare_prefix(const struct shunt_prefix *a, const struct shunt_prefix *b);

bool policy_equal(const struct policy *a, const struct policy *b);

/* *to is overwritten. -ENOMEM; it is untouched then. */
int policy_copy(const struct policy *from, struct policy *to);

/* Safe on a zeroed struct and on NULL. */
void policy_clear(struct policy *policy);

#endif
