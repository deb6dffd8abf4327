// SPDX-License-Identifier: Apache-2.0
/* What the kernel knows of legs and of the programs. */
#include <string.h>
#include <bpf/bpf.h>
#include "user/agent/kernel.h"
#include "user/agent/metrics_write.h"
#include "user/lib/clock.h"

enum leg_kind {
	LEG_KIND_CURRENT,
	LEG_KIND_PARKED,
	LEG_KIND_OPENING,
	LEG_KIND_COUNT
};

static const char *const leg_kinds[LEG_KIND_COUNT] = {"current", "parked", "opening"};

struct legs {
	__u32 flows;
	__u64 kinds[LEG_KIND_COUNT];
};

/* What is read may change meanwhile: a leg is counted as one or the other. */
static int on_flow(void *argument, const void *key, const void *value)
{
	struct legs *legs = argument;
	struct shunt_flow flow;

	(void)key;
	memcpy(&flow, value, sizeof(flow));
	legs->flows++;
	for (int i = 0; i < SHUNT_LEGS_MAX; i++) {
		if (flow.legs[i].state == SHUNT_LEG_OPENING)
			legs->kinds[LEG_KIND_OPENING]++;
		else if (flow.legs[i].state == SHUNT_LEG_OPEN)
			legs->kinds[i == flow.current ? LEG_KIND_CURRENT : LEG_KIND_PARKED]++;
	}
	return 0;
}

int metrics_legs(FILE *file, const struct maps *maps, __u32 *flows)
{
	struct legs legs = {0};
	int error = maps_each(maps->fds[PINS_FLOWS], 0, on_flow, &legs);

	if (error)
		return error;
	metric_begin(file, METRIC_LEGS);
	for (size_t i = 0; i < LEG_KIND_COUNT; i++)
		fprintf(file, "%s{state=\"%s\"} %llu\n", metric_names[METRIC_LEGS], leg_kinds[i],
			(unsigned long long)legs.kinds[i]);
	*flows = legs.flows;
	return 0;
}

int metrics_handshakes(FILE *file, const struct maps *maps)
{
	struct shunt_handshakes read = {0};
	__u64 count = 0;
	const char *name = metric_names[METRIC_HANDSHAKE];
	__u32 zero = 0;
	int error;

	error = maps_sum(maps->fds[PINS_HANDSHAKES], &zero, (__u64 *)&read,
			 sizeof(read) / sizeof(__u64));
	if (error)
		return error;
	metric_begin(file, METRIC_HANDSHAKE);
	for (unsigned int i = 0; i < SHUNT_HANDSHAKE_BUCKETS; i++) {
		count += read.buckets[i];
		if (i < SHUNT_HANDSHAKE_BUCKETS - 1)
			fprintf(file, "%s_bucket{le=\"%.6f\"} %llu\n", name,
				(double)(1U << i) / 1e6, (unsigned long long)count);
	}
	fprintf(file, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.9f\n%s_count %llu\n", name,
		(unsigned long long)count, name, (double)read.sum / (double)CLOCK_SECOND, name,
		(unsigned long long)count);
	return 0;
}

static int read_programs(const struct kernel *kernel, struct bpf_prog_info *infos)
{
	int error = 0;

	for (size_t i = 0; !error && i < PINS_PROGRAM_COUNT; i++) {
		__u32 length = sizeof(infos[i]);

		infos[i] = (struct bpf_prog_info){0};
		error = bpf_obj_get_info_by_fd(kernel->programs[i], &infos[i], &length);
	}
	return error;
}

int metrics_programs(FILE *file, const struct kernel *kernel)
{
	struct bpf_prog_info infos[PINS_PROGRAM_COUNT];
	int error = read_programs(kernel, infos);

	if (error)
		return error;
	metric_begin(file, METRIC_PROGRAM_RUNS);
	for (size_t i = 0; i < PINS_PROGRAM_COUNT; i++)
		fprintf(file, "%s{program=\"%s\"} %llu\n", metric_names[METRIC_PROGRAM_RUNS],
			pins_program_names[i], (unsigned long long)infos[i].run_cnt);
	metric_begin(file, METRIC_PROGRAM_TIME);
	for (size_t i = 0; i < PINS_PROGRAM_COUNT; i++)
		fprintf(file, "%s{program=\"%s\"} %.9f\n", metric_names[METRIC_PROGRAM_TIME],
			pins_program_names[i], (double)infos[i].run_time_ns / (double)CLOCK_SECOND);
	return 0;
}
