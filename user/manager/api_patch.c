// SPDX-License-Identifier: Apache-2.0
#include "user/manager/api_state.h"

/* RFC 7396, section 2: null removes, objects are merged, anything else replaces. */
json_t *api_patch_merge(json_t *target, json_t *patch)
{
	json_t *merged, *value;
	const char *key;

	if (!json_is_object(patch))
		return json_incref(patch);
	merged = json_is_object(target) ? json_copy(target) : json_object();
	json_object_foreach(patch, key, value)
	{
		if (!merged)
			break;
		if (json_is_null(value)) {
			json_object_del(merged, key);
			continue;
		}
		if (json_object_set_new(merged, key,
					api_patch_merge(json_object_get(merged, key), value))) {
			json_decref(merged);
			merged = NULL;
		}
	}
	return merged;
}
