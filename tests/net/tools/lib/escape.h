/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes written as text. */
#ifndef SHUNT_TESTS_ESCAPE_H
#define SHUNT_TESTS_ESCAPE_H

#include <sys/types.h>

/*
 * Replaces \r, \n, \t, \0, \\ and \xNN in @text by what they stand for, in place. Returns how
 * many bytes there are, or -EINVAL where something else follows a backslash.
 */
ssize_t escape_decode(char *text);

#endif
