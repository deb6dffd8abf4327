/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_CHANGES_TABLES_H
#define SHUNT_USER_LIB_CHANGES_TABLES_H

#include "user/lib/changes.h"
#include "user/lib/tables.h"

/* Tables as a snapshot that refers to them. The caller clears *changes. -ENOMEM. */
int changes_of_tables(const struct tables *tables, struct changes *changes);

/* Adds what the tables have without their overrides, referring to them. -ENOMEM. */
int changes_add_tables(struct changes *changes, const struct tables *tables);

/* Adds what differs between two tables without overrides, referring to both. -ENOMEM. */
int changes_between_tables(const struct tables *old, const struct tables *new,
			   struct changes *changes);

#endif
