/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoints that the kernel's tables never get as offloaded ones, whoever says that they are: those
 * whose address says so of itself, this node's own, and the API server's.
 */
#ifndef SHUNT_USER_AGENT_REFUSE_H
#define SHUNT_USER_AGENT_REFUSE_H

#include "user/agent/mirror.h"
#include "user/lib/target.h"

struct refuse {
	struct target_guarded guarded;
	struct shunt_address api_server; /* as this process was told by its environment */
	bool has_api_server;
	bool stale_nodes; /* the node's addresses are to be read anew */
	bool stale_api_servers; /* the tables have others of the API server */
	int unread; /* why they could not be read the last time; those read before count then */
	bool judged; /* every element of the mirror was, with what is known now */
	int (*read)(struct address_set *addresses); /* as addresses_read() */
};

/* Nothing is read yet. The caller clears it. */
void refuse_start(struct refuse *refuse);

/* The node's addresses may be others now. */
void refuse_expire(struct refuse *refuse);

/* To be called with changes that the mirror has taken over. */
void refuse_note(struct refuse *refuse, const struct changes *changes);

/*
 * Marks in the mirror which offloaded endpoints are refused, and puts on its list what is to be done
 * for those that became so or ceased to be, and for the overrides that need them. *changed: there
 * were some. Work goes with the mirror's list, and with the mirror only where what is known has
 * changed. -ENOMEM: nothing may be applied until it was called again.
 */
int refuse_update(struct refuse *refuse, struct mirror *mirror, bool *changed);

void refuse_clear(struct refuse *refuse);

#endif
