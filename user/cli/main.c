// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include "user/cli/command.h"
#include "user/cli/context.h"
#include "user/cli/detach.h"
#include "user/cli/doctor.h"
#include "user/cli/events.h"
#include "user/cli/explain.h"
#include "user/cli/flows.h"
#include "user/cli/header.h"
#include "user/cli/nodes.h"
#include "user/cli/offloaded.h"
#include "user/cli/services.h"
#include "user/cli/status.h"
#include "user/cli/top.h"
#include "user/cli/trace.h"
#include "user/lib/bpffs.h"
#include "user/lib/log.h"
#include "user/lib/version.h"

const char *argp_program_version = "shunt " SHUNT_VERSION;

static const struct command commands[] = {
	{"context", "Name contexts: apply, set, get, list, delete, clone, watch", context_run},
	{"offloaded", "What can be overridden: commits and pods", offloaded_run},
	{"services", "The services that the manager knows", services_run},
	{"nodes", "The nodes, and what they have applied", nodes_run},
	{"events", "Who changed which context when", events_run},
	{"status", "Tables, links and counts", status_run},
	{"flows", "The connections that were moved, and their legs", flows_run},
	{"trace", "Print what becomes of requests, as it happens or did", trace_run},
	{"explain", "Say why requests of a context go where they go", explain_run},
	{"top", "The busiest contexts and services", top_run},
	{"doctor", "Check this node, and try whether requests are moved", doctor_run},
	{"header", "Print what names a context, or what a header means", header_run},
	{"detach", "Remove all programs, links and maps", detach_run},
};

static const struct command_group group = {
	.name = "shunt",
	.doc = "Name contexts and see what becomes of them, and look into what shuntd does on this "
	       "node.",
	.children = command_all_children,
	.commands = commands,
	.count = sizeof(commands) / sizeof(commands[0]),
};

int main(int argc, char **argv)
{
	struct globals globals = {.bpffs = BPFFS_DEFAULT, .timeout = COMMAND_WAIT_TIMEOUT};

	argp_err_exit_status = COMMAND_EXIT_USAGE;
	signal(SIGPIPE, SIG_IGN);
	log_libbpf(false);
	return command_run_group(&group, &globals, argc, argv);
}
