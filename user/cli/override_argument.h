/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_OVERRIDE_ARGUMENT_H
#define SHUNT_USER_CLI_OVERRIDE_ARGUMENT_H

#include <stdbool.h>
#include <jansson.h>

#define OVERRIDE_PROBLEM_SIZE 256

/*
 * Reads "shop/users=sha:4f2a91c", "=pod:NAME" or "=address:IP:PORT" as an item of spec.overrides, of
 * which the caller has the reference. -EINVAL with a problem for a person, -ENOMEM.
 */
int override_argument_parse(const char *text, json_t **override,
			    char problem[OVERRIDE_PROBLEM_SIZE]);

/* "namespace/name" or "name", each a DNS label. */
bool override_argument_is_service(const char *text);

#endif
