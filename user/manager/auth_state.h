/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of auth share. */
#ifndef SHUNT_USER_MANAGER_AUTH_STATE_H
#define SHUNT_USER_MANAGER_AUTH_STATE_H

#include <stdint.h>
#include <sys/stat.h>
#include <jansson.h>
#include "user/lib/problems.h"
#include "user/manager/auth.h"

#define AUTH_HASH_SIZE 32 /* SHA-256 */
#define AUTH_TOKEN_MAX 8192
#define AUTH_PROBLEM_SIZE 400

/* Those of the file. All zero is none. */
struct auth_tokens {
	struct auth_token *items;
	size_t count;
	size_t capacity;
};

/*
 * Reads the file anew. -EINVAL with "file:line: reason" in problems, or the error of reading it, with
 * a problem too; *tokens is then as it was.
 */
int auth_tokens_read(const char *file, struct auth_tokens *tokens, struct problems *problems);
void auth_tokens_clear(struct auth_tokens *tokens);

/* Compares with all, so that the time taken tells nothing. False where there is none. */
bool auth_tokens_find(const struct auth_tokens *tokens, const uint8_t hash[AUTH_HASH_SIZE],
		      struct auth_identity *identity);

/* The role of this name; AUTH_NONE. */
enum auth_role auth_role_parse(const char *name, size_t length);

void auth_hash_bytes(const char *token, size_t length, uint8_t hash[AUTH_HASH_SIZE]);

/* What TokenReview said of a token, for a while. */
struct auth_answer {
	uint8_t hash[AUTH_HASH_SIZE];
	uint64_t until; /* ms of the loop; 0: none */
	struct auth_identity identity;
	char problem[AUTH_PROBLEM_SIZE]; /* "" */
};

#define AUTH_ANSWERS 1024 /* a power of two */

struct auth_review;

struct auth {
	uv_loop_t *loop;
	struct auth_options options;
	struct auth_tokens tokens;
	struct stat file; /* as it was read, or failed to be */
	uint64_t looked; /* ms of the loop: at the file */
	struct problems told;
	struct auth_answer *answers; /* by the first bits of the hash; NULL without kube */
	struct auth_review *reviews; /* under way */
	size_t review_count;
	uint64_t reviewed;
	uint64_t remembered;
	uint64_t review_failed;
};

/* As auth_identify(), for a token that the file does not have. */
void auth_review(struct auth *auth, const char *token, const uint8_t hash[AUTH_HASH_SIZE],
		 auth_done done, void *argument);

void auth_review_forget(struct auth *auth, const void *argument);
void auth_review_stop(struct auth *auth);

/* Who the status of a TokenReview names, and a problem where they may do nothing. */
void auth_review_read(json_t *review, const char *namespace, struct auth_answer *answer);

#endif
