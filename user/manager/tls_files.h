/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_MANAGER_TLS_FILES_H
#define SHUNT_USER_MANAGER_TLS_FILES_H

#include "user/lib/problems.h"
#include "user/manager/arguments.h"

/*
 * Looks whether the files that TLS is to be served with can be, before they are. -EINVAL with
 * problems that name the file and say what is wrong with it. A certificate that has expired is a
 * problem too, but no error.
 */
int tls_files_check(const struct arguments *arguments, struct problems *problems);

#endif
