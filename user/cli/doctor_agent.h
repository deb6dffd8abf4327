/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_DOCTOR_AGENT_H
#define SHUNT_USER_CLI_DOCTOR_AGENT_H

#include <stdbool.h>

/*
 * The value of a metric in Prometheus' text format, by its name with its labels as it is written:
 * "shunt_links_chosen", "shunt_table_left_out{table=\"frontends\"}". False where it is not there.
 */
bool metrics_find(const char *text, const char *name, double *value);

#endif
