// SPDX-License-Identifier: Apache-2.0
#include "user/cli/context.h"

#include "user/cli/context_apply.h"
#include "user/cli/context_clone.h"
#include "user/cli/context_delete.h"
#include "user/cli/context_get.h"
#include "user/cli/context_list.h"
#include "user/cli/context_set.h"
#include "user/cli/context_watch.h"

static const struct command commands[] = {
	{"apply", "Make contexts what a file says", context_apply_run},
	{"set", "Make or change a context by arguments", context_set_run},
	{"get", "Print a context and what it comes to", context_get_run},
	{"list", "Print the contexts that there are", context_list_run},
	{"delete", "Remove contexts", context_delete_run},
	{"clone", "Make a context with what another one has", context_clone_run},
	{"watch", "Print changes of contexts as they happen", context_watch_run},
};

static const struct command_group group = {
	.name = "shunt context",
	.doc = "A context is a named set of overrides: requests that carry its name go to the "
	       "offloaded pods that it lists for a service.",
	.children = command_write_children,
	.commands = commands,
	.count = sizeof(commands) / sizeof(commands[0]),
};

int context_run(struct globals *globals, int argc, char **argv)
{
	return command_run_group(&group, globals, argc, argv);
}
