// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/manager/catalog_state.h"

/* A resolution being put together, and where the next of each kind goes in its block. */
struct builder {
	const struct catalog *catalog;
	const struct object_context *context; /* NULL: no rows */
	struct catalog_resolution *made;
	struct shunt_endpoint *endpoints;
	char *text;
};

bool catalog_is_of_override(const char *service, const struct object_override *override)
{
	size_t namespace_length = strlen(override->namespace);
	size_t length = strlen(override->service);

	if (strncmp(service, override->namespace, namespace_length) != 0 ||
	    service[namespace_length] != '/')
		return false;
	service += namespace_length + 1;
	return strncmp(service, override->service, length) == 0 &&
	       (service[length] == ':' || service[length] == '\0');
}

/* Index of the override; the search begins at *hint, since neighbours often are in order. */
static size_t find_outcome(const struct object_context *context, const char *service, size_t *hint)
{
	for (size_t i = 0; i < context->override_count; i++) {
		size_t index = (*hint + i) % context->override_count;

		if (catalog_is_of_override(service, &context->overrides[index])) {
			*hint = index;
			return index;
		}
	}
	return 0; /* not reached: every row is of an override */
}

static const char *service_of(const struct builder *builder, const struct tables_override *row)
{
	return builder->catalog->current->names[row->service]->text;
}

static size_t text_size(const struct builder *builder)
{
	const struct resolver_rows *rows = &builder->catalog->scratch;
	const struct object_context *context = builder->context;
	size_t size = 0;

	for (size_t i = 0; i < context->override_count; i++)
		size += strlen(context->overrides[i].namespace) +
			strlen(context->overrides[i].service) + strlen("/") + 1;
	/* "port: reason; " at most, where the service's name is there too. */
	for (size_t i = 0; i < rows->unresolved_count; i++)
		size += strlen(rows->unresolved[i].service) + strlen(rows->unresolved[i].reason) +
			strlen(": ; ") + 1;
	return size;
}

/* Allocates the block: rows, outcomes, endpoints, texts. */
static int allocate(struct builder *builder)
{
	const struct resolver_rows *rows = &builder->catalog->scratch;
	size_t endpoints = 0, outcomes = 0, texts = 0;
	struct catalog_resolution *made;

	for (size_t i = 0; i < rows->override_count; i++)
		endpoints += rows->overrides[i].endpoint_count;
	if (builder->context) {
		outcomes = builder->context->override_count;
		texts = text_size(builder);
	}
	made = calloc(1, sizeof(*made) + rows->override_count * sizeof(*made->rows) +
				 outcomes * sizeof(*made->outcomes) +
				 endpoints * sizeof(struct shunt_endpoint) + texts);
	if (!made)
		return -ENOMEM;
	made->rows = (void *)(made + 1);
	made->row_count = rows->override_count;
	made->outcomes = (void *)(made->rows + made->row_count);
	made->outcome_count = outcomes;
	builder->endpoints = (void *)(made->outcomes + outcomes);
	builder->text = (char *)(builder->endpoints + endpoints);
	builder->made = made;
	return 0;
}

static void add_text(struct builder *builder, const char *text, size_t length)
{
	memcpy(builder->text, text, length);
	builder->text += length;
}

static void add_outcomes(struct builder *builder)
{
	const struct object_context *context = builder->context;

	for (size_t i = 0; i < context->override_count; i++) {
		const struct object_override *override = &context->overrides[i];

		builder->made->outcomes[i].service = builder->text;
		add_text(builder, override->namespace, strlen(override->namespace));
		add_text(builder, "/", 1);
		add_text(builder, override->service, strlen(override->service) + 1);
	}
}

static void add_rows(struct builder *builder)
{
	const struct resolver_rows *rows = &builder->catalog->scratch;
	size_t hint = 0;

	for (size_t i = 0; i < rows->override_count; i++) {
		const struct tables_override *from = &rows->overrides[i];
		struct catalog_row *row = &builder->made->rows[i];

		row->service = service_of(builder, from);
		row->outcome = find_outcome(builder->context, row->service, &hint);
		row->on_unreachable = from->on_unreachable;
		row->flags = from->flags;
		row->endpoint_count = from->endpoint_count;
		row->endpoints = builder->endpoints;
		memcpy(builder->endpoints, from->endpoints,
		       from->endpoint_count * sizeof(*from->endpoints));
		builder->endpoints += from->endpoint_count;
		builder->made->outcomes[row->outcome].state = CATALOG_RESOLVED;
	}
}

