/* SPDX-License-Identifier: Apache-2.0 */
/* Removes contexts from the store that have been expired for long. */
#ifndef SHUNT_USER_MANAGER_HYGIENE_H
#define SHUNT_USER_MANAGER_HYGIENE_H

#include <uv.h>
#include "user/manager/catalog.h"
#include "user/manager/store.h"

#define HYGIENE_ACTOR "shunt-manager" /* in the audit */

struct hygiene;

/* All must outlive it. NULL for want of memory. */
struct hygiene *hygiene_start(uv_loop_t *loop, const struct catalog *catalog, struct store *store,
			      unsigned long keep_expired_s);

/* To be called when the store has stopped, which ends what is under way. Safe on NULL. */
void hygiene_stop(struct hygiene *hygiene);

#endif
