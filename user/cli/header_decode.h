/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_HEADER_DECODE_H
#define SHUNT_USER_CLI_HEADER_DECODE_H

#include "user/cli/command.h"
#include "user/lib/markers.h"

/* Prints what Shunt reads in a line of a request, where these markers are obeyed. */
int header_decode(const struct globals *globals, const struct marker *markers, size_t count,
		  const char *line);

#endif
