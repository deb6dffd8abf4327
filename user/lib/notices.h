/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_NOTICES_H
#define SHUNT_USER_LIB_NOTICES_H

#include "user/lib/problems.h"

/*
 * Logs the lines of *now that *last does not have, so that what stays wrong is said once; then
 * *last holds what *now did, and *now is empty. Returns how many lines were new.
 */
size_t notices_log(struct problems *last, struct problems *now);

#endif
