// SPDX-License-Identifier: Apache-2.0
#include "user/lib/object_read.h"

#define LABEL_SERVICE_NAME "kubernetes.io/service-name"

/* An absent condition "ready" means yes, an absent "serving" means as "ready" says. */
static bool is_usable(struct field_reader *reader, const struct field *endpoint, bool *is_ready)
{
	struct field conditions = field_get(endpoint, "conditions");
	struct field ready = field_get(&conditions, "ready");
	struct field serving = field_get(&conditions, "serving");

	*is_ready = field_boolean(reader, &ready, true);
	return *is_ready || field_boolean(reader, &serving, false);
}

/* Ready ones go before the others. */
static void add_addresses(struct field_reader *reader, const struct field *endpoint, bool ready,
			  struct shunt_address *items, struct object_slice *slice)
{
	struct field list = field_get(endpoint, "addresses");
	size_t listed = field_sequence(reader, &list);

	for (size_t i = 0; i < listed; i++) {
		struct shunt_address *added = &items[slice->addresses.count];
		struct field address = field_item(&list, i);
		struct shunt_address first;

		if (!address.node || !object_read_address(reader, &address, added))
			continue;
		slice->addresses.count++;
		if (!ready)
			continue;
		first = items[slice->ready_count];
		items[slice->ready_count++] = *added;
		*added = first;
	}
}

static size_t count_addresses(const struct field *endpoints)
{
	size_t count = 0;

	for (size_t i = 0; i < endpoints->node->count; i++) {
		const struct document_node *addresses =
			document_get(&endpoints->node->items[i], "addresses");

		if (addresses && addresses->type == DOCUMENT_SEQUENCE)
			count += addresses->count;
	}
	return count;
}

static void read_addresses(struct field_reader *reader, const struct field *root,
			   struct object_slice *slice)
{
	struct field endpoints = field_get(root, "endpoints");
	size_t count = field_sequence(reader, &endpoints);
	struct shunt_address *items;

	if (!count)
		return;
	items = arena_alloc(reader->arena, count_addresses(&endpoints) * sizeof(*items));
	if (!items) {
		field_no_memory(reader);
		return;
	}
	slice->addresses.items = items;
	for (size_t i = 0; i < count; i++) {
		struct field endpoint = field_item(&endpoints, i);
		bool ready;

		if (field_mapping(reader, &endpoint) && is_usable(reader, &endpoint, &ready))
			add_addresses(reader, &endpoint, ready, items, slice);
	}
}

static void read_ports(struct field_reader *reader, const struct field *root,
		       struct object_slice *slice)
{
	struct field list = field_get(root, "ports");
	size_t listed = field_sequence(reader, &list);
	struct object_port *items = arena_alloc(reader->arena, listed * sizeof(*items));

	if (!items) {
		field_no_memory(reader);
		return;
	}
	slice->ports.items = items;
	for (size_t i = 0; i < listed; i++) {
		struct field port = field_item(&list, i);
		struct field name = field_get(&port, "name");
		struct field number = field_get(&port, "port");
		struct object_port *added = &items[slice->ports.count];

		/* No number means every port, which no frontend can say. */
		if (!field_mapping(reader, &port) || !object_port_is_tcp(&port) || !number.node)
			continue;
		added->name = name.node ? field_string(reader, &name) : "";
		if (added->name && object_read_port_number(reader, &number, &added->number))
			slice->ports.count++;
	}
}

void object_read_slice(struct field_reader *reader, const struct field *root,
		       struct object_slice *slice)
{
	struct field metadata = field_get(root, "metadata");
	struct field labels = field_get(&metadata, "labels");
	struct field service = field_get(&labels, LABEL_SERVICE_NAME);
	struct field type = field_get(root, "addressType");

	object_read_dns_meta(reader, root, &slice->meta);
	if (!field_mapping(reader, &labels))
		return;
	slice->service = field_string(reader, &service);
	if (!slice->service)
		return;
	read_ports(reader, root, slice);
	if (!field_equals(&type, "FQDN"))
		read_addresses(reader, root, slice);
}
