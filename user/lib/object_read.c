// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/object_read.h"
#include "user/lib/text.h"

static const char *const root_names[] = {"apiVersion", "kind", "metadata", "spec", "status", NULL};
/* What the API server adds, and what people may write. */
static const char *const metadata_names[] = {"annotations",
					     "creationTimestamp",
					     "deletionGracePeriodSeconds",
					     "deletionTimestamp",
					     "finalizers",
					     "generateName",
					     "generation",
					     "labels",
					     "managedFields",
					     "name",
					     "namespace",
					     "ownerReferences",
					     "resourceVersion",
					     "selfLink",
					     "uid",
					     NULL};

void object_read_meta(struct field_reader *reader, const struct field *root,
		      struct object_meta *meta)
{
	struct field metadata = field_get(root, "metadata");
	struct field name = field_get(&metadata, "name");
	struct field namespace = field_get(&metadata, "namespace");

	meta->file = reader->file;
	meta->line = root->node->line;
	if (metadata.node && !field_mapping(reader, &metadata))
		return;
	meta->name = field_required_string(reader, &name);
	meta->namespace = field_string(reader, &namespace);
	if (!meta->namespace || !*meta->namespace)
		meta->namespace = "default";
	else if (!text_is_dns_label(meta->namespace))
		field_problem(reader, &namespace,
			      "has to be 1 to 63 of a-z 0-9 and -, but is \"%s\"", meta->namespace);
}

void object_read_own_meta(struct field_reader *reader, const struct field *root,
			  struct object_meta *meta)
{
	struct field metadata = field_get(root, "metadata");

	field_check_names(reader, root, root_names);
	object_read_meta(reader, root, meta);
	if (metadata.node && metadata.node->type == DOCUMENT_MAPPING)
		field_check_names(reader, &metadata, metadata_names);
}

void object_read_dns_meta(struct field_reader *reader, const struct field *root,
			  struct object_meta *meta)
{
	struct field metadata = field_get(root, "metadata");
	struct field name = field_get(&metadata, "name");

	object_read_meta(reader, root, meta);
	if (meta->name && !text_is_dns_name(meta->name))
		field_problem(reader, &name,
			      "has to be a DNS name of a-z 0-9 - and ., but is \"%s\"", meta->name);
}

static int compare_labels(const void *a, const void *b)
{
	const struct object_label *x = a, *y = b;

	return strcmp(x->key, y->key);
}

void object_read_labels(struct field_reader *reader, const struct field *field,
			struct object_labels *labels)
{
	struct object_label *items;
	size_t count = 0;

	if (!field_mapping(reader, field))
		return;
	items = arena_alloc(reader->arena, field->node->count * sizeof(*items));
	if (!items) {
		field_no_memory(reader);
		return;
	}
	for (unsigned int i = 0; i < field->node->count; i++) {
		const struct document_node *key = &field->node->items[2 * i];
		struct field value = field_get(field, key->text);
		const char *text = value.node ? field_string(reader, &value) : "";

		items[count].key = arena_copy(reader->arena, key->text, key->count);
		items[count].value = text;
		if (!items[count].key)
			field_no_memory(reader);
		if (items[count].key && text)
			count++;
	}
	array_sort(items, count, sizeof(*items), compare_labels);
	labels->items = items;
	labels->count = count;
}

const char *object_label(const struct object_labels *labels, const char *key)
{
	struct object_label wanted = {.key = key};
	size_t i = array_lower_bound(&wanted, labels->items, labels->count, sizeof(wanted),
				     compare_labels);

	return i < labels->count && !strcmp(labels->items[i].key, key) ? labels->items[i].value
								       : NULL;
}

void object_read_service_name(struct field_reader *reader, const struct field *field,
			      const char *fallback, const char **namespace, const char **service)
{
	const char *text = field_required_string(reader, field);
	const char *slash;

	*namespace = fallback;
	*service = NULL;
	if (!text)
		return;
	slash = strchr(text, '/');
	*service = slash ? slash + 1 : text;
	if (slash) {
		*namespace = arena_copy(reader->arena, text, (size_t)(slash - text));
		if (!*namespace) {
			field_no_memory(reader);
			return;
		}
	}
	if (!text_is_dns_label(*namespace) || !text_is_dns_label(*service))
		field_problem(reader, field,
			      "has to be namespace/name or name, each of a-z 0-9 and -, "
			      "but is \"%s\"",
			      text);
}

bool object_read_address(struct field_reader *reader, const struct field *field,
			 struct shunt_address *address)
{
	const char *text = field_string(reader, field);

	if (!text)
		return false;
	if (!address_parse(text, address))
		return true;
	field_problem(reader, field, "has to be an IPv4 or IPv6 address, but is \"%s\"", text);
	return false;
}

void object_read_addresses(struct field_reader *reader, const struct field *parent,
			   const char *list, const char *member, const char *single,
			   struct object_addresses *addresses)
{
	struct field all = field_get(parent, list);
	size_t listed = field_sequence(reader, &all), count = listed ? listed : 1;
	struct shunt_address *items = arena_alloc(reader->arena, count * sizeof(*items));

	if (!items) {
		field_no_memory(reader);
		return;
	}
	addresses->items = items;
	for (size_t i = 0; i < count; i++) {
		struct field item = listed ? field_item(&all, i) : field_get(parent, single);
		struct field address = listed && member ? field_get(&item, member) : item;

		if (!address.node || field_equals(&address, "") ||
		    (!member && field_equals(&address, "None")))
			continue;
		if (object_read_address(reader, &address, &items[addresses->count]))
			addresses->count++;
	}
}

bool object_read_port_number(struct field_reader *reader, const struct field *field, __u16 *number)
{
	long value;

	if (!field->node) {
		field_problem(reader, field, "is missing");
		return false;
	}
	if (!field_number(reader, field, 1, 65535, &value))
		return false;
	*number = (__u16)value;
	return true;
}

bool object_port_is_tcp(const struct field *port)
{
	struct field protocol = field_get(port, "protocol");

	return !protocol.node || field_equals(&protocol, "TCP");
}
