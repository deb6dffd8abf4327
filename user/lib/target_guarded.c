// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "user/lib/object.h"
#include "user/lib/target.h"

#define API_SERVER_NAMESPACE "default"
#define API_SERVER_SERVICE "kubernetes"

static int add_all(struct address_set *set, const struct object_addresses *addresses)
{
	int err = 0;

	for (size_t i = 0; !err && i < addresses->count; i++)
		err = address_set_add(set, &addresses->items[i]);
	return err;
}

static bool is_api_server(const char *namespace, const char *service)
{
	return !strcmp(namespace, API_SERVER_NAMESPACE) && !strcmp(service, API_SERVER_SERVICE);
}

static int add_services(const struct object_set *objects, struct target_guarded *guarded)
{
	int err = 0;

	for (size_t i = 0; !err && i < objects->service_count; i++) {
		const struct object_service *service = &objects->services[i];
		bool is_own = is_api_server(service->meta.namespace, service->meta.name);

		err = add_all(is_own ? &guarded->api_servers : &guarded->cluster_ips,
			      &service->cluster_ips);
	}
	return err;
}

int target_guarded_find(const struct object_set *objects, struct target_guarded *guarded)
{
	int err;

	*guarded = (struct target_guarded){0};
	err = add_services(objects, guarded);
	for (size_t i = 0; !err && i < objects->slice_count; i++)
		if (is_api_server(objects->slices[i].meta.namespace, objects->slices[i].service))
			err = add_all(&guarded->api_servers, &objects->slices[i].addresses);
	for (size_t i = 0; !err && i < objects->pod_count; i++)
		if (objects->pods[i].host_network && !objects->pods[i].finished)
			err = add_all(&guarded->nodes, &objects->pods[i].addresses);
	address_set_finish(&guarded->nodes);
	address_set_finish(&guarded->api_servers);
	address_set_finish(&guarded->cluster_ips);
	return err;
}
