// SPDX-License-Identifier: Apache-2.0
#include "user/cli/contexts.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include "user/cli/context_object.h"
#include "user/lib/log.h"

#define TRIES_MAX 10
#define PAUSE_NS 20000000L /* more with each try */

int contexts_open(const struct server_options *options, struct contexts **opened)
{
	if (!options->manifests)
		return contexts_open_manager(options, opened);
	if (options->url) {
		log_line("--manifests and --server exclude each other");
		return -EINVAL;
	}
	return contexts_open_directory(options->manifests, opened);
}

void contexts_close(struct contexts *contexts)
{
	if (contexts)
		contexts->operations->close(contexts);
}

/* One try. -EAGAIN: somebody else was faster. */
static int change_once(struct contexts *contexts, const char *name, contexts_edit edit,
		       void *argument, enum contexts_change *change,
		       struct contexts_written *written)
{
	char version[CONTEXTS_VERSION_SIZE] = "";
	json_t *present = NULL, *wanted = NULL;
	int error;

	error = contexts->operations->get(contexts, name, &present, version);
	if (error && error != -ENOENT)
		return error;
	error = edit(argument, present, &wanted);
	if (error) {
		json_decref(present);
		return error;
	}
	if (present && context_object_same(present, wanted)) {
		*change = CONTEXTS_UNCHANGED;
		*written = (struct contexts_written){.object = json_incref(present)};
	} else {
		error = contexts->operations->put(contexts, wanted, version, written);
		*change = present ? CONTEXTS_CHANGED : CONTEXTS_CREATED;
	}
	json_decref(present);
	json_decref(wanted);
	return error;
}

int contexts_change(struct contexts *contexts, const char *name, contexts_edit edit, void *argument,
		    enum contexts_change *change, struct contexts_written *written)
{
	for (unsigned int i = 0; i < TRIES_MAX; i++) {
		struct timespec pause = {.tv_nsec = PAUSE_NS * (long)i};
		int error;

		if (i)
			nanosleep(&pause, NULL);
		error = change_once(contexts, name, edit, argument, change, written);
		if (error != -EAGAIN && error != -ENOENT)
			return error;
	}
	log_line("context %s: others change it all the time; given up after %d tries", name,
		 TRIES_MAX);
	return -EBUSY;
}
