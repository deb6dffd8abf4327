/* SPDX-License-Identifier: Apache-2.0 */
/* Objects resolved to addresses: what the kernel's tables should hold at one moment. */
#ifndef SHUNT_USER_LIB_RESOLVE_H
#define SHUNT_USER_LIB_RESOLVE_H

#include <time.h>
#include "user/lib/object.h"
#include "user/lib/problems.h"
#include "user/lib/tables.h"

/*
 * Computes *tables from a finished set at the time now (seconds since 1970). *next_expiry is when
 * the first context that is now valid expires, after which the result differs, or 0 where none
 * does. warnings gets what was decided between two claims or left out. The same objects give the
 * same tables, in whatever order they were added. -ENOMEM; outputs are written only on success.
 * The caller clears *tables, which does not refer to the set.
 */
int resolve_tables(const struct object_set *objects, time_t now, struct tables *tables,
		   time_t *next_expiry, struct problems *warnings);

#endif
