/* SPDX-License-Identifier: Apache-2.0 */
/* A bearer token, and the file that it is read from anew as it rotates. */
#ifndef SHUNT_USER_MANAGER_KUBE_TOKEN_H
#define SHUNT_USER_MANAGER_KUBE_TOKEN_H

#include <stdint.h>
#include <sys/stat.h>

struct kube_token {
	const char *file; /* NULL: text stays */
	char *text; /* NULL: there is none */
	uint64_t checked; /* monotonic ns */
	struct stat status; /* of the file as it was read */
};

/* text is copied and may be NULL. -ENOMEM. */
int kube_token_init(struct kube_token *token, const char *text, const char *file);

/*
 * The token, or NULL. The file is looked at every ten seconds at most, and read where it is another
 * one; where it cannot be read the last token stays.
 */
const char *kube_token_get(struct kube_token *token);

/* The token was not accepted: the file is looked at with the next kube_token_get(). */
void kube_token_refused(struct kube_token *token);

void kube_token_clear(struct kube_token *token);

#endif
