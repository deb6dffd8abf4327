// SPDX-License-Identifier: Apache-2.0
/* What can be overridden, and how many contexts do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/array.h"
#include "user/lib/format.h"
#include "user/manager/catalog_state.h"

struct service_use {
	size_t pods;
	size_t contexts;
};

/* "namespace/name" against an object's. */
static int compare_service(const void *key, const void *item)
{
	const struct object_meta *meta = item;
	const char *text = key, *slash = strchr(text, '/');
	size_t length = (size_t)(slash - text);
	int order = strncmp(text, meta->namespace, length);

	if (order)
		return order;
	return meta->namespace[length] ? -1 : strcmp(slash + 1, meta->name);
}

static void count_contexts(const struct catalog *catalog, struct service_use *uses)
{
	const struct object_set *objects = catalog->objects;

	for (size_t i = 0; i < catalog->entry_count; i++) {
		const struct catalog_entry *entry = catalog->entries[i];
		size_t count =
			entry->resolution && !entry->removed ? entry->resolution->outcome_count : 0;

		for (size_t j = 0; j < count; j++) {
			const char *name = entry->resolution->outcomes[j].service;
			size_t k =
				array_lower_bound(name, objects->services, objects->service_count,
						  sizeof(*objects->services), compare_service);

			if (k < objects->service_count &&
			    !compare_service(name, &objects->services[k]))
				uses[k].contexts++;
		}
	}
}

static int compare_meta(const void *key, const void *item)
{
	return object_meta_compare(key, item);
}

/* The service that an offloaded pod is for: its index, or the count where it is not there. */
static size_t find_service(const struct object_set *objects, const struct object_pod *pod)
{
	struct object_meta wanted = {.namespace = pod->meta.namespace,
				     .name = pod->offloaded_service};
	size_t i;

	if (!pod->offloaded_service || pod->finished)
		return objects->service_count;
	i = array_lower_bound(&wanted, objects->services, objects->service_count,
			      sizeof(*objects->services), compare_meta);
	if (i < objects->service_count && object_meta_compare(&wanted, &objects->services[i].meta))
		return objects->service_count;
	return i;
}

static void count_pods(const struct object_set *objects, struct service_use *uses)
{
	for (size_t i = 0; i < objects->pod_count; i++) {
		size_t service = find_service(objects, &objects->pods[i]);

		if (service < objects->service_count)
			uses[service].pods++;
	}
}

static json_t *ports_json(const struct object_service *service)
{
	json_t *ports = json_array();

	for (size_t i = 0; ports && i < service->port_count; i++) {
		const struct object_service_port *port = &service->ports[i];

		json_array_append_new(ports, json_pack("{s:s, s:i}", "name", port->name, "port",
						       (int)port->number));
	}
	return ports;
}

json_t *catalog_services(const struct catalog *catalog)
{
	const struct object_set *objects = catalog->objects;
	size_t count = objects ? objects->service_count : 0;
	struct service_use *uses = calloc(count + 1, sizeof(*uses));
	json_t *services = uses ? json_array() : NULL;

	if (services && count) {
		count_contexts(catalog, uses);
		count_pods(objects, uses);
	}
	for (size_t i = 0; services && i < count; i++) {
		const struct object_service *service = &objects->services[i];
		json_t *item = json_pack(
			"{s:s, s:s, s:o, s:I, s:I}", "namespace", service->meta.namespace, "name",
			service->meta.name, "ports", ports_json(service), "offloaded",
			(json_int_t)uses[i].pods, "contexts", (json_int_t)uses[i].contexts);

		if (json_array_append_new(services, item)) {
			json_decref(services);
			services = NULL;
		}
	}
	free(uses);
	return services;
}

struct pod_use {
	const struct object_pod *pod;
	size_t contexts;
	size_t last; /* entry that was counted last, from 1 */
};

struct pod_address {
	struct shunt_address address;
	struct pod_use *use;
};

struct pod_uses {
	struct pod_use *pods; /* sorted as they are shown */
	size_t pod_count;
	struct pod_address *addresses; /* sorted */
	size_t address_count;
};

static int compare_pods(const void *a, const void *b)
{
	const struct object_pod *x = ((const struct pod_use *)a)->pod;
	const struct object_pod *y = ((const struct pod_use *)b)->pod;
	int order = strcmp(x->meta.namespace, y->meta.namespace);

	if (!order)
		order = strcmp(x->offloaded_service, y->offloaded_service);
	if (!order)
		order = strcmp(x->offloaded_sha, y->offloaded_sha);
	return order ? order : strcmp(x->meta.name, y->meta.name);
}

