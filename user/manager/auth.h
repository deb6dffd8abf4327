/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks, and what they may: bearer tokens from a file of hashed ones or, in a cluster, by
 * TokenReview; agents also by client certificate.
 */
#ifndef SHUNT_USER_MANAGER_AUTH_H
#define SHUNT_USER_MANAGER_AUTH_H

#include <stdbool.h>
#include <stdio.h>
#include <uv.h>
#include "user/lib/httpd.h"
#include "user/lib/problems.h"

struct kube;
struct auth;

enum auth_role {
	AUTH_NONE, /* not known */
	AUTH_READER,
	AUTH_EDITOR, /* of their own contexts */
	AUTH_ADMIN,
	AUTH_AGENT, /* /v1/sync only */
};

#define AUTH_NAME_SIZE 256
#define AUTH_HASH_TEXT_SIZE 72

struct auth_identity {
	enum auth_role role;
	/* The owner of what they make; of an agent the node it proved to be, or "". */
	char name[AUTH_NAME_SIZE];
	unsigned int
		status; /* of HTTP, where role is AUTH_NONE: 401, 403 (known, but may not), 503 */
};

struct auth_options {
	/*
	 * NULL: none. One token a line: ROLE NAME sha256:HEX, ROLE being reader, editor, admin or
	 * agent. Reread when it changes; while it cannot be understood the last good one counts.
	 */
	const char *tokens_file;
	/*
	 * Not NULL: TokenReview, with groups shunt:readers, shunt:editors, shunt:admins,
	 * shunt:agents. The service account "shuntd" of the manager's own namespace is an agent.
	 */
	struct kube *kube;
	bool anonymous; /* everybody is admin: for a laptop and tests, loopback only */
};

/* Texts of options must outlive it. -EINVAL with problems where the file is refused. */
int auth_start(uv_loop_t *loop, const struct auth_options *options, struct auth **started,
	       struct problems *problems);

/* After kube_stop() and httpd_stop(). Safe on NULL. */
void auth_stop(struct auth *auth);

/*
 * Tells who sent the request, by callback, within the call or later. problem is NULL, or, where
 * role is AUTH_NONE, says why in a way that a person can act on.
 */
typedef void (*auth_done)(void *argument, const struct auth_identity *identity,
			  const char *problem);
void auth_identify(struct auth *auth, const struct httpd_request *request, auth_done done,
		   void *argument);

/* The request has ended: done() is not called any more with this argument. */
void auth_forget(struct auth *auth, const void *argument);

/* "sha256:HEX" of a token, as the file has it. */
void auth_hash(const char *token, char text[AUTH_HASH_TEXT_SIZE]);

void auth_metrics(const struct auth *auth, FILE *file);

#endif
