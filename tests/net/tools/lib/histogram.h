/* SPDX-License-Identifier: Apache-2.0 */
/* Durations, counted in classes that are 1/64 of their value wide. */
#ifndef SHUNT_TESTS_HISTOGRAM_H
#define SHUNT_TESTS_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS 64 /* classes for each power of two */
#define HISTOGRAM_CLASSES (60 * HISTOGRAM_STEPS)

struct histogram {
	uint64_t count;
	uint64_t most; /* ns */
	uint64_t classes[HISTOGRAM_CLASSES];
};

void histogram_add(struct histogram *histogram, uint64_t ns);

/* The value below which `share` of all lie, in microseconds; 0 where there is none. */
double histogram_us(const struct histogram *histogram, double share);

#endif
