// SPDX-License-Identifier: Apache-2.0
/*
 * Fuzz target: a watch's stream, cut into pieces of as many bytes as the first one says, whose
 * objects are taken as the cluster's. However it is cut it tells the same, and what is seen of the
 * objects is in order.
 */
#include <errno.h>
#include <jansson.h>
#include "fuzz.h"
#include "user/manager/cluster_object.h"
#include "user/manager/kube_watch.h"

struct told {
	__u64 sum; /* FNV-1a of all that was told */
	struct cluster_objects objects;
};

static void add(struct told *told, const char *text)
{
	do
		told->sum = (told->sum ^ (__u8)*text) * 1099511628211ULL;
	while (*text++);
}

static const char *meta(const json_t *object, const char *key)
{
	const char *text =
		json_string_value(json_object_get(json_object_get(object, "metadata"), key));

	return text ? text : "";
}

static int on_event(void *argument, enum kube_watch_type type, json_t *object)
{
	struct told *told = argument;
	char *text = json_dumps(object, JSON_COMPACT);

	/* jansson does not write what it has read where that holds a NUL in a key. */
	add(told, kube_watch_type_name(type));
	add(told, text ? text : "");
	free(text);
	if (type == KUBE_WATCH_DELETED)
		cluster_objects_remove(&told->objects, 0, meta(object, "namespace"),
				       meta(object, "name"));
	else if (type != KUBE_WATCH_ERROR && type != KUBE_WATCH_BOOKMARK)
		must_hold(!cluster_objects_put(&told->objects, 0, object));
	return 0;
}

static void check_order(const struct object_meta *a, const struct object_meta *b)
{
	int order = strcmp(a->namespace, b->namespace);

	must_hold(order < 0 || (order == 0 && strcmp(a->name, b->name) <= 0));
}

static void check_view(struct told *told)
{
	struct problems problems = {0};
	struct object_set view;

	must_hold(!cluster_objects_view(&told->objects, &view));
	must_hold(view.service_count + view.pod_count + view.slice_count + view.settings_count <=
		  told->objects.count);
	for (size_t i = 1; i < view.service_count; i++)
		check_order(&view.services[i - 1].meta, &view.services[i].meta);
	for (size_t i = 1; i < view.pod_count; i++)
		check_order(&view.pods[i - 1].meta, &view.pods[i].meta);
	object_set_clear(&view);
	cluster_objects_forget(&told->objects);
	cluster_objects_problems(&told->objects, &problems);
	must_hold(problems.count <= told->objects.count);
	problems_clear(&problems);
}

static int read_in_pieces(const __u8 *data, size_t size, size_t piece, struct told *told)
{
	struct kube_watch watch = {0};
	int error = 0;

	for (size_t at = 0; at < size && !error; at += piece)
		error = kube_watch_feed(&watch, data + at, size - at < piece ? size - at : piece,
					on_event, told);
	must_hold(!error || error == -EPROTO);
	check_view(told);
	cluster_objects_clear(&told->objects);
	kube_watch_clear(&watch);
	return error;
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct told whole = {0}, pieces = {0};

	if (size < 2)
		return 0;
	must_hold(read_in_pieces(data + 1, size - 1, size - 1, &whole) ==
		  read_in_pieces(data + 1, size - 1, (size_t)data[0] + 1, &pieces));
	must_hold(whole.sum == pieces.sum);
	return 0;
}
