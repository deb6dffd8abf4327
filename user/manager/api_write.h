/* SPDX-License-Identifier: Apache-2.0 */
/* A write of a context on its way to the store. */
#ifndef SHUNT_USER_MANAGER_API_WRITE_H
#define SHUNT_USER_MANAGER_API_WRITE_H

#include "user/manager/api_state.h"

struct api_write {
	struct api_call *call;
	/* Looks at the context as it is now, and calls api_write_store() or answers. */
	void (*prepare)(struct api_write *write);
	json_t *body; /* what the client sent */
	json_t *result; /* as it is in the store, or was */
	uint64_t revision; /* 0: not stored yet */
	unsigned int references;
	unsigned int tries;
	bool removes;
	bool created;
	bool over;
	uv_timer_t timer;
	TAILQ_ENTRY(api_write) link;
};

/* Takes over body. NULL where the call was answered for want of memory. */
struct api_write *api_write_start(struct api_call *call, void (*prepare)(struct api_write *write),
				  json_t *body, bool removes);

/* Prepares and stores it, from the start. */
void api_write_try(struct api_write *write);

/* Gives it to the store; expected is the version that the context must have, NULL: none. */
void api_write_store(struct api_write *write, json_t *object, const char *expected,
		     const struct store_audit *audit);

#endif
