// SPDX-License-Identifier: Apache-2.0
#include "user/lib/manifest_content.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/manifest.h"

#define BLOCK_MIN 512
#define BLOCK_MAX (64 * 1024)

static int compare_contexts(const void *a, const void *b)
{
	return object_context_compare(*(struct object_context *const *)a,
				      *(struct object_context *const *)b);
}

/* Takes the contexts out of the set, whose texts are freed with it. */
static int take_contexts(struct manifest_content *content)
{
	struct object_set *set = &content->cluster;

	if (set->context_count) {
		content->contexts = calloc(set->context_count, sizeof(struct object_context *));
		if (!content->contexts)
			return -ENOMEM;
	}
	for (size_t i = 0; i < set->context_count; i++) {
		content->contexts[i] = object_context_copy(&set->contexts[i], content->path);
		if (!content->contexts[i])
			return -ENOMEM;
		content->context_count++;
	}
	array_sort(content->contexts, content->context_count, sizeof(struct object_context *),
		   compare_contexts);
	object_set_clear_contexts(set);
	return 0;
}

bool manifest_content_has_cluster(const struct manifest_content *content)
{
	return content && (content->cluster.service_count || content->cluster.pod_count ||
			   content->cluster.slice_count || content->cluster.settings_count);
}

static size_t block_bytes(size_t file_size)
{
	return file_size < BLOCK_MIN ? BLOCK_MIN : file_size > BLOCK_MAX ? BLOCK_MAX : file_size;
}

int manifest_content_read(const char *path, size_t size, struct manifest_content **content,
			  struct problems *problems)
{
	struct manifest_content *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return -ENOMEM;
	made->path = strdup(path);
	/* There may be many small ones. */
	made->cluster.arena.block_bytes = block_bytes(size);
	err = made->path ? manifest_load_file(made->path, &made->cluster, problems) : -ENOMEM;
	if (!err)
		err = take_contexts(made);
	if (!err && !manifest_content_has_cluster(made))
		object_set_clear(&made->cluster);
	if (!err)
		object_set_trim(&made->cluster);
	if (err)
		manifest_content_free(made);
	else
		*content = made;
	return err;
}

void manifest_content_free(struct manifest_content *content)
{
	if (!content)
		return;
	for (size_t i = 0; i < content->context_count; i++)
		free(content->contexts[i]);
	free(content->contexts);
	object_set_clear(&content->cluster);
	free(content->path);
	free(content);
}
