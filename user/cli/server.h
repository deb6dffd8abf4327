/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which manager is asked and who asks: from the command line, the environment or the file
 * $XDG_CONFIG_HOME/shunt/config.yaml, each field from the first of these that has it.
 */
#ifndef SHUNT_USER_CLI_SERVER_H
#define SHUNT_USER_CLI_SERVER_H

#include <argp.h>

#define SERVER_TOKEN_MAX 16384 /* characters */

/* As on the command line; NULL where not given. */
struct server_options {
	const char *manifests; /* a directory instead of a manager */
	const char *url;
	const char *token_file;
	const char *ca;
	const char *certificate;
	const char *key;
};

/* What they come to. All are to be freed by server_clear(); NULL where there is none. */
struct server {
	char *url; /* without a slash at its end */
	char *token; /* never to be shown */
	char *ca;
	char *certificate;
	char *key;
};

extern const struct argp_option server_option_table[];

/* Takes an option of the table. -EINVAL where it is none of them. */
int server_option(struct server_options *options, int key, const char *value);

/*
 * Says what is wrong and returns -errno, but -EDESTADDRREQ without a word where no manager is named.
 * *server is written only on success.
 */
int server_find(const struct server_options *options, struct server *server);

/* Safe on a zeroed struct. */
void server_clear(struct server *server);

#endif
