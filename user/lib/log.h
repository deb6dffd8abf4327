/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for a person on standard error, "program: text". Only the top layer of a program logs. */
#ifndef SHUNT_USER_LIB_LOG_H
#define SHUNT_USER_LIB_LOG_H

#include <stdbool.h>

/* Writes one line; format has no line end. Never fails. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether libbpf's own warnings are shown. They are not until this is called. */
void log_libbpf(bool shown);

#endif
