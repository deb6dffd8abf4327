/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_MANAGER_ARGUMENTS_H
#define SHUNT_USER_MANAGER_ARGUMENTS_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <shunt/tables.h>

#define ARGUMENTS_EXIT_USAGE 2
#define ARGUMENTS_PERIOD_MAX (366ul * 24 * 60 * 60) /* s */

/* Texts are those of the command line. NULL where an option is not given. */
struct arguments {
	const char *store_file; /* SQLite; NULL: Kubernetes */
	const char *manifests; /* NULL: the cluster is known from Kubernetes */
	const char *kubeconfig;
	const char *kube_context;
	const char *name;
	struct shunt_endpoint listen;
	const char *certificate_file;
	const char *key_file;
	const char *client_ca_file;
	const char *tokens_file;
	bool token_review;
	bool anonymous;
	unsigned long keep_expired_s; /* how long an expired context stays in the store */
	const char *keys_file; /* NULL: beside an SQLite store, or none */
	unsigned long key_period_s; /* from 1 to ARGUMENTS_PERIOD_MAX */
	bool hash_token;
};

/* Whether any part needs the Kubernetes API. */
bool arguments_need_kubernetes(const struct arguments *options);

/*
 * Reads the command line. Ends the process for --help and --version, and with ARGUMENTS_EXIT_USAGE
 * where it cannot be understood or does not fit together.
 */
void arguments_parse(int argc, char **argv, struct arguments *options);

#endif
