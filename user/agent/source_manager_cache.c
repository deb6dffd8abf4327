// SPDX-License-Identifier: Apache-2.0
#include "user/agent/source_manager.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include "user/lib/clock.h"
#include "user/lib/format.h"
#include "user/lib/log.h"

static int take_cached(void *argument, struct changes *changes, const struct sync_done *done)
{
	struct source_manager *source = argument;
	__u64 now = clock_wall(), made = done->made_at_ms * 1000000;
	char age[FORMAT_SIZE];
	int error = sync_apply(source->sync, changes);

	if (!error)
		log_line("%s: applied tables that are %s old, until a manager answers",
			 source->options->cache, format_age(now > made ? now - made : 0, age));
	return error;
}

void source_manager_load(struct source_manager *source)
{
	char problem[SYNC_PROBLEM_SIZE] = "";
	const char *path = source->options->cache;
	int error;

	if (!path || source->sync->recovered)
		return;
	error = cache_file_read(path, take_cached, source, problem);
	if (error && error != -ENOENT)
		log_line("%s: ignored: %s", path, problem[0] ? problem : strerror(-error));
	malloc_trim(0);
}
