/* SPDX-License-Identifier: Apache-2.0 */
/* Times of the API as a person reads them. */
#ifndef SHUNT_USER_CLI_WHEN_H
#define SHUNT_USER_CLI_WHEN_H

#include <time.h>

#define WHEN_SIZE 48

/* "3 d ago", "in 2 h", "now". Returns text. */
const char *when_format(time_t time, time_t now, char text[WHEN_SIZE]);

/* The same of an RFC 3339 time, by the present time; absent where it is NULL, "?" if it is none. */
const char *when_describe(const char *rfc3339, const char *absent, char text[WHEN_SIZE]);

/* "2026-12-01T00:00:00Z". */
const char *when_write(time_t time, char text[WHEN_SIZE]);

#endif
