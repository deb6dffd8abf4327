// SPDX-License-Identifier: Apache-2.0
#include "user/lib/clock.h"

#include <time.h>

static __u64 read_clock(clockid_t id)
{
	struct timespec now;

	/* Both clocks that are read here always exist. */
	clock_gettime(id, &now);
	return (__u64)now.tv_sec * CLOCK_SECOND + (__u64)now.tv_nsec;
}

__u64 clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

__u64 clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

__u64 clock_wall_at(__u64 monotonic)
{
	return clock_wall() - clock_monotonic() + monotonic;
}
