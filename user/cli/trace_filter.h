/* SPDX-License-Identifier: Apache-2.0 */
/* Which events `shunt trace` prints. */
#ifndef SHUNT_USER_CLI_TRACE_FILTER_H
#define SHUNT_USER_CLI_TRACE_FILTER_H

#include <stdbool.h>
#include <jansson.h>
#include <linux/bpf.h>
#include <shunt/tables.h>

#define TRACE_OUTCOMES_MAX 32

/* All zero lets everything through. */
struct trace_filter {
	const char *context;
	const char *service; /* as service_name_matches() takes it */
	bool has_clients;
	struct shunt_prefix clients;
	__u16 client_port; /* 0: any */
	const char *outcomes[TRACE_OUTCOMES_MAX]; /* or reasons; any of them */
	size_t outcome_count;
};

/* Reads "ADDRESS", "ADDRESS:PORT" or "ADDRESS/LENGTH". -EINVAL. */
int trace_filter_client(struct trace_filter *filter, const char *text);

/*
 * Adds a list of outcomes and reasons, "moved,refused", which has to stay and is altered. -EINVAL: one
 * is not known, *unknown is it; -E2BIG.
 */
int trace_filter_outcomes(struct trace_filter *filter, char *list, const char **unknown);

/* Whether an event, as event_to_json() makes it, is wanted. That some were lost always is. */
bool trace_filter_passes(const struct trace_filter *filter, const json_t *event);

#endif
