// SPDX-License-Identifier: Apache-2.0
#include "histogram.h"

static unsigned int class_of(uint64_t ns)
{
	unsigned int shift;

	if (ns < 2 * HISTOGRAM_STEPS)
		return ns;
	shift = 63 - __builtin_clzll(ns) - __builtin_ctz(HISTOGRAM_STEPS);
	return shift * HISTOGRAM_STEPS + (ns >> shift);
}

/* The middle of a class. */
static double value_of(unsigned int class)
{
	unsigned int shift;

	if (class < 2 * HISTOGRAM_STEPS)
		return class;
	shift = class / HISTOGRAM_STEPS - 1;
	return (class % HISTOGRAM_STEPS + HISTOGRAM_STEPS + 0.5) * (double)(1ULL << shift);
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
	unsigned int class = class_of(ns);

	histogram->count++;
	histogram->classes[class < HISTOGRAM_CLASSES ? class : HISTOGRAM_CLASSES - 1]++;
	if (ns > histogram->most)
		histogram->most = ns;
}

double histogram_us(const struct histogram *histogram, double share)
{
	uint64_t wanted = share * (double)histogram->count, seen = 0;

	for (unsigned int i = 0; i < HISTOGRAM_CLASSES; i++) {
		seen += histogram->classes[i];
		if (seen > wanted)
			return value_of(i) / 1000;
	}
	return histogram->most / 1000.0;
}
