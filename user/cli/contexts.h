/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where contexts are kept: by a manager, or in a directory of manifests. Each function says itself
 * what is wrong, except where a caller knows more: -ENOENT, there is no such context; -EAGAIN, it is
 * another version by now.
 */
#ifndef SHUNT_USER_CLI_CONTEXTS_H
#define SHUNT_USER_CLI_CONTEXTS_H

#include <stdbool.h>
#include <jansson.h>
#include "user/cli/server.h"

#define CONTEXTS_VERSION_SIZE 128

struct client;
struct contexts;

/* What is wanted of a list; NULL: whatever it is. */
struct contexts_filter {
	const char *owner;
	const char *label; /* key=value, several with commas */
	const char *service;
	const char *state;
};

/* What came of a write. */
struct contexts_written {
	json_t *object; /* as it is kept now, to be freed; NULL where it was removed */
	unsigned long long revision; /* to wait for; 0 where there is none */
};

struct contexts_operations {
	int (*get)(struct contexts *contexts, const char *name, json_t **object,
		   char version[CONTEXTS_VERSION_SIZE]);
	/* An array by name. */
	int (*list)(struct contexts *contexts, const struct contexts_filter *filter,
		    json_t **items);
	/* version is that which is replaced; "": there is none yet. */
	int (*put)(struct contexts *contexts, json_t *object, const char *version,
		   struct contexts_written *written);
	int (*remove)(struct contexts *contexts, const char *name,
		      struct contexts_written *written);
	void (*close)(struct contexts *contexts);
};

struct contexts {
	const struct contexts_operations *operations;
	struct client *client; /* NULL in a directory */
};

/* Opens the one that the options name. Says what is wrong and returns -errno. */
int contexts_open(const struct server_options *options, struct contexts **opened);
void contexts_close(struct contexts *contexts);

int contexts_open_manager(const struct server_options *options, struct contexts **opened);
int contexts_open_directory(const char *directory, struct contexts **opened);

/*
 * Makes of a context as it is (NULL: there is none) what it shall be: a new reference in *wanted.
 * What is not 0 ends the change, said by itself.
 */
typedef int (*contexts_edit)(void *argument, json_t *present, json_t **wanted);

/* What contexts_change() did. */
enum contexts_change {
	CONTEXTS_UNCHANGED,
	CONTEXTS_CREATED,
	CONTEXTS_CHANGED,
};

/*
 * Reads a context, edits it and writes it back; again where somebody else was faster. Everything
 * that cannot be done has been said.
 */
int contexts_change(struct contexts *contexts, const char *name, contexts_edit edit, void *argument,
		    enum contexts_change *change, struct contexts_written *written);

#endif
