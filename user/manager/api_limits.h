/* SPDX-License-Identifier: Apache-2.0 */
/* How often somebody may do something: token buckets, by a name or an address. */
#ifndef SHUNT_USER_MANAGER_API_LIMITS_H
#define SHUNT_USER_MANAGER_API_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#define API_LIMITS_BUCKETS 1024 /* a power of two; two whose hashes agree share one */

struct api_bucket {
	uint64_t since; /* ns, monotonic: when it was last looked at */
	double tokens;
};

struct api_limits {
	uint64_t seed;
	struct api_bucket writes[API_LIMITS_BUCKETS]; /* by who is known */
	struct api_bucket failures[API_LIMITS_BUCKETS]; /* by address */
};

void api_limits_init(struct api_limits *limits);

/* Take one, and return 0, or how many seconds to wait before trying again. */
unsigned int api_limits_write(struct api_limits *limits, const char *name, uint64_t now);
unsigned int api_limits_failure(struct api_limits *limits, const void *address, uint64_t now);

#endif
