// SPDX-License-Identifier: Apache-2.0
#include "user/manager/kube_list.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/manager/kube.h"
#include "user/manager/kube_body.h"

static int fill_kind(json_t *item, const char *kind, size_t length, const char *api_version)
{
	if (!json_is_object(item))
		return -EPROTO;
	if (!json_object_get(item, "kind") &&
	    json_object_set_new(item, "kind", json_stringn(kind, length)))
		return -ENOMEM;
	if (!json_object_get(item, "apiVersion") &&
	    json_object_set_new(item, "apiVersion", json_string(api_version)))
		return -ENOMEM;
	return 0;
}

static int fill_kinds(const json_t *root, json_t *items)
{
	const char *kind = json_string_value(json_object_get(root, "kind"));
	const char *api_version = json_string_value(json_object_get(root, "apiVersion"));
	size_t length = kind ? strlen(kind) : 0, index;
	int error = 0;
	json_t *item;

	if (!api_version || length <= 4 || strcmp(kind + length - 4, "List") != 0)
		return -EPROTO;
	json_array_foreach(items, index, item)
	{
		error = fill_kind(item, kind, length - 4, api_version);
		if (error)
			break;
	}
	return error;
}

int kube_page_read(const char *bytes, size_t length, struct kube_page *page)
{
	json_t *root = kube_json(bytes, length);
	const json_t *metadata = json_object_get(root, "metadata");
	struct kube_page read = {.root = root};
	int error = -EPROTO;

	read.items = json_object_get(root, "items");
	read.version = json_string_value(json_object_get(metadata, "resourceVersion"));
	read.next = json_string_value(json_object_get(metadata, "continue"));
	if (!read.next)
		read.next = "";
	if (json_is_null(read.items))
		read.items = NULL;
	if (read.version && read.version[0] && (!read.items || json_is_array(read.items)))
		error = fill_kinds(root, read.items);
	if (error)
		json_decref(root);
	else
		*page = read;
	return error;
}

void kube_page_clear(struct kube_page *page)
{
	json_decref(page->root);
	*page = (struct kube_page){0};
}

/* A query's value (RFC 3986, 2.1). */
static void print_value(FILE *out, const char *name, const char *value)
{
	if (!value)
		return;
	fprintf(out, "&%s=", name);
	for (; *value; value++)
		fprintf(out,
			isalnum((unsigned char)*value) || strchr("-._~", *value) ? "%c" : "%%%02X",
			(unsigned char)*value);
}

static char *finish(FILE *out, char **text)
{
	bool failed = ferror(out);

	if (fclose(out) || failed) {
		free(*text);
		return NULL;
	}
	return *text;
}

static void print_selectors(FILE *out, const struct kube_reflector_options *options)
{
	print_value(out, "labelSelector", options->label_selector);
	print_value(out, "fieldSelector", options->field_selector);
}

char *kube_page_path(const char *path, const struct kube_reflector_options *options,
		     const char *next)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	/* No resourceVersion: as it is now, not as some server remembers it. */
	fprintf(out, "%s?limit=%d", path, KUBE_PAGE_OBJECTS);
	print_selectors(out, options);
	print_value(out, "continue", next && next[0] ? next : NULL);
	return finish(out, &text);
}

char *kube_watch_path(const char *path, const struct kube_reflector_options *options,
		      const char *version, unsigned int seconds)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "%s?watch=true&allowWatchBookmarks=true&timeoutSeconds=%u", path, seconds);
	print_selectors(out, options);
	print_value(out, "resourceVersion", version);
	return finish(out, &text);
}