/* The reasons, which for one override stand side by side: "reason", or "port: reason; ...". */
static void add_reasons(struct builder *builder)
{
	const struct resolver_rows *rows = &builder->catalog->scratch;
	size_t hint = 0;

	for (size_t i = 0; i < rows->unresolved_count; i++) {
		const struct tables_unresolved *from = &rows->unresolved[i];
		size_t index = find_outcome(builder->context, from->service, &hint);
		struct catalog_outcome *outcome = &builder->made->outcomes[index];
		const char *port = strchr(from->service, ':');

		if (outcome->state == CATALOG_RESOLVED)
			outcome->state = CATALOG_PARTIAL;
		if (outcome->reason) {
			builder->text--; /* the NUL */
			add_text(builder, "; ", 2);
		} else {
			outcome->reason = builder->text;
		}
		if (port) {
			add_text(builder, port + 1, strlen(port + 1));
			add_text(builder, ": ", 2);
		}
		add_text(builder, from->reason, strlen(from->reason) + 1);
	}
}

static void summarize(struct catalog_resolution *made)
{
	made->resolved = made->accepted && !made->expired;
	for (size_t i = 0; i < made->outcome_count; i++)
		made->resolved = made->resolved && made->outcomes[i].state == CATALOG_RESOLVED;
}

int catalog_resolution_make(struct catalog *catalog, struct catalog_entry *entry, time_t now)
{
	const struct object_context *context = entry->content.context;
	bool expired = context && context->expires && context->expires <= now;
	struct builder builder = {.catalog = catalog, .context = expired ? NULL : context};
	struct problems warnings = {0};
	int error = 0;

	catalog->scratch.override_count = catalog->scratch.unresolved_count = 0;
	if (builder.context)
		error = resolver_context(catalog->resolver, context, now, &warnings,
					 &catalog->scratch);
	problems_clear(&warnings);
	if (!error)
		error = allocate(&builder);
	if (error)
		return error;
	if (builder.context) {
		add_outcomes(&builder);
		add_rows(&builder);
		add_reasons(&builder);
	}
	builder.made->generation = entry->content.generation;
	builder.made->accepted = context != NULL;
	builder.made->expired = expired;
	if (catalog->signing && builder.made->row_count)
		builder.made->tag = keys_tag(catalog->signing, entry->name);
	summarize(builder.made);
	entry->next = builder.made;
	return 0;
}

static bool rows_equal(const struct catalog_row *a, const struct catalog_row *b)
{
	return a->on_unreachable == b->on_unreachable && a->flags == b->flags &&
	       a->endpoint_count == b->endpoint_count &&
	       memcmp(a->endpoints, b->endpoints, a->endpoint_count * sizeof(*a->endpoints)) == 0;
}

/* It is removed where there is no resolution that it is of. */
static int add_row(struct changes *changes, const char *context, const struct catalog_row *row,
		   const struct catalog_resolution *resolution)
{
	struct change_override change = {.context = context, .service = row->service};

	if (resolution) {
		change.endpoints = row->endpoints;
		change.endpoint_count = row->endpoint_count;
		change.on_unreachable = row->on_unreachable;
		change.flags = row->flags;
		change.tag = resolution->tag;
	}
	return changes_add_override(changes, &change);
}

int catalog_resolution_diff(const char *context, const struct catalog_resolution *old,
			    const struct catalog_resolution *new, struct changes *changes)
{
	size_t i = 0, j = 0, old_count = old ? old->row_count : 0;
	size_t new_count = new ? new->row_count : 0;
	int error = 0;

	while (!error && (i < old_count || j < new_count)) {
		int order = i == old_count   ? 1
			    : j == new_count ? -1
					     : strcmp(old->rows[i].service, new->rows[j].service);

		if (order < 0)
			error = add_row(changes, context, &old->rows[i], NULL);
		else if (order > 0 || !rows_equal(&old->rows[i], &new->rows[j]))
			error = add_row(changes, context, &new->rows[j], new);
		i += order <= 0;
		j += order >= 0;
	}
	return error;
}

static bool outcomes_equal(const struct catalog_outcome *a, const struct catalog_outcome *b)
{
	return a->state == b->state && strcmp(a->service, b->service) == 0 &&
	       strcmp(a->reason ? a->reason : "", b->reason ? b->reason : "") == 0;
}

bool catalog_resolution_equals(const struct catalog_resolution *a,
			       const struct catalog_resolution *b)
{
	if (a->accepted != b->accepted || a->expired != b->expired ||
	    a->generation != b->generation || a->row_count != b->row_count ||
	    a->outcome_count != b->outcome_count)
		return false;
	for (size_t i = 0; i < a->row_count; i++)
		if (strcmp(a->rows[i].service, b->rows[i].service) != 0 ||
		    !rows_equal(&a->rows[i], &b->rows[i]))
			return false;
	for (size_t i = 0; i < a->outcome_count; i++)
		if (!outcomes_equal(&a->outcomes[i], &b->outcomes[i]))
			return false;
	return true;
}
