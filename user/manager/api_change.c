// SPDX-License-Identifier: Apache-2.0
/* PUT, PATCH and DELETE of a context: what a client wants, made into what is stored. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "user/lib/text.h"
#include "user/manager/api_write.h"

#define MERGE_PATCH "application/merge-patch+json"
#define NO_MEMORY "the manager has no memory; try again later"

/* Whether the body's type is this one; parameters do not matter. Else the call is answered. */
static bool check_type(struct api_call *call, const char *type, const char *other)
{
	const char *given = httpd_header(call->request, "Content-Type");
	size_t length = given ? strcspn(given, "; \t") : 0;

	if ((length == strlen(type) && strncasecmp(given, type, length) == 0) ||
	    (other && length == strlen(other) && strncasecmp(given, other, length) == 0))
		return true;
	api_problem(call, 415, NULL, "Content-Type has to be %s", type);
	return false;
}

/* Whether the manager can judge a write at all. */
static bool check_ready(struct api_call *call)
{
	const char *problem = NULL;

	if (!catalog_is_ready(call->api->parts.catalog))
		problem = "the store or the cluster is not known yet";
	else if (store_is_ready(call->api->parts.store, &problem))
		return true;
	api_problem(call, 503, NULL, "the manager is not ready: %s",
		    problem ? problem : "the store cannot be written");
	return false;
}

/* Whether the body is no larger than a Context may be. Else the call is answered. */
static bool check_size(struct api_call *call, size_t length)
{
	if (length <= CATALOG_OBJECT_MAX)
		return true;
	api_problem(call, 413, NULL, "the body may have %u KiB", CATALOG_OBJECT_MAX >> 10);
	return false;
}

/* Preconditions and ownership. False where the call was answered. */
static bool check_current(struct api_call *call, const struct catalog_context *current)
{
	unsigned int status = api_precondition_check(call->request, current, false);

	if (status == 400) {
		api_problem(call, 400, NULL, "If-Match or If-None-Match is no list of entity tags");
		return false;
	}
	if (status) {
		api_problem(call, status, NULL,
			    !current ? "there is no such context, so If-Match cannot hold"
			    : httpd_header(call->request, "If-Match")
				    ? "the context was changed meanwhile; read it again"
				    : "there is a context of this name already");
		return false;
	}
	if (!current || call->identity.role == AUTH_ADMIN ||
	    strcmp(current->owner, call->identity.name) == 0)
		return true;
	api_problem(call, 403, NULL, "the context is %s's; %s may change only those of their own",
		    *current->owner ? current->owner : "nobody", call->identity.name);
	return false;
}

/* Metadata that clients may set; the rest is the store's. */
static json_t *keep_metadata(json_t *metadata, const char *name)
{
	json_t *kept = json_pack("{s:s}", "name", name);
	json_t *labels = json_object_get(metadata, "labels");
	json_t *annotations = json_object_get(metadata, "annotations");

	if (kept && json_object_size(labels))
		json_object_set(kept, "labels", labels);
	if (kept && json_object_size(annotations))
		json_object_set_new(kept, "annotations", json_copy(annotations));
	return kept;
}

/*
 * The owner: of a new context whoever makes it, unless an administrator names another; of one that
 * is there it stays, but administrators may change it. -EPERM.
 */
static int set_owner(struct api_call *call, const struct catalog_context *current, json_t *metadata)
{
	const char *owner = current ? current->owner : call->identity.name;
	json_t *annotations = json_object_get(metadata, "annotations");
	const char *wanted = json_string_value(json_object_get(annotations, API_OWNER));

	if (wanted && call->identity.role == AUTH_ADMIN)
		return 0;
	if (wanted && strcmp(wanted, owner) != 0)
		return -EPERM;
	if (!annotations) {
		annotations = json_object();
		if (json_object_set_new(metadata, "annotations", annotations))
			return -ENOMEM;
	}
	if (!*owner)
		return 0;
	return json_object_set_new(annotations, API_OWNER, json_string(owner)) ? -ENOMEM : 0;
}

/* What is stored of what was sent; NULL where the call was answered. */
static json_t *make_object(struct api_call *call, const struct catalog_context *current,
			   json_t *sent)
{
	json_t *metadata = keep_metadata(json_object_get(sent, "metadata"), call->name);
	int error = metadata ? set_owner(call, current, metadata) : -ENOMEM;
	json_t *object = NULL;

	if (!error)
		object = json_pack("{s:s, s:s, s:O, s:O}", "apiVersion", API_VERSION, "kind",
				   "Context", "metadata", metadata, "spec",
				   json_object_get(sent, "spec"));
	json_decref(metadata);
	if (error == -EPERM)
		api_problem(call, 403, NULL,
			    "only administrators may give a context to somebody else");
	else if (!object)
		api_problem(call, 503, NULL, NO_MEMORY);
	return object;
}

/* Whether all that it overrides can be there. False where the call was answered. */
static bool check_object(struct api_call *call, json_t *object)
{
	struct problems refused = {0}, warnings = {0};
	bool accepted;

	catalog_check(call->api->parts.catalog, object, &refused, &warnings);
	accepted = !refused.count;
	if (!accepted)
		api_problem(call, 422, &refused, "the context cannot be resolved: %s",
			    refused.texts[0]);
	problems_clear(&refused);
	problems_clear(&warnings);
	return accepted;
}

