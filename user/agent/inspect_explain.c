// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "user/agent/agent.h"
#include "user/lib/clock.h"
#include "user/lib/format.h"
#include "user/lib/httpd.h"
#include "user/lib/query.h"
#include "user/lib/resolver.h"
#include "user/lib/service_name.h"

enum {
	QUERY_CONTEXT,
	QUERY_SERVICE,
};

static const char *const query_names[] = {"context", "service", NULL};

static json_t *list_problems(const struct problems *problems)
{
	json_t *list = json_array();

	for (size_t i = 0; i < problems->count; i++)
		json_array_append_new(list, json_string(problems->texts[i]));
	return list;
}

/* Whether a row is about the service port: it names that, or its whole service. */
static bool is_about(const struct tables_unresolved *row, const char *context, const char *service)
{
	return strcmp(row->context, context) == 0 && (service_name_matches(service, row->service) ||
						      service_name_matches(row->service, service));
}

/* Why the override has no endpoint now; null: it has, or is not known. */
static json_t *find_reason(const struct manifest_tables *tables,
			   const struct object_context *context, const char *service)
{
	struct problems warnings = {0};
	struct resolver_rows rows = {0};
	json_t *reason = NULL;

	if (!context || !tables->cluster.resolver ||
	    resolver_context(tables->cluster.resolver, context, time(NULL), &warnings, &rows))
		return json_null();
	for (size_t i = 0; !reason && i < rows.unresolved_count; i++)
		if (is_about(&rows.unresolved[i], context->meta.name, service))
			reason = json_string(rows.unresolved[i].reason);
	problems_clear(&warnings);
	resolver_rows_clear(&rows);
	return reason ? reason : json_null();
}

static void add_manifests(const struct source_manifests *source, const char *context,
			  const char *service, json_t *object)
{
	const struct manifest_entry *entry = manifest_index_find(&source->tables.index, context);
	const struct object_context *found = entry ? entry->context : NULL;

	json_object_set_new(object, "source", json_string("manifests"));
	json_object_set_new(object, "directory", json_string(source->directory));
	json_object_set_new(object, "refused", list_problems(&source->refused));
	json_object_set_new(object, "known", json_boolean(found));
	json_object_set_new(object, "expired",
			    json_boolean(found && found->expires && found->expires <= time(NULL)));
	json_object_set_new(object, "unresolved", find_reason(&source->tables, found, service));
}

static void add_manager(const struct source_manager *source, json_t *object)
{
	const char *url = source->options->urls[source->url];
	char time[FORMAT_SIZE];

	json_object_set_new(object, "source", json_string("manager"));
	json_object_set_new(object, "url", json_string(url));
	json_object_set_new(object, "connected", json_boolean(source->connected));
	json_object_set_new(object, "revision", json_integer((json_int_t)source->done.revision));
	json_object_set_new(object, "last_contact",
			    source->last_contact
				    ? json_string(format_timestamp(source->last_contact, time))
				    : json_null());
	json_object_set_new(
		object, "silent_seconds",
		source->last_contact
			? json_integer((json_int_t)((clock_wall() - source->last_contact) /
						    CLOCK_SECOND))
			: json_null());
	json_object_set_new(object, "problem",
			    source->problem[0] ? json_string(source->problem) : json_null());
}

/* What the tables should have, and why they may not. */
static void add_mirror(const struct sync *sync, const char *context, const char *service,
		       json_t *object)
{
	const struct mirror *mirror = &sync->mirror;
	const struct mirror_override *override = NULL;
	__u32 slot = mirror_find_service(mirror, service);

	if (slot != MIRROR_NONE)
		slot = mirror_find_override(mirror, context, slot);
	if (slot != MIRROR_NONE)
		override = mirror_override(mirror, slot);
	json_object_set_new(object, "wanted", json_boolean(override && override->element.wanted));
	json_object_set_new(object, "written", json_boolean(override && override->element.present));
	json_object_set_new(object, "refused_target",
			    json_boolean(override && mirror_is_barred(mirror, override)));
	json_object_set_new(object, "left_out", json_integer((json_int_t)sync_left_out(sync)));
	json_object_set_new(object, "left_out_problems", list_problems(&sync->left_out));
}

static json_t *explain(const struct agent *agent, const char *context, const char *service)
{
	json_t *object = json_object();

	if (!object)
		return NULL;
	if (agent->options->manifests)
		add_manifests(&agent->manifests, context, service, object);
	else
		add_manager(&agent->manager, object);
	add_mirror(&agent->sync, context, service, object);
	return object;
}

void inspect_explain(struct inspect *inspect, struct httpd_request *request)
{
	char problem[QUERY_PROBLEM_SIZE];
	struct query query;

	if (query_parse(httpd_query_text(request), query_names, &query, problem)) {
		inspect_refuse(request, 400, problem);
		return;
	}
	if (!query.values[QUERY_CONTEXT] || !query.values[QUERY_SERVICE])
		inspect_refuse(request, 400, "context and service are needed\n");
	else
		inspect_reply(request, explain(inspect->agent, query.values[QUERY_CONTEXT],
					       query.values[QUERY_SERVICE]));
	query_clear(&query);
}
