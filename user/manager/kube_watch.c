// SPDX-License-Identifier: Apache-2.0
#include "user/manager/kube_watch.h"

#include <errno.h>
#include <string.h>

static const char *const names[KUBE_WATCH_TYPES] = {"ADDED", "MODIFIED", "DELETED", "BOOKMARK",
						    "ERROR"};

const char *kube_watch_type_name(enum kube_watch_type type)
{
	return names[type];
}

static int find_type(const char *name, enum kube_watch_type *type)
{
	for (size_t i = 0; name && i < KUBE_WATCH_TYPES; i++)
		if (strcmp(names[i], name) == 0) {
			*type = (enum kube_watch_type)i;
			return 0;
		}
	return -EPROTO;
}

static int read_line(const char *line, size_t length, kube_watch_event event, void *argument)
{
	enum kube_watch_type type;
	json_t *root, *object;
	int error = -EPROTO;

	if (length && line[length - 1] == '\r')
		length--;
	if (!length)
		return 0;
	root = kube_json(line, length);
	object = json_object_get(root, "object");
	if (json_is_object(object))
		error = find_type(json_string_value(json_object_get(root, "type")), &type);
	if (!error)
		error = event(argument, type, object);
	json_decref(root);
	return error;
}

int kube_watch_feed(struct kube_watch *watch, const void *bytes, size_t length,
		    kube_watch_event event, void *argument)
{
	struct kube_body *kept = &watch->line;
	const char *at = bytes, *end = at + length, *newline;
	int error = 0;

	while (!error && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		size_t part = (size_t)(newline - at);

		if (kept->length) {
			error = kube_body_add(kept, at, part, KUBE_WATCH_LINE_MAX);
			if (!error)
				error = read_line(kept->bytes, kept->length, event, argument);
			kept->length = 0;
		} else {
			error = read_line(at, part, event, argument);
		}
		at = newline + 1;
	}
	if (!error && at < end)
		error = kube_body_add(kept, at, (size_t)(end - at), KUBE_WATCH_LINE_MAX);
	return error;
}

void kube_watch_clear(struct kube_watch *watch)
{
	kube_body_clear(&watch->line);
}
