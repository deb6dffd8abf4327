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

struct auth_identity {
	enum auth_role role;
	char name
		[256]; /* the owner of what they make; of an agent the node it proved to be, or "" */
};

struct auth_options {
	const char *
		tokens_file; /* NULL: none. One a line: ROLE NAME sha256:HEX; reread when it changes */
	struct kube *
		kube; /* not NULL: TokenReview, with groups shunt:readers, shunt:editors, shunt:admins, shunt:agents */
	bool anonymous; /* everybody is admin: for a laptop and tests, loopback only */
};

int auth_start(uv_loop_t *loop, const struct auth_options *options, struct auth **started,
	       struct problems *problems);
void auth_stop(struct auth *auth);

/*
 * Tells who sent the request, by callback, within the call or later; not at all where the request
 * has ended meanwhile. A refusal that a person can act on is in problem where role is AUTH_NONE.
 */
typedef void (*auth_done)(void *argument, const struct auth_identity *identity,
			  const char *problem);
void auth_identify(struct auth *auth, const struct httpd_request *request, auth_done done,
		   void *argument);

void auth_metrics(const struct auth *auth, FILE *file);

#endif
