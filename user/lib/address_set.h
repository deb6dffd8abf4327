/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of addresses. */
#ifndef SHUNT_USER_LIB_ADDRESS_SET_H
#define SHUNT_USER_LIB_ADDRESS_SET_H

#include <stdbool.h>
#include <stddef.h>
#include "user/lib/address.h"

/* All zero is empty. */
struct address_set {
	struct shunt_address *items; /* from malloc() */
	size_t count;
	size_t capacity;
};

/* Adds at the end, whether it is there already or not. -ENOMEM. */
int address_set_add(struct address_set *set, const struct shunt_address *address);

/* To be called when all are added: sorts, and drops what is there twice. */
void address_set_finish(struct address_set *set);

/* Of a finished set. */
bool address_set_has(const struct address_set *set, const struct shunt_address *address);

/* Safe on a zeroed struct and on NULL. */
void address_set_clear(struct address_set *set);

#endif
