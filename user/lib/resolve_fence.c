// SPDX-License-Identifier: Apache-2.0
#include "user/lib/resolve_state.h"

void resolve_fences(struct resolve_state *state)
{
	const struct object_settings *settings = state->settings;

	for (size_t i = 0; i < state->objects->service_count; i++)
		state->ranges[i].fence = settings ? settings->fence : SHUNT_FENCE_ENFORCE;
	for (size_t i = 0; settings && i < settings->fence_count; i++) {
		const struct object_fence *fence = &settings->fences[i];
		size_t service;

		if (resolve_find_service(state, fence->namespace, fence->service, &service))
			state->ranges[service].fence = fence->mode;
		else
			problems_add(state->warnings,
				     "Settings: fence.services[%zu]: there is no service %s/%s", i,
				     fence->namespace, fence->service);
	}
}
