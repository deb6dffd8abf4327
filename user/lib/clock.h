/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks that kernel records and people use. */
#ifndef SHUNT_USER_LIB_CLOCK_H
#define SHUNT_USER_LIB_CLOCK_H

#include <linux/types.h>

#define CLOCK_SECOND 1000000000ULL /* ns */

/* Nanoseconds of the monotonic clock, the one that bpf_ktime_get_ns() reads. */
__u64 clock_monotonic(void);

/* Nanoseconds since 1970. */
__u64 clock_wall(void);

/* The time since 1970, in ns, of a monotonic time, by how both clocks stand now. */
__u64 clock_wall_at(__u64 monotonic);

#endif
