// SPDX-License-Identifier: Apache-2.0
#include "user/manager/kube_path.h"

#include <stdbool.h>
#include <string.h>

/* Takes the next segment of a path; "" at its end or where it is too long. */
static void take(const char **path, char part[KUBE_PATH_PART])
{
	size_t length;

	while (**path == '/')
		++*path;
	length = strcspn(*path, "/?");
	part[0] = '\0';
	if (length < KUBE_PATH_PART) {
		memcpy(part, *path, length);
		part[length] = '\0';
	}
	*path += length;
}

static bool is_watch(const char *path)
{
	const char *query = strchr(path, '?');

	return query && (strstr(query, "watch=1") || strstr(query, "watch=true"));
}

static const char *verb_of(const char *method, const char *path, const struct kube_path *read)
{
	if (!read->resource[0])
		return "request";
	if (strcmp(method, "POST") == 0)
		return "create";
	if (strcmp(method, "PUT") == 0)
		return "update";
	if (strcmp(method, "PATCH") == 0)
		return "patch";
	if (strcmp(method, "DELETE") == 0)
		return read->name[0] ? "delete" : "deletecollection";
	if (is_watch(path))
		return "watch";
	return read->name[0] ? "get" : "list";
}

/* /api/VERSION/... or /apis/GROUP/VERSION/..., then [namespaces/NS/]RESOURCE[/NAME[/SUB]] */
void kube_path_read(const char *method, const char *path, struct kube_path *read)
{
	const char *at = path;
	char part[KUBE_PATH_PART];

	*read = (struct kube_path){0};
	take(&at, part);
	if (strcmp(part, "apis") == 0)
		take(&at, read->group);
	if (strcmp(part, "apis") == 0 || strcmp(part, "api") == 0) {
		take(&at, read->version);
		take(&at, read->resource);
		take(&at, read->name);
	}
	take(&at, part);
	if (part[0] && strcmp(read->resource, "namespaces") == 0) {
		memcpy(read->namespace, read->name, sizeof(read->name));
		memcpy(read->resource, part, sizeof(part));
		take(&at, read->name);
		take(&at, part);
	}
	if (part[0] && strlen(read->resource) + strlen(part) + 1 < sizeof(read->resource)) {
		strcat(read->resource, "/");
		strcat(read->resource, part);
	}
	read->verb = verb_of(method, path, read);
}
