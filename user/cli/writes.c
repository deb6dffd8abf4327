// SPDX-License-Identifier: Apache-2.0
#include "user/cli/writes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/applied.h"
#include "user/cli/context_print.h"
#include "user/lib/log.h"

static const char *const verbs[] = {
	[CONTEXTS_UNCHANGED] = "is as it shall be",
	[CONTEXTS_CREATED] = "created",
	[CONTEXTS_CHANGED] = "changed",
};

int writes_begin(const struct globals *globals, struct writes *writes)
{
	struct writes begun = {.globals = globals};

	if (globals->wait && globals->server.manifests) {
		log_line("--wait needs a manager: a directory does not say who has applied it");
		return COMMAND_EXIT_USAGE;
	}
	if (contexts_open(&globals->server, &begun.contexts))
		return EXIT_FAILURE;
	begun.objects = json_array();
	*writes = begun;
	return 0;
}

/* What was as it should be may still not be applied: its own version is waited for. */
static unsigned long long get_revision(const struct contexts_written *written)
{
	const char *version = json_string_value(
		json_object_get(json_object_get(written->object, "metadata"), "resourceVersion"));

	return written->revision ? written->revision : version ? strtoull(version, NULL, 10) : 0;
}

static void take(struct writes *writes, struct contexts_written *written)
{
	unsigned long long revision = get_revision(written);

	if (revision > writes->revision)
		writes->revision = revision;
	if (json_array_append_new(writes->objects, written->object))
		writes->status = EXIT_FAILURE;
}

void writes_change(struct writes *writes, const char *name, contexts_edit edit, void *argument)
{
	struct contexts_written written;
	enum contexts_change change;

	if (contexts_change(writes->contexts, name, edit, argument, &change, &written)) {
		writes->status = EXIT_FAILURE;
		return;
	}
	if (!writes->globals->json)
		printf("context %s %s\n", name, verbs[change]);
	context_print_unresolved(written.object);
	take(writes, &written);
}

void writes_remove(struct writes *writes, const char *name)
{
	struct contexts_written written;
	int error;

	error = writes->contexts->operations->remove(writes->contexts, name, &written);
	if (error) {
		if (error == -ENOENT)
			log_line("context %s: there is none of this name", name);
		else if (error == -EAGAIN)
			log_line("context %s: somebody else is changing it; try again", name);
		writes->status = EXIT_FAILURE;
		return;
	}
	if (!writes->globals->json)
		printf("context %s deleted\n", name);
	written.object = json_string(name);
	take(writes, &written);
}

int writes_end(struct writes *writes)
{
	const struct globals *globals = writes->globals;
	int status = writes->status;

	if (!globals->json && fflush(stdout))
		status = EXIT_FAILURE;
	if (globals->wait && writes->revision &&
	    applied_wait(writes->contexts->client, writes->revision, globals->timeout,
			 globals->json))
		status = EXIT_FAILURE;
	if (globals->wait && !writes->revision && !writes->status) {
		log_line("the manager did not say which revision to wait for; is it one of this "
			 "version?");
		status = EXIT_FAILURE;
	}
	if (globals->json && command_print_json(json_incref(writes->objects), false))
		status = EXIT_FAILURE;
	json_decref(writes->objects);
	contexts_close(writes->contexts);
	return status;
}
