/* SPDX-License-Identifier: Apache-2.0 */
/* The manager's REST API, described in docs/openapi.yaml. */
#ifndef SHUNT_USER_MANAGER_API_H
#define SHUNT_USER_MANAGER_API_H

#include <stdbool.h>
#include <stdio.h>
#include <uv.h>
#include "user/lib/httpd.h"
#include "user/lib/keys.h"
#include "user/manager/auth.h"
#include "user/manager/catalog.h"
#include "user/manager/publisher.h"
#include "user/manager/store.h"

struct api;

/* What it works on; all must outlive it. */
struct api_parts {
	struct catalog *catalog;
	struct store *store;
	struct publisher *publisher;
	struct auth *auth;
	const struct keys *keys; /* NULL: markers cannot be signed */
	/* Writes why not where the manager is not ready; for /readyz. */
	bool (*ready)(void *argument, FILE *why);
	/* Writes the metrics of all parts but the API's own. */
	void (*metrics)(void *argument, FILE *file);
	void *argument;
};

int api_start(uv_loop_t *loop, const struct api_parts *parts, struct api **started);
void api_stop(struct api *api);

/* The functions of struct httpd_options, whose argument is the struct api. */
bool api_admit(void *argument, struct httpd_request *request);
void api_handle(void *argument, struct httpd_request *request);
void api_refuse(void *argument, struct httpd_request *request, unsigned int status);

/* The catalog has changed: watchers of contexts are told. */
void api_context_changed(struct api *api, const char *name);

#endif
