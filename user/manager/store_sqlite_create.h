/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_MANAGER_STORE_SQLITE_CREATE_H
#define SHUNT_USER_MANAGER_STORE_SQLITE_CREATE_H

#include "user/lib/problems.h"

#define STORE_SQLITE_APPLICATION 0x53686e74 /* "Shnt", PRAGMA application_id */
#define STORE_SQLITE_VERSION 1 /* of the tables, PRAGMA user_version */

/*
 * Makes the file with its tables where there is none; others see it only when it is complete. The
 * directory has to be there. -EACCES and others with problems.
 */
int store_sqlite_create(const char *file, struct problems *problems);

#endif
