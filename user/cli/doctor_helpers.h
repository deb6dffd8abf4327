/* SPDX-License-Identifier: Apache-2.0 */
/* What our programs ask of the kernel, read from the object that they come in. */
#ifndef SHUNT_USER_CLI_DOCTOR_HELPERS_H
#define SHUNT_USER_CLI_DOCTOR_HELPERS_H

#include <stdbool.h>

#define HELPERS_MAX 256

/* Marks the helpers that a program calls, by their numbers. -EINVAL where it cannot be read. */
int helpers_in_use(bool used[HELPERS_MAX]);

/* "skc_lookup_tcp"; "?" for a number that is not known. */
const char *helpers_name(unsigned int helper);

#endif