static void store(struct api_write *write, const struct catalog_context *current, json_t *sent)
{
	struct api_call *call = write->call;
	json_t *object = make_object(call, current, sent);
	struct store_audit audit = {.actor = call->identity.name,
				    .action = current ? "update" : "create"};

	if (object && check_object(call, object))
		api_write_store(write, object, current ? current->version : NULL, &audit);
	json_decref(object);
}

/* Reads a Context of JSON text. NULL where the call was answered. */
static json_t *read_context(struct api_call *call, const char *text, size_t length)
{
	struct problems problems = {0};
	json_t *object = catalog_read("body", text, length, &problems);
	const char *name =
		json_string_value(json_object_get(json_object_get(object, "metadata"), "name"));

	if (!object) {
		api_problem(call, problems.count ? 422 : 503, &problems, "%s",
			    problems.count ? problems.texts[0] : NO_MEMORY);
	} else if (!name || strcmp(name, call->name) != 0) {
		api_problem(call, 422, NULL,
			    "metadata.name differs from the name in the path; contexts cannot be "
			    "renamed");
		json_decref(object);
		object = NULL;
	}
	problems_clear(&problems);
	return object;
}

static void prepare_put(struct api_write *write)
{
	const struct catalog_context *current =
		catalog_find(write->call->api->parts.catalog, write->call->name);

	if (check_current(write->call, current))
		store(write, current, write->body);
}

static bool check_name(struct api_call *call)
{
	if (text_is_context_name(call->name))
		return true;
	api_problem(call, 400, NULL,
		    text_ends_in_tag(call->name)
			    ? "the name of a context may not end like a signed marker, in \".\" "
			      "and 16 hexadecimal digits"
			    : "the name of a context has 1 to 63 of a-z 0-9 - _ .");
	return false;
}

void api_context_put(struct api_call *call)
{
	struct api_write *write;
	size_t length;
	const char *text = httpd_body(call->request, &length);
	json_t *body;

	if (!check_name(call) || !check_type(call, API_JSON, NULL) || !check_size(call, length) ||
	    !check_ready(call))
		return;
	body = read_context(call, text, length);
	write = body ? api_write_start(call, prepare_put, body, false) : NULL;
	if (write)
		api_write_try(write);
}

/* The object that a patch makes of the present one, read as if it had been sent so. */
static json_t *merge(struct api_call *call, const struct catalog_context *current, json_t *patch)
{
	json_t *merged = api_patch_merge(catalog_object(call->api->parts.catalog, current), patch);
	json_t *metadata = keep_metadata(json_object_get(merged, "metadata"), call->name);
	json_t *object = NULL, *copy = merged ? json_copy(merged) : NULL;
	char *text = NULL;

	if (copy && metadata) {
		/* A name that the patch sets is judged like any other. */
		json_object_set(metadata, "name",
				json_object_get(json_object_get(merged, "metadata"), "name"));
		json_object_set(copy, "metadata", metadata);
		json_object_del(copy, "status");
		text = json_dumps(copy, 0);
	}
	if (text)
		object = read_context(call, text, strlen(text));
	else
		api_problem(call, 503, NULL, NO_MEMORY);
	free(text);
	json_decref(copy);
	json_decref(metadata);
	json_decref(merged);
	return object;
}

static void prepare_patch(struct api_write *write)
{
	struct api_call *call = write->call;
	const struct catalog_context *current = catalog_find(call->api->parts.catalog, call->name);
	json_t *object;

	if (!current) {
		api_problem(call, 404, NULL, "there is no such context; PUT makes one");
		return;
	}
	if (!check_current(call, current))
		return;
	object = merge(call, current, write->body);
	if (object)
		store(write, current, object);
	json_decref(object);
}

void api_context_patch(struct api_call *call)
{
	struct api_write *write;
	json_error_t error;
	size_t length;
	const char *text = httpd_body(call->request, &length);
	json_t *body;

	if (!check_name(call) || !check_type(call, MERGE_PATCH, API_JSON) ||
	    !check_size(call, length) || !check_ready(call))
		return;
	body = json_loadb(text ? text : "", length, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(body)) {
		api_problem(call, 400, NULL, "body:%d:%d: %s", body ? 1 : error.line,
			    body ? 1 : error.column,
			    body ? "a patch has to be an object" : error.text);
		json_decref(body);
		return;
	}
	write = api_write_start(call, prepare_patch, body, false);
	if (write)
		api_write_try(write);
}

static void prepare_delete(struct api_write *write)
{
	struct api_call *call = write->call;
	const struct catalog_context *current = catalog_find(call->api->parts.catalog, call->name);
	struct store_audit audit = {.actor = call->identity.name, .action = "delete"};

	if (!current) {
		api_problem(call, 404, NULL, "there is no such context");
		return;
	}
	if (!check_current(call, current))
		return;
	json_decref(write->result);
	write->result = api_context_json(call->api, current);
	api_write_store(write, NULL, current->version, &audit);
}

void api_context_delete(struct api_call *call)
{
	struct api_write *write;

	if (!check_ready(call))
		return;
	write = api_write_start(call, prepare_delete, NULL, true);
	if (write)
		api_write_try(write);
}
