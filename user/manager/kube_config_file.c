// SPDX-License-Identifier: Apache-2.0
/* Kubeconfig files: which cluster and user a context means. */
#include "user/manager/kube_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MAX 16

struct files {
	struct arena arena; /* of the names */
	const char *names[FILES_MAX];
	struct document documents[FILES_MAX];
	size_t count;
};

static void clear_files(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		document_clear(&files->documents[i]);
	arena_clear(&files->arena);
}

static int add_file(struct files *files, const char *name, size_t length, struct problems *problems)
{
	const char *copy;
	int error;

	if (files->count == FILES_MAX) {
		problems_add(problems, "more than %d kubeconfig files are named", FILES_MAX);
		return -EINVAL;
	}
	copy = arena_copy(&files->arena, name, length);
	if (!copy)
		return -ENOMEM;
	error = document_load(copy, &files->documents[files->count], problems);
	if (error)
		return error;
	files->names[files->count++] = copy;
	return 0;
}

/* Of several files those that are not there are passed over, as kubectl does. */
static bool is_passed_over(const char *list, const char *name, size_t length)
{
	char *copy;
	bool missing;

	if (!length)
		return true;
	if (!strchr(list, ':'))
		return false;
	copy = strndup(name, length);
	missing = copy && access(copy, F_OK) != 0 && errno == ENOENT;
	free(copy);
	return missing;
}

static int load_files(struct files *files, const char *list, struct problems *problems)
{
	const char *name = list;
	int error = 0;

	for (;;) {
		size_t length = strcspn(name, ":");

		if (!is_passed_over(list, name, length))
			error = add_file(files, name, length, problems);
		if (error || !name[length])
			break;
		name += length + 1;
	}
	if (!error && !files->count) {
		problems_add(problems, "none of the kubeconfig files %s is there", list);
		error = -EINVAL;
	}
	return error;
}

/* A text that is not empty, or NULL. */
static const char *text_of(const struct document_node *node)
{
	if (!node || node->type != DOCUMENT_SCALAR || document_is_null(node) || !node->text[0])
		return NULL;
	return node->text;
}

static const struct document_node *root_of(const struct files *files, size_t index)
{
	const struct document *document = &files->documents[index];

	return document->root_count ? &document->roots[0] : NULL;
}

static const char *find_current(const struct files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const char *name = text_of(document_get(root_of(files, i), "current-context"));

		if (name)
			return name;
	}
	return NULL;
}

/* The entry of `list` that has this name: the value of its `key`; *file is where it stands. */
static const struct document_node *find_entry(const struct files *files, const char *list,
					      const char *key, const char *name, size_t *file)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct document_node *entries = document_get(root_of(files, i), list);

		if (!entries || entries->type != DOCUMENT_SEQUENCE)
			continue;
		for (unsigned int j = 0; j < entries->count; j++) {
			const char *named = text_of(document_get(&entries->items[j], "name"));

			if (!named || strcmp(named, name))
				continue;
			*file = i;
			return document_get(&entries->items[j], key);
		}
	}
	return NULL;
}

static int take_namespace(const struct document_node *context, struct kube_config *config)
{
	const char *name = text_of(document_get(context, "namespace"));

	if (!name)
		name = "default";
	config->namespace = arena_copy(&config->arena, name, strlen(name));
	return config->namespace ? 0 : -ENOMEM;
}

static int take_parts(const struct files *files, const struct document_node *context,
		      size_t context_file, struct kube_config *config, struct problems *problems)
{
	const char *cluster = text_of(document_get(context, "cluster"));
	const char *user = text_of(document_get(context, "user"));
	const struct document_node *node;
	size_t file;
	int error;

	node = cluster ? find_entry(files, "clusters", "cluster", cluster, &file) : NULL;
	if (!node) {
		problems_add(problems, "%s:%u: there is no cluster \"%s\"",
			     files->names[context_file], context->line, cluster ? cluster : "");
		return -EINVAL;
	}
	error = kube_config_cluster(node, files->names[file], config, problems);
	if (error || !user)
		return error;
	node = find_entry(files, "users", "user", user, &file);
	if (!node) {
		problems_add(problems, "%s:%u: there is no user \"%s\"", files->names[context_file],
			     context->line, user);
		return -EINVAL;
	}
	return kube_config_user(node, files->names[file], config, problems);
}

static int take_context(const struct files *files, const char *name, struct kube_config *config,
			struct problems *problems)
{
	const struct document_node *context;
	size_t file = 0;
	int error;

	if (!name)
		name = find_current(files);
	if (!name) {
		problems_add(problems, "%s: current-context is not set; set it, or name a context",
			     files->names[0]);
		return -EINVAL;
	}
	context = find_entry(files, "contexts", "context", name, &file);
	if (!context) {
		problems_add(problems, "%s: there is no context \"%s\"", files->names[0], name);
		return -EINVAL;
	}
	error = take_parts(files, context, file, config, problems);
	if (!error)
		error = take_namespace(context, config);
	return error ? error : kube_config_check(config, files->names[file], problems);
}

int kube_config_read(const char *list, const char *context, struct kube_config *config,
		     struct problems *problems)
{
	struct kube_config made = {0};
	struct files files = {0};
	int error = load_files(&files, list, problems);

	if (!error)
		error = take_context(&files, context, &made, problems);
	clear_files(&files);
	if (error)
		kube_config_clear(&made);
	else
		*config = made;
	return error == -ENOMEM ? error : error ? -EINVAL : 0;
}
