/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_CLI_SERVER_CONFIG_H
#define SHUNT_USER_CLI_SERVER_CONFIG_H

#include <stdbool.h>
#include "user/lib/problems.h"

/* The file's fields; NULL where not there. Paths are relative to the directory of the file. */
struct server_config {
	char *url;
	char *token;
	char *token_file;
	char *ca;
	char *certificate;
	char *key;
	bool exposed; /* it has a token, and others than its owner may read it */
};

/*
 * Reads the file at path; one that is not there is empty. -EINVAL where it is refused, with file,
 * line, field and reason in problems, -errno. *config is written only on success.
 */
int server_config_read(const char *path, struct server_config *config, struct problems *problems);

/* Safe on a zeroed struct. */
void server_config_clear(struct server_config *config);

#endif
