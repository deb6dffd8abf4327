/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_ADDRESSES_H
#define SHUNT_USER_AGENT_ADDRESSES_H

#include "user/lib/address_set.h"

/*
 * Adds all addresses that the links of our network namespace have themselves, not those of their
 * peers. The set is not finished. An error of netlink, -ENOMEM.
 */
int addresses_read(struct address_set *addresses);

/* The same in the network namespace that ours knows by this number, and nothing where that is gone, or
 * negative, as it has none. */
int addresses_read_in(__s32 netns_id, struct address_set *addresses);

#endif
