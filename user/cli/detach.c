// SPDX-License-Identifier: Apache-2.0
#include "user/cli/detach.h"

#include <stdio.h>
#include <stdlib.h>
#include "user/lib/detach.h"
#include "user/lib/log.h"

static json_t *to_json(const struct detach_report *report)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "connections_ended",
			 (int)report->connections, "connections_left", (int)report->broken,
			 "interfaces", (int)report->interfaces, "filters", (int)report->filters,
			 "qdiscs", (int)report->qdiscs, "uplinks", (int)report->uplinks, "pins",
			 (int)report->pins, "cgroup_programs", (int)report->cgroup_programs);
}

int detach_run(struct globals *globals, int argc, char **argv)
{
	struct detach_report report;
	char text[DETACH_TEXT_SIZE];
	int error;

	command_parse(
		globals, argc, argv,
		"Remove all programs, links and maps of shuntd, which must not be running. All "
		"requests go to their origin from then on; connections that were moved are "
		"ended.");
	error = detach_all(globals->bpffs, &report);
	detach_describe(&report, globals->bpffs, error, text);
	if (error) {
		log_line("%s", text);
		return EXIT_FAILURE;
	}
	if (globals->json)
		return command_print_json(to_json(&report), false) ? EXIT_FAILURE : EXIT_SUCCESS;
	return puts(text) == EOF ? EXIT_FAILURE : EXIT_SUCCESS;
}
