/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_OPTIONS_H
#define SHUNT_USER_AGENT_OPTIONS_H

#include <stdbool.h>
#include <limits.h>
#include <linux/bpf.h>
#include <shunt/tables.h>
#include "user/agent/choice.h"

#define OPTIONS_EXIT_USAGE 2

struct options {
	const char *manifests;
	const char *bpffs;
	char cgroup[PATH_MAX]; /* empty: to be found */
	struct shunt_endpoint listen;
	struct choice choice;
	bool detach;
};

/*
 * Reads the command line, whose texts must stay. Ends the process for --help and --version, and
 * with OPTIONS_EXIT_USAGE where it cannot be understood. The caller clears *options.
 */
void options_parse(int argc, char **argv, struct options *options);

void options_clear(struct options *options);

#endif
