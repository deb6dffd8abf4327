// SPDX-License-Identifier: Apache-2.0
#include "user/manager/status_writer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/log.h"

/* Between these, at random: of several managers the first one writes, and the others see it. */
#define DELAY_MS_MIN 100
#define DELAY_MS_MAX 400
#define AT_ONCE 16 /* writes under way, or begun in one turn of the loop */
#define TURN_NS 2000000 /* then no further one is begun in it: each may take as much */
#define TURN_MS 1 /* never 0: agents and clients are served between two turns */
#define TURN_REST 4 /* the pause after a turn is so many times as long as it took */
#define RETRY_MS 2000

struct status_writer {
	uv_timer_t timer;
	struct catalog *catalog;
	struct store *store;
	char **names; /* waiting, in the order in which they came */
	size_t count;
	size_t capacity;
	size_t under_way;
	bool failing; /* said so */
	unsigned long long writes;
	unsigned long long conflicts;
	unsigned long long failures;
};

static void on_timer(uv_timer_t *timer);

static void arm(struct status_writer *writer, uint64_t wait_ms)
{
	if (writer->store && writer->count && !uv_is_active((uv_handle_t *)&writer->timer))
		uv_timer_start(&writer->timer, on_timer, wait_ms, 0);
}

static uint64_t random_delay(void)
{
	return DELAY_MS_MIN + (uint64_t)random() % (DELAY_MS_MAX - DELAY_MS_MIN);
}

/*
 * Where the context was changed meanwhile, the store tells of it, and the catalog says anew whether
 * its status differs. Where the store failed, the next change of the context tries again.
 */
static void on_written(void *argument, const struct store_result *result)
{
	struct status_writer *writer = argument;

	writer->under_way--;
	if (!result->error) {
		writer->writes++;
		writer->failing = false;
	} else if (result->error == -EAGAIN || result->error == -ENOENT) {
		writer->conflicts++;
	} else {
		writer->failures++;
		if (!writer->failing)
			log_line("cannot write the status of contexts: %s", result->problem);
		writer->failing = true;
	}
	arm(writer, writer->failing ? RETRY_MS : TURN_MS);
}

static void write_one(struct status_writer *writer, const char *name)
{
	const struct catalog_context *context = catalog_find(writer->catalog, name);
	json_t *status = context ? catalog_status(writer->catalog, context) : NULL;
	json_t *stored = status ? catalog_object(writer->catalog, context) : NULL;

	if (!status || json_equal(json_object_get(stored, "status"), status))
		return;
	writer->under_way++;
	store_put_status(writer->store, name, status, context->version, on_written, writer);
}

static void on_timer(uv_timer_t *timer)
{
	struct status_writer *writer = timer->data;
	uint64_t since = uv_hrtime();
	uint64_t rest_ms;
	size_t begun = 0;

	while (begun < writer->count && begun < AT_ONCE && writer->under_way < AT_ONCE &&
	       uv_hrtime() - since < TURN_NS) {
		char *name = writer->names[begun++];

		write_one(writer, name);
		free(name);
	}
	writer->count -= begun;
	memmove(writer->names, writer->names + begun, writer->count * sizeof(*writer->names));
	/* A store that writes at once has armed it already. */
	uv_timer_stop(timer);
	rest_ms = (uv_hrtime() - since) * TURN_REST / 1000000;
	if (writer->under_way < AT_ONCE)
		arm(writer, writer->failing ? RETRY_MS : TURN_MS + rest_ms);
}

struct status_writer *status_writer_start(uv_loop_t *loop, struct catalog *catalog)
{
	struct status_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->catalog = catalog;
	uv_timer_init(loop, &writer->timer);
	writer->timer.data = writer;
	return writer;
}

void status_writer_set_store(struct status_writer *writer, struct store *store)
{
	writer->store = store;
	arm(writer, random_delay());
}

void status_writer_add(struct status_writer *writer, const char *name)
{
	char *copy = strdup(name);

	/* A name that is waiting twice does no harm: the second time there is nothing to write. */
	if (!copy ||
	    array_grow(&writer->names, &writer->capacity, writer->count, sizeof(*writer->names))) {
		free(copy);
		return;
	}
	writer->names[writer->count++] = copy;
	arm(writer, random_delay());
}

void status_writer_metrics(const struct status_writer *writer, FILE *file)
{
	fprintf(file,
		"# HELP shunt_manager_status_writes_total Written statuses of contexts.\n"
		"# TYPE shunt_manager_status_writes_total counter\n"
		"shunt_manager_status_writes_total %llu\n"
		"# HELP shunt_manager_status_conflicts_total Status writes that another change "
		"came "
		"before.\n"
		"# TYPE shunt_manager_status_conflicts_total counter\n"
		"shunt_manager_status_conflicts_total %llu\n"
		"# HELP shunt_manager_status_failures_total Status writes that the store refused.\n"
		"# TYPE shunt_manager_status_failures_total counter\n"
		"shunt_manager_status_failures_total %llu\n"
		"# HELP shunt_manager_status_waiting Statuses still to be written.\n"
		"# TYPE shunt_manager_status_waiting gauge\n"
		"shunt_manager_status_waiting %zu\n",
		writer->writes, writer->conflicts, writer->failures,
		writer->count + writer->under_way);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void status_writer_stop(struct status_writer *writer)
{
	if (!writer)
		return;
	for (size_t i = 0; i < writer->count; i++)
		free(writer->names[i]);
	free(writer->names);
	uv_close((uv_handle_t *)&writer->timer, on_closed);
}
