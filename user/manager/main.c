// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/sha.h>
#include <argp.h>
#include "user/lib/log.h"
#include "user/lib/process.h"
#include "user/lib/version.h"
#include "user/manager/manager.h"

const char *argp_program_version = "shunt-manager " SHUNT_VERSION;

#define TOKEN_MAX 4096

/* The token comes from standard input, so that no list of processes shows it. */
static int hash_token(void)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char token[TOKEN_MAX];
	size_t length;

	if (!fgets(token, sizeof(token), stdin))
		token[0] = 0;
	length = strcspn(token, "\r\n");
	if (!length || length == sizeof(token) - 1) {
		log_line("standard input has to be a token of 1 to %d characters in one line",
			 TOKEN_MAX - 2);
		return EXIT_FAILURE;
	}
	SHA256((const unsigned char *)token, length, hash);
	explicit_bzero(token, sizeof(token));
	printf("sha256:");
	for (size_t i = 0; i < sizeof(hash); i++)
		printf("%02x", hash[i]);
	putchar('\n');
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct arguments arguments;

	process_protect();
	arguments_parse(argc, argv, &arguments);
	return arguments.hash_token ? hash_token() : manager_run(&arguments);
}
