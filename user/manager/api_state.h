/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the API share. Only api*.c include this. */
#ifndef SHUNT_USER_MANAGER_API_STATE_H
#define SHUNT_USER_MANAGER_API_STATE_H

#include <stdint.h>
#include <sys/queue.h>
#include <jansson.h>
#include "user/lib/problems.h"
#include "user/manager/api_problem.h"
#include "user/lib/query.h"
#include "user/manager/api.h"
#include "user/manager/api_limits.h"
#include "user/manager/api_metrics.h"

#define API_JSON "application/json"
#define API_OWNER "shunt.dev/owner" /* annotation: whose context it is */
#define API_LIST_MAX 500 /* items of a page */
#define API_VERSION "shunt.dev/v1alpha1"

struct api_call;

struct api_route {
	const char *method;
	const char *path; /* one segment may be {name} */
	enum auth_role role; /* the least; AUTH_NONE: everybody; AUTH_AGENT: agents and admins */
	const char *const *query; /* names that are known, ends with NULL */
	void (*handle)(struct api_call *call);
};

#define API_NAME_SIZE 256

/* A request on its way. It is held by the request and by whatever it waits for. */
struct api_call {
	struct api *api;
	struct httpd_request *request; /* NULL: it has ended, nobody waits for an answer */
	const struct api_route *route;
	unsigned int references;
	uint64_t started; /* ns, monotonic */
	char name[API_NAME_SIZE]; /* of the path */
	struct query query;
	struct auth_identity identity;
	bool identified;
	bool whole; /* the body is there */
	struct publisher_wait *wait;
	struct api_write *write;
};

struct api {
	uv_loop_t *loop;
	struct api_parts parts;
	struct api_limits limits;
	struct api_metrics metrics;
	TAILQ_HEAD(, api_watch) watches;
	unsigned int watch_count;
	TAILQ_HEAD(, api_write) writes; /* under way */
	unsigned int wait_count;
};

/* api_routes.c */
extern const struct api_route api_routes[];
extern const size_t api_route_count;

/*
 * The route of a method and path. Where there is none: NULL, and *allow is the list of the path's
 * methods, or empty where the path is not known.
 */
#define API_ALLOW_SIZE 64
const struct api_route *api_route_find(const char *method, const char *path,
				       char name[API_NAME_SIZE], char allow[API_ALLOW_SIZE]);

/* api.c */
void api_call_hold(struct api_call *call);
void api_call_drop(struct api_call *call);

/* Answer a call, once; without effect where its request has ended. */
void api_reply(struct api_call *call, unsigned int status, const char *type, const void *body,
	       size_t length);

/* Takes over the reference; NULL stands for want of memory. */
void api_reply_json(struct api_call *call, unsigned int status, json_t *body);

/* {"items": [...]}, taking over the reference. */
void api_reply_items(struct api_call *call, json_t *items);

/* api_problem.c: RFC 9457. detail is a sentence; lines may be NULL. */
void api_problem(struct api_call *call, unsigned int status, const struct problems *lines,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* api_contexts.c */
void api_context_list(struct api_call *call);
void api_context_get(struct api_call *call);

/* As clients see it: the object with the status as it is now. NULL for want of memory. */
json_t *api_context_json(const struct api *api, const struct catalog_context *context);

/* api_marker.c */
void api_marker_get(struct api_call *call);

/* api_change.c */
void api_context_put(struct api_call *call);
void api_context_patch(struct api_call *call);
void api_context_delete(struct api_call *call);

/* api_write.c */
void api_write_changed(struct api *api, const char *name);
void api_write_forget(struct api_call *call); /* its request has ended */
void api_write_stop(struct api *api);

/* api_patch.c: RFC 7396. A new reference, or NULL for want of memory. */
json_t *api_patch_merge(json_t *target, json_t *patch);

/* api_precondition.c: RFC 9110, section 13. 0, or the status to answer with. */
unsigned int api_precondition_check(const struct httpd_request *request,
				    const struct catalog_context *current, bool reads);

/* The same of the fields' values, NULL where there are none; etag is NULL where there is nothing. */
unsigned int api_precondition_hold(const char *if_match, const char *if_none_match,
				   const char *etag, bool reads);

/* api_lists.c */
void api_services_list(struct api_call *call);
void api_offloaded_list(struct api_call *call);
void api_nodes_list(struct api_call *call);
void api_events_list(struct api_call *call);

/* api_watch.c. The filter's texts are those of the call's query. */
void api_watch_start(struct api_call *call, const struct catalog_filter *filter);
void api_watch_changed(struct api *api, const char *name);

/* api_pages.c */
void api_page_live(struct api_call *call);
void api_page_ready(struct api_call *call);
void api_page_metrics(struct api_call *call);
void api_page_openapi(struct api_call *call);
void api_sync_stream(struct api_call *call);
void api_sync_report(struct api_call *call);

#endif
