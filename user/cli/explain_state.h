/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `shunt explain` share: the steps of one explanation, and what they found. */
#ifndef SHUNT_USER_CLI_EXPLAIN_STATE_H
#define SHUNT_USER_CLI_EXPLAIN_STATE_H

#include <stdbool.h>
#include <jansson.h>
#include "user/cli/command.h"

#define EXPLAIN_TEXT_SIZE 768

enum explain_state {
	EXPLAIN_OK,
	EXPLAIN_NOTE,
	EXPLAIN_WARNING, /* it may be the reason of what is odd */
	EXPLAIN_FAILED, /* no request is redirected because of it; the first one is the verdict */
};

struct explain {
	const struct globals *globals;
	const struct maps *maps;
	const char *context;
	bool has_client; /* whose request it is */
	struct shunt_address client;
	__u32 service; /* id; 0: the tables do not have it */
	char name[SHUNT_SERVICE_NAME_MAX + 1];
	struct shunt_settings settings;
	struct shunt_override override;
	bool has_override;
	unsigned int usable; /* endpoints */
	bool needs_signature;
	bool needs_source; /* only some clients may name contexts, and it is not said which it is */
	json_t *agent; /* what it says of the override; NULL: there is none */
	json_t *history; /* of the service, the oldest first; NULL: there is none */
	json_t *steps;
	bool failed;
	char verdict[EXPLAIN_TEXT_SIZE + 32];
};

/* Adds a step of the explanation. */
void explain_add(struct explain *explain, const char *step, enum explain_state state,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* explain_source.c: asks the agent, and says where the tables come from. */
void explain_ask_agent(struct explain *explain);
void explain_source(struct explain *explain);

/* The same, of an override that the tables do not have: why. */
void explain_missing(struct explain *explain);

/* explain_tables.c */
void explain_marker(struct explain *explain);
void explain_service(struct explain *explain);
int explain_override(struct explain *explain);
void explain_permission(struct explain *explain);
void explain_room(struct explain *explain);

/* explain_endpoints.c */
void explain_endpoints(struct explain *explain);

/* explain_history.c */
void explain_history(struct explain *explain);
int explain_pinned(struct explain *explain);

/* The last event that tells whether the endpoint could be reached, borrowed, or NULL. */
const json_t *explain_last(const struct explain *explain, const char *endpoint);

/* "3 s ago", of an event. */
#define EXPLAIN_AGE_SIZE 48
const char *explain_age(const json_t *event, char text[EXPLAIN_AGE_SIZE]);

#endif
