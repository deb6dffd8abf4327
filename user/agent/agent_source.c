// SPDX-License-Identifier: Apache-2.0
#include "user/agent/agent_source.h"

#include <errno.h>
#include <string.h>
#include "user/lib/log.h"

static int start_manifests(struct agent *agent)
{
	int error = source_manifests_start(&agent->manifests, &agent->loop,
					   agent->options->manifests, &agent->sync, &agent->keys);

	if (error)
		manifest_keys_stop(&agent->keys);
	return error;
}

int agent_source_start(struct agent *agent)
{
	const struct options *options = agent->options;
	int error;

	if (options->manifests &&
	    manifest_keys_start(&agent->keys, &agent->loop, options->keys, &agent->sync))
		return -EINVAL;
	if (options->manifests)
		error = start_manifests(agent);
	else
		error = source_manager_start(&agent->manager, &agent->loop, &options->manager,
					     &agent->sync);
	if (error)
		log_line("cannot watch %s: %s",
			 options->manifests ? options->manifests : "the managers",
			 strerror(-error));
	return error;
}

void agent_source_stop(struct agent *agent)
{
	if (agent->options->manifests) {
		source_manifests_stop(&agent->manifests);
		manifest_keys_stop(&agent->keys);
	} else {
		source_manager_stop(&agent->manager);
	}
}

void agent_source_begin(struct agent *agent)
{
	if (agent->options->manifests)
		source_manifests_reload(&agent->manifests);
	else
		source_manager_begin(&agent->manager);
}

void agent_source_reload(struct agent *agent)
{
	if (agent->options->manifests)
		source_manifests_reload(&agent->manifests);
	else
		source_manager_reconnect(&agent->manager);
}
