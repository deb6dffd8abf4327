// SPDX-License-Identifier: Apache-2.0
#include "user/agent/metrics_write.h"

const char *const metric_names[METRIC_COUNT] = {
#define X(NAME, name, type, help) [METRIC_##NAME] = name,
	METRICS(X)
#undef X
};

static const char *const types[METRIC_COUNT] = {
#define X(NAME, name, type, help) [METRIC_##NAME] = type,
	METRICS(X)
#undef X
};

static const char *const helps[METRIC_COUNT] = {
#define X(NAME, name, type, help) [METRIC_##NAME] = help,
	METRICS(X)
#undef X
};

void metric_begin(FILE *file, enum metric metric)
{
	const char *name = metric_names[metric];

	fprintf(file, "# HELP %s %s\n# TYPE %s %s\n", name, helps[metric], name, types[metric]);
}

void metric_write(FILE *file, enum metric metric, __u64 value)
{
	metric_begin(file, metric);
	fprintf(file, "%s %llu\n", metric_names[metric], (unsigned long long)value);
}

void metric_label(FILE *file, const char *name, const char *value)
{
	fprintf(file, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n') {
			fputs("\\n", file);
			continue;
		}
		if (*value == '"' || *value == '\\')
			fputc('\\', file);
		fputc(*value, file);
	}
	fputc('"', file);
}
