/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_OPTIONS_H
#define SHUNT_USER_AGENT_OPTIONS_H

#include <stdbool.h>
#include <limits.h>
#include <linux/bpf.h>
#include <shunt/tables.h>
#include "user/lib/choice.h"

#define OPTIONS_EXIT_USAGE 2
#define OPTIONS_NODE_MAX 253

/* Where managers are, and how they and we are known. */
struct options_manager {
	const char **urls; /* without a slash at the end */
	size_t url_count; /* 0: the tables come from manifests */
	char node[OPTIONS_NODE_MAX + 1];
	const char *token_file; /* NULL: none; so are the others */
	const char *ca_file;
	const char *certificate_file;
	const char *key_file;
	const char *cache; /* the file that tables are kept in */
};

struct options {
	const char *manifests;
	const char *keys; /* with manifests, the file of the root; NULL: one for this run only */
	struct options_manager manager;
	const char *bpffs;
	char cgroup[PATH_MAX]; /* empty: to be found */
	struct shunt_endpoint listen;
	bool listens;
	bool at_pod; /* attach to the pods' own ends of their links */
	struct choice choice;
	struct choice uplinks; /* without globs: none */
	__u32 max_moved; /* connections that there is room for */
	bool propagation; /* is counted */
	bool detach;
	bool dry_run;
	__u32 history; /* events to keep for `shunt trace` */
};

/*
 * Reads the command line, whose texts must stay and may be altered. Ends the process for --help and
 * --version, and with OPTIONS_EXIT_USAGE where it cannot be understood. The caller clears *options.
 */
void options_parse(int argc, char **argv, struct options *options);

void options_clear(struct options *options);

#endif
