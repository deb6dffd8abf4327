/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_MANAGER_STORE_METRICS_H
#define SHUNT_USER_MANAGER_STORE_METRICS_H

#include <stdint.h>
#include <stdio.h>

/* How calls that change a context have ended. */
struct store_counts {
	uint64_t writes;
	uint64_t conflicts; /* another version, there already, not there */
	uint64_t failures;
	uint64_t write_ns; /* of writes */
};

/* What each store has, in Prometheus' text format. */
void store_metrics_counts(FILE *file, const struct store_counts *counts);

void store_metrics_one(FILE *file, const char *name, const char *type, const char *help,
		       uint64_t value);

#endif
