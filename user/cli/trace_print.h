/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_TRACE_PRINT_H
#define SHUNT_USER_CLI_TRACE_PRINT_H

#include <stdio.h>
#include <jansson.h>
#include <linux/bpf.h>
#include <shunt/events.h>

/* Print an event, at wall nanoseconds since 1970, of the service of this name, as one line. */
void trace_print_text(FILE *file, const struct shunt_event *event, __u64 wall, const char *service);

/* The same as an object, of which the caller has the reference; NULL for want of memory. */
json_t *trace_to_json(const struct shunt_event *event, __u64 wall, const char *service);

#endif
