/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_CHANGES_TABLES_H
#define SHUNT_USER_LIB_CHANGES_TABLES_H

#include "user/lib/changes.h"
#include "user/lib/tables.h"

/* Tables as a snapshot that refers to them. The caller clears *changes. -ENOMEM. */
int changes_of_tables(const struct tables *tables, struct changes *changes);

#endif
