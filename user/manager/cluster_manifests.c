// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/log.h"
#include "user/lib/manifest.h"
#include "user/lib/notices.h"
#include "user/lib/watcher.h"
#include "user/manager/cluster_state.h"

struct cluster_manifests {
	struct cluster cluster;
	uv_timer_t first; /* the first state is told within the loop */
	struct watcher watcher;
	const char *directory;
	struct object_set *objects; /* the last that were accepted; NULL: none yet */
	struct problems refused; /* what is wrong with the directory now */
	struct problems ignored; /* what in it does not count */
	unsigned long long reads;
	int handles; /* being closed */
};

static struct cluster_manifests *from_cluster(const struct cluster *cluster)
{
	return (struct cluster_manifests *)cluster;
}

static void say_ignored(struct cluster_manifests *manifests, const struct object_set *objects)
{
	struct problems ignored = {0};

	if (objects->context_count)
		problems_add(&ignored,
			     "%s: %zu contexts are ignored here: a manager's are in its store, "
			     "`shunt context apply` puts them there",
			     manifests->directory, objects->context_count);
	notices_log(&manifests->ignored, &ignored);
}

static void free_objects(struct object_set *objects)
{
	if (objects)
		object_set_clear(objects);
	free(objects);
}

static int load(const char *directory, struct object_set **loaded, struct problems *problems)
{
	struct object_set *objects = calloc(1, sizeof(*objects));
	int error = objects ? manifest_load(directory, objects, problems) : -ENOMEM;

	if (error)
		free(objects);
	else
		*loaded = objects;
	return error;
}

static void read_directory(void *argument)
{
	struct cluster_manifests *manifests = argument;
	struct object_set *objects, *last = manifests->objects;
	struct problems problems = {0};
	bool was_refused = manifests->refused.count > 0;
	int error = load(manifests->directory, &objects, &problems);

	manifests->reads++;
	if (error && !problems.count)
		problems_add(&problems, "%s: %s", manifests->directory, strerror(-error));
	if (notices_log(&manifests->refused, &problems))
		log_line("%s: refused, the last good state stays", manifests->directory);
	if (error)
		return;
	if (was_refused)
		log_line("%s: accepted again", manifests->directory);
	say_ignored(manifests, objects);
	manifests->objects = objects;
	/* The last ones are compared with these, so they stay up to here, and where they are. */
	manifests->cluster.events.changed(manifests->cluster.events.argument, objects);
	free_objects(last);
}

static void on_changed(void *argument, char *const *names, size_t count)
{
	(void)names;
	(void)count;
	read_directory(argument);
}

static void on_first(uv_timer_t *timer)
{
	read_directory(timer->data);
}

static bool is_ready(const struct cluster *cluster, const char **problem)
{
	const struct cluster_manifests *manifests = from_cluster(cluster);

	if (manifests->objects && watcher_watches(&manifests->watcher))
		return true;
	*problem = manifests->refused.count ? manifests->refused.texts[0]
		   : manifests->objects	    ? "the directory of manifests is missing"
					    : "the manifests were not read yet";
	return false;
}

static void metrics(const struct cluster *cluster, FILE *file)
{
	const struct cluster_manifests *manifests = from_cluster(cluster);

	fprintf(file,
		"# HELP shunt_manager_cluster_reads_total Times that the manifests were read.\n"
		"# TYPE shunt_manager_cluster_reads_total counter\n"
		"shunt_manager_cluster_reads_total %llu\n"
		"# HELP shunt_manager_cluster_problems Problems in the manifests, which are "
		"refused "
		"while there is one.\n"
		"# TYPE shunt_manager_cluster_problems gauge\n"
		"shunt_manager_cluster_problems %zu\n",
		manifests->reads, manifests->refused.count + manifests->refused.dropped);
}

static void on_closed(uv_handle_t *handle)
{
	struct cluster_manifests *manifests = handle->data;

	if (--manifests->handles == 0)
		free(manifests);
}

/* The loop's handles lie in the struct, so it goes when the last one is closed. */
static void close_handle(struct cluster_manifests *manifests, uv_handle_t *handle)
{
	handle->data = manifests;
	manifests->handles++;
	uv_close(handle, on_closed);
}

static void stop(struct cluster *cluster)
{
	struct cluster_manifests *manifests = from_cluster(cluster);

	watcher_stop(&manifests->watcher);
	free_objects(manifests->objects);
	problems_clear(&manifests->refused);
	problems_clear(&manifests->ignored);
	close_handle(manifests, (uv_handle_t *)&manifests->first);
	close_handle(manifests, (uv_handle_t *)&manifests->watcher.poll);
	close_handle(manifests, (uv_handle_t *)&manifests->watcher.quiet);
	close_handle(manifests, (uv_handle_t *)&manifests->watcher.missing);
}

static const struct cluster_operations operations = {
	.is_ready = is_ready, .metrics = metrics, .stop = stop};

int cluster_manifests_start(uv_loop_t *loop, const char *directory,
			    const struct cluster_events *events, struct cluster **started)
{
	struct cluster_manifests *manifests = calloc(1, sizeof(*manifests));
	int error;

	if (!manifests)
		return -ENOMEM;
	manifests->cluster = (struct cluster){.operations = &operations, .events = *events};
	manifests->directory = directory;
	error = watcher_start(&manifests->watcher, loop, directory, on_changed, manifests);
	if (error) {
		free(manifests);
		return error;
	}
	uv_timer_init(loop, &manifests->first);
	manifests->first.data = manifests;
	uv_timer_start(&manifests->first, on_first, 0, 0);
	*started = &manifests->cluster;
	return 0;
}
