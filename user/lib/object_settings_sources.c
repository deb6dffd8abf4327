// SPDX-License-Identifier: Apache-2.0
#include "user/lib/object_settings.h"

#include <string.h>
#include "user/lib/text.h"

static const char *const source_names[] = {"namespaces", "addresses", NULL};
static const char *const edge_names[] = {"namespace", "labels", "addresses", NULL};

static const char *read_namespace(struct field_reader *reader, const struct field *field)
{
	const char *text = field_required_string(reader, field);

	if (!text || text_is_dns_label(text))
		return text;
	field_problem(reader, field,
		      "has to be the name of a namespace, 1 to 63 of a-z 0-9 and -, but is \"%s\"",
		      text);
	return NULL;
}

static void read_namespaces(struct field_reader *reader, const struct field *sources,
			    struct object_settings *settings)
{
	struct field list = field_get(sources, "namespaces");
	size_t count = object_settings_list(reader, &list, OBJECT_NAMESPACES_MAX);
	const char **items = arena_alloc(reader->arena, count * sizeof(*items));

	if (!items) {
		field_no_memory(reader);
		return;
	}
	settings->source_namespaces = items;
	for (size_t i = 0; i < count; i++) {
		struct field field = field_item(&list, i);
		const char *name = read_namespace(reader, &field);

		for (size_t j = 0; name && j < settings->source_namespace_count; j++)
			if (!strcmp(items[j], name))
				field_problem(reader, &field,
					      "%s is there already, as namespaces[%zu]; remove one",
					      name, j);
		if (name)
			items[settings->source_namespace_count++] = name;
	}
}

static void read_sources(struct field_reader *reader, const struct field *spec,
			 struct object_settings *settings)
{
	struct field sources = field_get(spec, "markerSources");
	struct field list = field_get(&sources, "addresses");
	struct shunt_prefix *items;
	size_t count;

	if (!field_mapping(reader, &sources))
		return;
	settings->sources_listed = true;
	field_check_names(reader, &sources, source_names);
	read_namespaces(reader, &sources, settings);
	count = object_settings_list(reader, &list, OBJECT_ADDRESSES_MAX);
	items = arena_alloc(reader->arena, count * sizeof(*items));
	if (!items) {
		field_no_memory(reader);
		return;
	}
	settings->source_addresses.items = items;
	if (count)
		object_settings_prefixes(reader, &list, items, &settings->source_addresses.count);
}

static bool is_named(const struct object_settings *settings, const char *namespace)
{
	for (size_t i = 0; i < settings->source_namespace_count; i++)
		if (!strcmp(settings->source_namespaces[i], namespace))
			return true;
	for (size_t i = 0; i < settings->edge_count; i++)
		if (!strcmp(settings->edges[i].namespace, namespace))
			return true;
	return false;
}

/* What is being filled. */
struct edges {
	struct object_workload *workloads;
	struct shunt_prefix *prefixes;
	size_t namespaces; /* that are named, each once */
};

static void read_workload(struct field_reader *reader, const struct field *edge,
			  struct object_settings *settings, struct edges *edges)
{
	struct field namespace = field_get(edge, "namespace");
	struct field labels = field_get(edge, "labels");
	struct object_workload *added = &edges->workloads[settings->edge_count];

	added->namespace = read_namespace(reader, &namespace);
	object_read_labels(reader, &labels, &added->labels);
	if (!added->namespace)
		return;
	if (!is_named(settings, added->namespace) && ++edges->namespaces > OBJECT_NAMESPACES_MAX)
		field_problem(reader, &namespace,
			      "is one namespace too many: markerSources and edges may name %d "
			      "together; remove some",
			      OBJECT_NAMESPACES_MAX);
	settings->edge_count++;
}

static void read_edge(struct field_reader *reader, const struct field *edge,
		      struct object_settings *settings, struct edges *edges)
{
	struct field namespace = field_get(edge, "namespace");
	struct field labels = field_get(edge, "labels");
	struct field addresses = field_get(edge, "addresses");

	if (!edge->node)
		field_problem(reader, edge, "is empty; remove it");
	if (!field_mapping(reader, edge))
		return;
	field_check_names(reader, edge, edge_names);
	if (!namespace.node == !addresses.node)
		field_problem(reader, edge, "has %s namespace and addresses; give exactly one",
			      namespace.node ? "both" : "none of");
	else if (addresses.node && labels.node)
		field_problem(reader, &labels, "are of pods; give a namespace with them");
	else if (addresses.node)
		object_settings_prefixes(reader, &addresses, edges->prefixes,
					 &settings->edge_addresses.count);
	else
		read_workload(reader, edge, settings, edges);
}

static size_t count_addresses(const struct field *list, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		const struct document_node *addresses =
			document_get(&list->node->items[i], "addresses");

		if (addresses && addresses->type == DOCUMENT_SEQUENCE)
			found += addresses->count;
	}
	return found;
}

static void read_edges(struct field_reader *reader, const struct field *spec,
		       struct object_settings *settings)
{
	struct field list = field_get(spec, "edges");
	size_t count = object_settings_list(reader, &list, OBJECT_EDGES_MAX);
	size_t addresses = count_addresses(&list, count);
	struct edges edges = {.namespaces = settings->source_namespace_count};

	if (addresses > OBJECT_ADDRESSES_MAX) {
		field_problem(reader, &list, "has %zu addresses; at most %d are allowed", addresses,
			      OBJECT_ADDRESSES_MAX);
		return;
	}
	edges.workloads = arena_alloc(reader->arena, count * sizeof(*edges.workloads));
	edges.prefixes = arena_alloc(reader->arena, addresses * sizeof(*edges.prefixes));
	if (!edges.workloads || !edges.prefixes) {
		field_no_memory(reader);
		return;
	}
	settings->edges = edges.workloads;
	settings->edge_addresses.items = edges.prefixes;
	for (size_t i = 0; i < count; i++) {
		struct field edge = field_item(&list, i);

		read_edge(reader, &edge, settings, &edges);
	}
}

void object_settings_sources(struct field_reader *reader, const struct field *spec,
			     struct object_settings *settings)
{
	read_sources(reader, spec, settings);
	read_edges(reader, spec, settings);
}
