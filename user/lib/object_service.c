// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "user/lib/object_read.h"

static void read_target_port(struct field_reader *reader, const struct field *port,
			     struct object_service_port *out)
{
	struct field target = field_get(port, "targetPort");

	/* To the API server 0 and "" mean the same as none: the port itself. */
	if (!target.node || field_equals(&target, "") || field_equals(&target, "0")) {
		out->target_number = out->number;
		return;
	}
	if (field_is_number(&target)) {
		object_read_port_number(reader, &target, &out->target_number);
		return;
	}
	out->target_name = field_string(reader, &target);
	if (out->target_name && !out->target_name[strspn(out->target_name, "0123456789")])
		field_problem(reader, &target,
			      "a port name needs a letter; write %s without quotes",
			      out->target_name);
}

static void check_port_unique(struct field_reader *reader, const struct field *port,
			      const struct object_service *service,
			      const struct object_service_port *added)
{
	for (size_t i = 0; i < service->port_count; i++) {
		const struct object_service_port *other = &service->ports[i];

		if (other->number == added->number)
			field_problem(reader, port, "port %u is there already", added->number);
		else if (!*added->name && !*other->name)
			field_problem(reader, port, "of several ports each needs a name");
		else if (!strcmp(other->name, added->name))
			field_problem(reader, port, "the name %s is there already", added->name);
	}
}

static void read_ports(struct field_reader *reader, const struct field *spec,
		       struct object_service *service)
{
	struct field list = field_get(spec, "ports");
	size_t listed = field_sequence(reader, &list);
	struct object_service_port *items = arena_alloc(reader->arena, listed * sizeof(*items));

	if (!items) {
		field_no_memory(reader);
		return;
	}
	service->ports = items;
	for (size_t i = 0; i < listed; i++) {
		struct field port = field_item(&list, i);
		struct field number = field_get(&port, "port");
		struct field name = field_get(&port, "name");
		struct object_service_port *added = &items[service->port_count];

		if (!field_mapping(reader, &port) || !object_port_is_tcp(&port))
			continue;
		added->name = name.node ? field_string(reader, &name) : "";
		if (!added->name || !object_read_port_number(reader, &number, &added->number))
			continue;
		read_target_port(reader, &port, added);
		check_port_unique(reader, &port, service, added);
		service->port_count++;
	}
}

void object_read_service(struct field_reader *reader, const struct field *root,
			 struct object_service *service)
{
	struct field spec = field_get(root, "spec");
	struct field type = field_get(&spec, "type");
	struct field selector = field_get(&spec, "selector");
	struct field affinity = field_get(&spec, "sessionAffinity");

	object_read_dns_meta(reader, root, &service->meta);
	if (!field_mapping(reader, &spec))
		return;
	service->external_name = field_equals(&type, "ExternalName");
	service->affinity = field_equals(&affinity, "ClientIP");
	/* externalIPs, load balancers' addresses and node ports are not read: pods dial the ClusterIP. */
	object_read_addresses(reader, &spec, "clusterIPs", NULL, "clusterIP",
			      &service->cluster_ips);
	object_read_labels(reader, &selector, &service->selector);
	read_ports(reader, &spec, service);
}
