// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "user/lib/object_read.h"
#include "user/lib/text.h"

static size_t count_ports(const struct field *containers)
{
	size_t count = 0;

	for (size_t i = 0; i < containers->node->count; i++) {
		const struct document_node *ports =
			document_get(&containers->node->items[i], "ports");

		if (ports && ports->type == DOCUMENT_SEQUENCE)
			count += ports->count;
	}
	return count;
}

static void read_container_ports(struct field_reader *reader, const struct field *container,
				 struct object_port *items, size_t *count)
{
	struct field list = field_get(container, "ports");
	size_t listed = field_sequence(reader, &list);

	for (size_t i = 0; i < listed; i++) {
		struct field port = field_item(&list, i);
		struct field name = field_get(&port, "name");
		struct field number = field_get(&port, "containerPort");
		struct object_port *added = &items[*count];

		/* A port without a name cannot be a named targetPort. */
		if (!field_mapping(reader, &port) || !name.node || field_equals(&name, "") ||
		    !object_port_is_tcp(&port))
			continue;
		added->name = field_string(reader, &name);
		if (added->name && object_read_port_number(reader, &number, &added->number))
			++*count;
	}
}

static void read_ports(struct field_reader *reader, const struct field *spec,
		       struct object_pod *pod)
{
	struct field containers = field_get(spec, "containers");
	size_t count = field_sequence(reader, &containers);
	struct object_port *items;

	if (!count)
		return;
	items = arena_alloc(reader->arena, count_ports(&containers) * sizeof(*items));
	if (!items) {
		field_no_memory(reader);
		return;
	}
	pod->ports.items = items;
	for (size_t i = 0; i < count; i++) {
		struct field container = field_item(&containers, i);

		if (field_mapping(reader, &container))
			read_container_ports(reader, &container, items, &pod->ports.count);
	}
}

static bool is_ready(struct field_reader *reader, const struct field *status)
{
	struct field conditions = field_get(status, "conditions");
	size_t count = field_sequence(reader, &conditions);

	for (size_t i = 0; i < count; i++) {
		struct field condition = field_item(&conditions, i);
		struct field type = field_get(&condition, "type");
		struct field value = field_get(&condition, "status");

		if (field_equals(&type, "Ready"))
			return field_equals(&value, "True");
	}
	return false;
}

static void read_status(struct field_reader *reader, const struct field *root,
			struct object_pod *pod)
{
	struct field status = field_get(root, "status");
	struct field phase = field_get(&status, "phase");
	struct field metadata = field_get(root, "metadata");
	struct field deletion = field_get(&metadata, "deletionTimestamp");

	if (!field_mapping(reader, &status))
		return;
	object_read_addresses(reader, &status, "podIPs", "ip", "podIP", &pod->addresses);
	pod->finished = field_equals(&phase, "Succeeded") || field_equals(&phase, "Failed");
	pod->probed = field_equals(&phase, "Running") && !deletion.node && pod->addresses.count;
	pod->ready = pod->probed && is_ready(reader, &status);
}

static void read_labels(struct field_reader *reader, const struct field *root,
			struct object_pod *pod)
{
	struct field metadata = field_get(root, "metadata");
	struct field labels = field_get(&metadata, "labels");
	const char *offloaded, *service, *sha;

	object_read_labels(reader, &labels, &pod->labels);
	offloaded = object_label(&pod->labels, OBJECT_LABEL_OFFLOADED);
	if (!offloaded || strcmp(offloaded, "true"))
		return;
	service = object_label(&pod->labels, OBJECT_LABEL_SERVICE);
	sha = object_label(&pod->labels, OBJECT_LABEL_SHA);
	pod->offloaded_service = service ? service : "";
	pod->offloaded_sha = sha ? sha : "";
}

/* Only for people, so that one that is none is no reason to refuse the pod. */
static void read_created(const struct field *root, struct object_pod *pod)
{
	struct field metadata = field_get(root, "metadata");
	struct field created = field_get(&metadata, "creationTimestamp");

	if (!created.node || created.node->type != DOCUMENT_SCALAR ||
	    text_parse_time(created.node->text, &pod->created))
		pod->created = 0;
}

void object_read_pod(struct field_reader *reader, const struct field *root, struct object_pod *pod)
{
	struct field spec = field_get(root, "spec");
	struct field host_network = field_get(&spec, "hostNetwork");

	object_read_dns_meta(reader, root, &pod->meta);
	read_labels(reader, root, pod);
	read_created(root, pod);
	read_status(reader, root, pod);
	if (!field_mapping(reader, &spec))
		return;
	pod->host_network = field_boolean(reader, &host_network, false);
	read_ports(reader, &spec, pod);
}
