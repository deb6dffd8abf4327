/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trial's elements of the pinned maps. They have keys of their own, always the same: of addresses that
 * no network uses, of the service id 0 and of a link with an index that no node has. So they are nobody
 * else's, and what a trial left that was killed is what the next one writes and removes.
 */
#ifndef SHUNT_USER_LIB_TRIAL_ENTRIES_H
#define SHUNT_USER_LIB_TRIAL_ENTRIES_H

#include "user/lib/maps.h"
#include "user/lib/trial_wire.h"

#define TRIAL_CONTEXT "shunt-trial"

/* Writes what a request of the family needs to be moved. *failed names the map that has no room. */
int trial_entries_write(const struct maps *maps, unsigned int family, const char **failed);

/* Removes all, and what the switch keeps of the client's connection from port, where that is not 0. */
void trial_entries_remove(const struct maps *maps, unsigned int family, __u16 port);

/* The request that names TRIAL_CONTEXT by the first marker in force. -ENOENT where there is none. */
int trial_entries_request(const struct maps *maps, char text[TRIAL_REQUEST_SIZE]);

#endif
