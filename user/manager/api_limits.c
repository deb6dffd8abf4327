// SPDX-License-Identifier: Apache-2.0
#include "user/manager/api_limits.h"

#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include "user/lib/clock.h"

#define WRITES_PER_SECOND 500.0
#define WRITES_AT_ONCE 2000.0
#define FAILURES_PER_SECOND 5.0
#define FAILURES_AT_ONCE 50.0
#define ADDRESS_SIZE 16

/* FNV-1a, seeded, so that nobody can choose whose bucket theirs is. */
static size_t bucket_of(const struct api_limits *limits, const void *bytes, size_t length)
{
	const unsigned char *c = bytes;
	uint64_t hash = limits->seed ^ 0xcbf29ce484222325u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ c[i]) * 0x100000001b3u;
	return (hash ^ hash >> 32) & (API_LIMITS_BUCKETS - 1);
}

static double filled(const struct api_bucket *bucket, double per_second, double most, uint64_t now)
{
	double tokens =
		bucket->tokens + (double)(now - bucket->since) * per_second / (double)CLOCK_SECOND;

	return !bucket->since || tokens > most ? most : tokens;
}

static unsigned int seconds_until_one(double tokens, double per_second)
{
	return tokens >= 1 ? 0 : (unsigned int)((1 - tokens) / per_second) + 1;
}

static unsigned int take(struct api_bucket *bucket, double per_second, double most, uint64_t now)
{
	unsigned int wait;

	bucket->tokens = filled(bucket, per_second, most, now);
	bucket->since = now;
	wait = seconds_until_one(bucket->tokens, per_second);
	if (!wait)
		bucket->tokens -= 1;
	return wait;
}

void api_limits_init(struct api_limits *limits)
{
	*limits = (struct api_limits){0};
	/* Without randomness the limits hold all the same. */
	if (getrandom(&limits->seed, sizeof(limits->seed), 0) != sizeof(limits->seed))
		limits->seed = clock_monotonic();
}

unsigned int api_limits_write(struct api_limits *limits, const char *name, uint64_t now)
{
	return take(&limits->writes[bucket_of(limits, name, strlen(name))], WRITES_PER_SECOND,
		    WRITES_AT_ONCE, now);
}

unsigned int api_limits_failure(struct api_limits *limits, const void *address, uint64_t now)
{
	return take(&limits->failures[bucket_of(limits, address, ADDRESS_SIZE)],
		    FAILURES_PER_SECOND, FAILURES_AT_ONCE, now);
}
