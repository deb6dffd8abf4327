// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "user/lib/address.h"
#include "user/manager/cluster_kubernetes_state.h"

/*
 * A node stands among the objects as a pod on the host network: its addresses are no service's own,
 * though EndpointSlices of pods on the host network have them.
 */
json_t *cluster_kubernetes_node(json_t *node)
{
	json_t *addresses = json_object_get(json_object_get(node, "status"), "addresses");
	json_t *name = json_object_get(json_object_get(node, "metadata"), "name");
	json_t *list = json_array(), *item;
	size_t i;

	json_array_foreach(addresses, i, item)
	{
		const char *type = json_string_value(json_object_get(item, "type"));

		if (type && (!strcmp(type, "InternalIP") || !strcmp(type, "ExternalIP")))
			json_array_append_new(
				list, json_pack("{s:O?}", "ip", json_object_get(item, "address")));
	}
	return json_pack("{s:s, s:s, s:{s:s, s:O?}, s:{s:b, s:[]}, s:{s:s, s:o}}", "apiVersion",
			 "v1", "kind", "Pod", "metadata", "namespace", CLUSTER_KUBERNETES_NODES,
			 "name", name, "spec", "hostNetwork", 1, "containers", "status", "phase",
			 "Running", "podIPs", list);
}

/* The host of "https://10.0.0.1:6443" or "https://[fd00::1]:6443/path", where it is an address. */
static bool read_host(const char *url, char text[ADDRESS_TEXT_SIZE])
{
	const char *start = strstr(url, "://");
	struct shunt_address address;
	size_t length;

	start = start ? start + 3 : url;
	start += *start == '[';
	length = strcspn(start, start > url && start[-1] == '[' ? "]" : ":/");
	if (length >= ADDRESS_TEXT_SIZE)
		return false;
	memcpy(text, start, length);
	text[length] = '\0';
	return !address_parse(text, &address);
}

/* The API server that is talked to is one, though it may be none of those that the cluster lists. */
json_t *cluster_kubernetes_server(const char *url)
{
	char host[ADDRESS_TEXT_SIZE];

	if (!read_host(url, host))
		return NULL;
	return json_pack("{s:s, s:s, s:{s:s, s:s, s:{s:s}}, s:s, s:[], s:[{s:[s]}]}", "apiVersion",
			 "discovery.k8s.io/v1", "kind", "EndpointSlice", "metadata", "namespace",
			 "default", "name", "shunt-api-server", "labels",
			 "kubernetes.io/service-name", "kubernetes", "addressType",
			 strchr(host, ':') ? "IPv6" : "IPv4", "ports", "endpoints", "addresses",
			 host);
}
