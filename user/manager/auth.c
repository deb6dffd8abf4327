// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "user/lib/notices.h"
#include "user/manager/auth_state.h"

#define LOOK_MS 1000 /* at the file, at most so often */
#define NODE_PREFIX "node:"
#define SCHEME "Bearer"
#define HOW "send \"Authorization: Bearer TOKEN\""

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_mode == b->st_mode;
}

/* Rereads the file where it has changed. What is wrong with it is logged once. */
static void look(struct auth *auth)
{
	const char *file = auth->options.tokens_file;
	struct problems problems = {0};
	struct stat status = {0};

	if (!file || uv_now(auth->loop) < auth->looked + LOOK_MS)
		return;
	auth->looked = uv_now(auth->loop);
	if (!stat(file, &status) && is_same_file(&status, &auth->file))
		return;
	auth->file = status;
	auth_tokens_read(file, &auth->tokens, &problems);
	notices_log(&auth->told, &problems);
}

int auth_start(uv_loop_t *loop, const struct auth_options *options, struct auth **started,
	       struct problems *problems)
{
	struct auth *auth = calloc(1, sizeof(*auth));
	int error = 0;

	if (!auth)
		return -ENOMEM;
	auth->loop = loop;
	auth->options = *options;
	auth->looked = uv_now(loop);
	if (options->tokens_file) {
		/* Before it is read: what changes meanwhile is read again. */
		if (stat(options->tokens_file, &auth->file))
			auth->file = (struct stat){0};
		error = auth_tokens_read(options->tokens_file, &auth->tokens, problems);
	}
	if (!error && options->kube) {
		auth->answers = calloc(AUTH_ANSWERS, sizeof(*auth->answers));
		error = auth->answers ? 0 : -ENOMEM;
	}
	if (error) {
		auth_stop(auth);
		return error == -ENOMEM ? error : -EINVAL;
	}
	*started = auth;
	return 0;
}

void auth_stop(struct auth *auth)
{
	if (!auth)
		return;
	auth_review_stop(auth);
	auth_tokens_clear(&auth->tokens);
	problems_clear(&auth->told);
	free(auth->answers);
	free(auth);
}

/* The token of an Authorization field, or NULL with the reason in *problem. */
static const char *find_token(const char *field, size_t *length, const char **problem)
{
	const char *token;

	*problem = "no credentials; " HOW;
	if (!field)
		return NULL;
	*problem = "credentials of another kind than a bearer token; " HOW;
	if (strncasecmp(field, SCHEME " ", strlen(SCHEME) + 1) != 0)
		return NULL;
	token = field + strlen(SCHEME) + 1;
	token += strspn(token, " ");
	/* RFC 6750's b64token. */
	for (*length = 0; isalnum((unsigned char)token[*length]) ||
			  (token[*length] && strchr("-._~+/=", token[*length]));)
		++*length;
	*problem = "a malformed bearer token; " HOW;
	if (!*length || token[*length] || *length > AUTH_TOKEN_MAX)
		return NULL;
	*problem = NULL;
	return token;
}

static void identify_token(struct auth *auth, const char *field, auth_done done, void *argument)
{
	struct auth_identity identity = {.role = AUTH_NONE, .status = 401};
	uint8_t hash[AUTH_HASH_SIZE];
	const char *problem, *token;
	size_t length;

	look(auth);
	token = find_token(field, &length, &problem);
	if (!token) {
		done(argument, &identity, problem);
		return;
	}
	auth_hash_bytes(token, length, hash);
	if (auth_tokens_find(&auth->tokens, hash, &identity))
		done(argument, &identity, NULL);
	else if (auth->options.kube)
		auth_review(auth, token, hash, done, argument);
	else
		done(argument, &identity, "a token that is not known here");
}

void auth_identify(struct auth *auth, const struct httpd_request *request, auth_done done,
		   void *argument)
{
	struct auth_identity identity = {.role = AUTH_NONE};
	const char *name = httpd_client_name(request);

	if (auth->options.anonymous) {
		identity.role = AUTH_ADMIN;
		strcpy(identity.name, "anonymous");
		done(argument, &identity, NULL);
		return;
	}
	if (name && !strncmp(name, NODE_PREFIX, strlen(NODE_PREFIX)) &&
	    strlen(name) > strlen(NODE_PREFIX) &&
	    strlen(name) < sizeof(identity.name) + strlen(NODE_PREFIX)) {
		identity.role = AUTH_AGENT;
		strcpy(identity.name, name + strlen(NODE_PREFIX));
		done(argument, &identity, NULL);
		return;
	}
	identify_token(auth, httpd_header(request, "Authorization"), done, argument);
}

void auth_forget(struct auth *auth, const void *argument)
{
	auth_review_forget(auth, argument);
}

void auth_metrics(const struct auth *auth, FILE *file)
{
	fprintf(file,
		"# HELP shunt_manager_auth_tokens Tokens of the tokens file.\n"
		"# TYPE shunt_manager_auth_tokens gauge\n"
		"shunt_manager_auth_tokens %zu\n"
		"# HELP shunt_manager_auth_tokens_refused Problems of the tokens file as it is "
		"now; the last good one counts.\n"
		"# TYPE shunt_manager_auth_tokens_refused gauge\n"
		"shunt_manager_auth_tokens_refused %zu\n",
		auth->tokens.count, auth->told.count + auth->told.dropped);
	if (!auth->options.kube)
		return;
	fprintf(file,
		"# HELP shunt_manager_auth_reviews_total Tokens by how they were reviewed.\n"
		"# TYPE shunt_manager_auth_reviews_total counter\n"
		"shunt_manager_auth_reviews_total{result=\"answered\"} %llu\n"
		"shunt_manager_auth_reviews_total{result=\"remembered\"} %llu\n"
		"shunt_manager_auth_reviews_total{result=\"failed\"} %llu\n",
		(unsigned long long)auth->reviewed, (unsigned long long)auth->remembered,
		(unsigned long long)auth->review_failed);
}
