// SPDX-License-Identifier: Apache-2.0
#include "user/manager/kube_known.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 1024 /* names are 253 bytes at most, uids 36, versions 20 */

static const char *meta(const json_t *object, const char *key)
{
	const char *text =
		json_string_value(json_object_get(json_object_get(object, "metadata"), key));

	return text ? text : "";
}

static bool format(char text[TEXT_MAX], const char *a, char separator, const char *b)
{
	return snprintf(text, TEXT_MAX, "%s%c%s", a, separator, b) < TEXT_MAX;
}

bool kube_object_is_sound(const json_t *object)
{
	char text[TEXT_MAX];

	return meta(object, "name")[0] && meta(object, "resourceVersion")[0] &&
	       !strchr(meta(object, "namespace"), '/') &&
	       format(text, meta(object, "namespace"), '/', meta(object, "name")) &&
	       format(text, meta(object, "uid"), ' ', meta(object, "resourceVersion"));
}

int kube_known_put(struct kube_known *known, const json_t *object, bool *changed)
{
	char key[TEXT_MAX], version[TEXT_MAX];
	const char *old;

	format(key, meta(object, "namespace"), '/', meta(object, "name"));
	format(version, meta(object, "uid"), ' ', meta(object, "resourceVersion"));
	if (!known->versions)
		known->versions = json_object();
	if (!known->versions)
		return -ENOMEM;
	old = json_string_value(json_object_get(known->versions, key));
	*changed = !old || strcmp(old, version) != 0;
	if (*changed && json_object_set_new(known->versions, key, json_string(version)))
		return -ENOMEM;
	return 0;
}

bool kube_known_remove(struct kube_known *known, const json_t *object)
{
	char key[TEXT_MAX];

	format(key, meta(object, "namespace"), '/', meta(object, "name"));
	return json_object_del(known->versions, key) == 0;
}

int kube_known_retain(struct kube_known *known, const struct kube_known *other,
		      kube_known_visit visit, void *argument)
{
	char key[TEXT_MAX], *slash;
	const char *each;
	json_t *value;
	void *next;
	int result;

	json_object_foreach_safe(known->versions, next, each, value)
	{
		if (json_object_get(other->versions, each))
			continue;
		/* It is the map's own, and visit() needs its parts. */
		snprintf(key, sizeof(key), "%s", each);
		json_object_del(known->versions, key);
		slash = strchr(key, '/');
		*slash = '\0';
		result = visit(argument, key, slash + 1);
		if (result)
			return result;
	}
	return 0;
}

void kube_known_clear(struct kube_known *known)
{
	json_decref(known->versions);
	known->versions = NULL;
}
