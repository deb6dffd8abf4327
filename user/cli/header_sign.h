/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_HEADER_SIGN_H
#define SHUNT_USER_CLI_HEADER_SIGN_H

#include "user/cli/command.h"
#include "user/lib/keys.h"

/*
 * Finds what names a context where only signed markers count: asks the manager or, where none is
 * named, looks into the tables of this node. Says what is wrong and returns -errno.
 */
int header_sign(const struct globals *globals, const char *name, char marker[KEYS_MARKER_SIZE]);

#endif
