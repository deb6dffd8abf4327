// SPDX-License-Identifier: Apache-2.0
#include "user/manager/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "user/lib/clock.h"

#define POLL_MS 1000

void store_sqlite_notify(const struct store_sqlite *store)
{
	/* By path: a descriptor of our own would drop SQLite's locks when it is closed. */
	utimensat(AT_FDCWD, store->file, NULL, 0);
}

/* A file that has been replaced is not the one that we read and write. */
static void check_file(struct store_sqlite *store)
{
	struct stat status;

	if (store->broken || (stat(store->file, &status) == 0 && status.st_dev == store->device &&
			      status.st_ino == store->inode))
		return;
	store_sqlite_fail(store, -EIO,
			  "the file was removed or replaced while it was in use; restart the "
			  "manager to use the one that is there now");
	memcpy(store->not_ready, store->problem, sizeof(store->not_ready));
	store->broken = true;
}

/* SQLite counts the commits of others. */
static bool is_changed(struct store_sqlite *store)
{
	sqlite3_stmt *read = store_sqlite_bind(store, STORE_SQLITE_DATA_VERSION, "");
	int64_t version = store->data_version;

	if (store_sqlite_step(store, read) > 0) {
		version = sqlite3_column_int64(read, 0);
		store_sqlite_finish(store, read);
	}
	if (version == store->data_version)
		return false;
	store->data_version = version;
	return true;
}

static void on_notice(uv_fs_event_t *notice, const char *name, int events, int status)
{
	struct store_sqlite *store = notice->data;

	(void)name;
	(void)events;
	(void)status;
	check_file(store);
	if (store->broken || !store->loaded || store->telling || !is_changed(store))
		return;
	store_sqlite_follow(store);
	store_sqlite_follow_managers(store);
}

static void on_poll(uv_timer_t *timer)
{
	struct store_sqlite *store = timer->data;

	check_file(store);
	if (store->broken)
		return;
	if (is_changed(store) || !store->loaded)
		store_sqlite_follow(store);
	store_sqlite_follow_managers(store);
	store_sqlite_renew(store);
}

static bool is_ready(const struct store *base, const char **problem)
{
	const struct store_sqlite *store = (const struct store_sqlite *)base;

	if (store->loaded && !store->not_ready[0])
		return true;
	*problem = store->not_ready[0] ? store->not_ready : "the contexts are being read";
	return false;
}

static void release(struct store_sqlite *store)
{
	store_sqlite_close(store);
	json_decref(store->told);
	json_decref(store->managers);
	json_decref(store->nodes);
	free(store->file);
	free(store->manager);
	free(store);
}

static void on_closed(uv_handle_t *handle)
{
	struct store_sqlite *store = handle->data;

	if (--store->open_handles == 0)
		release(store);
}

static void stop(struct store *base)
{
	struct store_sqlite *store = (struct store_sqlite *)base;

	store_sqlite_leave(store);
	store_sqlite_close(store);
	memset(store->statements, 0, sizeof(store->statements));
	store->open_handles = 3;
	uv_close((uv_handle_t *)&store->notice, on_closed);
	uv_close((uv_handle_t *)&store->poll, on_closed);
	uv_close((uv_handle_t *)&store->share, on_closed);
}

static void start_handles(struct store_sqlite *store)
{
	uv_fs_event_init(store->loop, &store->notice);
	uv_timer_init(store->loop, &store->poll);
	uv_timer_init(store->loop, &store->share);
	store->notice.data = store->poll.data = store->share.data = store;
	/* Without inotify, the poll finds all. */
	uv_fs_event_start(&store->notice, on_notice, store->file, 0);
	uv_timer_start(&store->poll, on_poll, 0, POLL_MS);
}

int store_sqlite_start(uv_loop_t *loop, const char *file, const char *manager,
		       const struct store_events *events, struct store **started,
		       struct problems *problems)
{
	static const struct store_operations operations = {
		.stop = stop,
		.is_ready = is_ready,
		.put = store_sqlite_put,
		.remove = store_sqlite_remove,
		.put_status = store_sqlite_put_status,
		.audit_list = store_sqlite_audit_list,
		.share = store_sqlite_share,
		.metrics = store_sqlite_metrics,
	};
	struct store_sqlite *store = calloc(1, sizeof(*store));
	int error;

	if (!store)
		return -ENOMEM;
	store->base.operations = &operations;
	store->events = *events;
	store->loop = loop;
	store->manager = strdup(manager);
	store->told = json_object();
	store->managers = json_object();
	error = store->manager && store->told && store->managers ? 0 : -ENOMEM;
	if (!error)
		error = store_sqlite_open(store, file, problems);
	if (error) {
		release(store);
		return error;
	}
	start_handles(store);
	*started = &store->base;
	return 0;
}