static int compare_addresses(const void *a, const void *b)
{
	const struct pod_address *x = a, *y = b;

	return address_compare(&x->address, &y->address);
}

static int gather(const struct object_set *objects, struct pod_uses *uses)
{
	size_t addresses = 0;

	uses->pods = calloc(objects->pod_count + 1, sizeof(*uses->pods));
	if (!uses->pods)
		return -ENOMEM;
	for (size_t i = 0; i < objects->pod_count; i++) {
		if (find_service(objects, &objects->pods[i]) == objects->service_count)
			continue;
		uses->pods[uses->pod_count++].pod = &objects->pods[i];
		addresses += objects->pods[i].addresses.count;
	}
	array_sort(uses->pods, uses->pod_count, sizeof(*uses->pods), compare_pods);
	uses->addresses = calloc(addresses + 1, sizeof(*uses->addresses));
	if (!uses->addresses)
		return -ENOMEM;
	for (size_t i = 0; i < uses->pod_count; i++) {
		const struct object_pod *pod = uses->pods[i].pod;

		for (size_t j = 0; pod->ready && j < pod->addresses.count; j++)
			uses->addresses[uses->address_count++] = (struct pod_address){
				.address = pod->addresses.items[j], .use = &uses->pods[i]};
	}
	array_sort(uses->addresses, uses->address_count, sizeof(*uses->addresses),
		   compare_addresses);
	return 0;
}

static void count_endpoint(struct pod_uses *uses, const struct shunt_endpoint *endpoint,
			   size_t number)
{
	struct pod_address wanted = {.address = endpoint->address};
	size_t i = array_lower_bound(&wanted, uses->addresses, uses->address_count, sizeof(wanted),
				     compare_addresses);

	for (; i < uses->address_count && !compare_addresses(&wanted, &uses->addresses[i]); i++) {
		struct pod_use *use = uses->addresses[i].use;

		if (use->last == number)
			continue;
		use->last = number;
		use->contexts++;
	}
}

/* A context counts once for each pod that its requests can go to now. */
static void count_uses(const struct catalog *catalog, struct pod_uses *uses)
{
	for (size_t i = 0; i < catalog->entry_count; i++) {
		const struct catalog_resolution *resolution = catalog->entries[i]->resolution;

		for (size_t j = 0; resolution && j < resolution->row_count; j++)
			for (size_t k = 0; k < resolution->rows[j].endpoint_count; k++)
				count_endpoint(uses, &resolution->rows[j].endpoints[k], i + 1);
	}
}

static json_t *addresses_json(const struct object_pod *pod)
{
	json_t *addresses = json_array();

	for (size_t i = 0; addresses && i < pod->addresses.count; i++) {
		char text[ADDRESS_TEXT_SIZE];

		json_array_append_new(addresses,
				      json_string(address_format(&pod->addresses.items[i], text)));
	}
	return addresses;
}

static json_t *pod_json(const struct pod_use *use)
{
	const struct object_pod *pod = use->pod;
	char service[SHUNT_SERVICE_NAME_MAX + 1], created[FORMAT_SIZE];

	snprintf(service, sizeof(service), "%s/%s", pod->meta.namespace, pod->offloaded_service);
	return json_pack("{s:s, s:s, s:s, s:b, s:o, s:s*, s:I}", "service", service, "sha",
			 pod->offloaded_sha, "pod", pod->meta.name, "ready",
			 (int)(pod->ready && !pod->host_network), "addresses", addresses_json(pod),
			 "created", pod->created ? format_seconds(pod->created, created) : NULL,
			 "contexts", (json_int_t)use->contexts);
}

json_t *catalog_offloaded(const struct catalog *catalog)
{
	json_t *array = json_array();
	struct pod_uses uses = {0};

	if (!catalog->objects)
		return array;
	if (array && gather(catalog->objects, &uses)) {
		json_decref(array);
		array = NULL;
	}
	if (array)
		count_uses(catalog, &uses);
	for (size_t i = 0; array && i < uses.pod_count; i++) {
		if (json_array_append_new(array, pod_json(&uses.pods[i]))) {
			json_decref(array);
			array = NULL;
		}
	}
	free(uses.pods);
	free(uses.addresses);
	return array;
}
