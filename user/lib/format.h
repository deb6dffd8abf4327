/* SPDX-License-Identifier: Apache-2.0 */
/* Times and counts as a person reads them. Each writes text, zero-ended, and returns it. */
#ifndef SHUNT_USER_LIB_FORMAT_H
#define SHUNT_USER_LIB_FORMAT_H

#include <time.h>
#include <linux/types.h>

#define FORMAT_SIZE 32

/* A duration in ns with two or three digits: "812 ns", "84 µs", "1.3 ms", "3.0 s", "250 s". */
const char *format_duration(__u64 ns, char text[FORMAT_SIZE]);

/* An age in ns, cut off to its largest unit: "0 s", "59 s", "3 min", "5 h", "12 d". */
const char *format_age(__u64 ns, char text[FORMAT_SIZE]);

/* The local time of day of ns since 1970: "12:03:04.123456". */
const char *format_time_of_day(__u64 wall, char text[FORMAT_SIZE]);

/* ns since 1970 as UTC: "2026-01-31T12:03:04.123456Z". */
const char *format_timestamp(__u64 wall, char text[FORMAT_SIZE]);

/* Seconds since 1970 as RFC 3339 has them, in UTC: "2026-01-31T12:03:04Z". */
const char *format_seconds(time_t seconds, char text[FORMAT_SIZE]);

/* "once", "twice", "3 times". */
const char *format_times(__u64 count, char text[FORMAT_SIZE]);

#endif
