// SPDX-License-Identifier: Apache-2.0
/* What the kernel counts by service port. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "user/agent/metrics_write.h"

static const char *const outcome_labels[SHUNT_OUTCOME_COUNT] = {
#define X(name, label) [SHUNT_OUTCOME_##name] = label,
	SHUNT_OUTCOMES(X)
#undef X
};

#define OTHERS "" /* service ports that have no counts of their own */

/* Whose counts an element of `service_stats` has. */
struct owners {
	__u32 ids[SHUNT_SERVICE_STATS_MAX]; /* 0: nobody's */
	bool shared[SHUNT_SERVICE_STATS_MAX];
};

struct writing {
	FILE *file;
	const struct maps *maps;
	struct owners *owners;
	__u64 others[SHUNT_OUTCOME_COUNT];
};

static int on_service(void *argument, const void *key, const void *value)
{
	struct owners *owners = argument;
	__u32 id, index;

	(void)value;
	memcpy(&id, key, sizeof(id));
	index = id % SHUNT_SERVICE_STATS_MAX;
	owners->shared[index] = owners->ids[index] != 0;
	owners->ids[index] = id;
	return 0;
}

static bool is_zero(const __u64 *sums, size_t count)
{
	while (count && !sums[count - 1])
		count--;
	return !count;
}

static void write_outcomes(FILE *file, const char *service, const __u64 *sums)
{
	for (size_t i = 0; i < SHUNT_OUTCOME_COUNT; i++) {
		fprintf(file, "%s{", metric_names[METRIC_REQUESTS]);
		metric_label(file, "service", service);
		fprintf(file, ",outcome=\"%s\"} %llu\n", outcome_labels[i],
			(unsigned long long)sums[i]);
	}
}

/* Service ports that had no request yet are left out. */
static int on_outcomes(void *argument, const void *key, const void *value)
{
	char name[SHUNT_SERVICE_NAME_MAX + 1];
	struct writing *writing = argument;
	__u64 sums[SHUNT_OUTCOMES_MAX];
	__u32 index;

	memcpy(&index, key, sizeof(index));
	maps_add_up(value, sums, SHUNT_OUTCOMES_MAX);
	if (is_zero(sums, SHUNT_OUTCOME_COUNT))
		return 0;
	if (index == 0 && !writing->owners->ids[index]) /* trials' only */
		return 0;
	if (writing->owners->ids[index] && !writing->owners->shared[index])
		write_outcomes(writing->file,
			       maps_service_name(writing->maps, writing->owners->ids[index], name),
			       sums);
	else
		for (size_t i = 0; i < SHUNT_OUTCOME_COUNT; i++)
			writing->others[i] += sums[i];
	return 0;
}

int metrics_requests(FILE *file, const struct maps *maps)
{
	struct writing writing = {.file = file, .maps = maps};
	int error;

	writing.owners = calloc(1, sizeof(*writing.owners));
	if (!writing.owners)
		return -ENOMEM;
	error = maps_each(maps->fds[PINS_SERVICES], 0, on_service, writing.owners);
	metric_begin(file, METRIC_REQUESTS);
	if (!error)
		error = maps_each(maps->fds[PINS_SERVICE_STATS], 0, on_outcomes, &writing);
	if (!error && !is_zero(writing.others, SHUNT_OUTCOME_COUNT))
		write_outcomes(file, OTHERS, writing.others);
	free(writing.owners);
	return error;
}
