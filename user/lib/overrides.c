// SPDX-License-Identifier: Apache-2.0
#include "user/lib/overrides.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/proto.h"
#include "user/lib/text.h"

#define IPV4_SIZE 4
#define IPV6_SIZE 16

/* "name", "namespace/name" or "namespace/name:port". */
static bool is_service(const char *text)
{
	char copy[SHUNT_SERVICE_NAME_MAX + 1];
	char *slash, *colon;

	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (!slash)
		return text_is_dns_label(copy);
	*slash = '\0';
	colon = strchr(slash + 1, ':');
	if (colon)
		*colon = '\0';
	return text_is_dns_label(copy) && text_is_dns_label(slash + 1) &&
	       (!colon || text_is_dns_label(colon + 1));
}

int overrides_parse_route(const char *text, struct overrides_route *route,
			  char problem[PROTO_PROBLEM_SIZE])
{
	const char *equals = strchr(text, '=');
	struct overrides_route parsed = {0};
	size_t length;

	if (!equals) {
		snprintf(problem, PROTO_PROBLEM_SIZE,
			 "'%s' is not SERVICE=ADDRESS:PORT, as shop/users=10.0.0.1:8080 is", text);
		return -EINVAL;
	}
	length = (size_t)(equals - text);
	if (length < sizeof(parsed.service))
		memcpy(parsed.service, text, length);
	if (!is_service(parsed.service)) {
		snprintf(problem, PROTO_PROBLEM_SIZE,
			 "'%.*s' is not NAME, NAMESPACE/NAME or NAMESPACE/NAME:PORT of a service",
			 (int)length, text);
		return -EINVAL;
	}
	if (address_parse_endpoint(equals + 1, &parsed.endpoint)) {
		snprintf(problem, PROTO_PROBLEM_SIZE, "'%s' is not ip:port or [ipv6]:port",
			 equals + 1);
		return -EINVAL;
	}
	*route = parsed;
	return 0;
}

static void fill_item(const struct overrides_route *route, Shunt__V1__RoutingOverride *item)
{
	const struct shunt_address *address = &route->endpoint.address;
	size_t size = address_is_ipv4(address) ? IPV4_SIZE : IPV6_SIZE;

	shunt__v1__routing_override__init(item);
	item->service = (char *)route->service;
	item->address.data = (__u8 *)address->bytes + sizeof(address->bytes) - size;
	item->address.len = size;
	item->port = route->endpoint.port;
}

int overrides_write(const struct overrides_route *routes, size_t count, char **text)
{
	Shunt__V1__Overrides overrides = SHUNT__V1__OVERRIDES__INIT;
	Shunt__V1__RoutingOverride *items = calloc(count ? count : 1, sizeof(*items));
	Shunt__V1__RoutingOverride **pointers = calloc(count ? count : 1, sizeof(*pointers));
	char *encoded = NULL;

	if (items && pointers) {
		for (size_t i = 0; i < count; i++) {
			fill_item(&routes[i], &items[i]);
			pointers[i] = &items[i];
		}
		overrides.n_items = count;
		overrides.items = pointers;
		encoded = proto_to_text(&overrides.base);
	}
	free(pointers);
	free(items);
	if (!encoded)
		return -ENOMEM;
	*text = encoded;
	return 0;
}

static int check_items(const Shunt__V1__Overrides *overrides, char problem[PROTO_PROBLEM_SIZE])
{
	for (size_t i = 0; i < overrides->n_items; i++) {
		const Shunt__V1__RoutingOverride *item = overrides->items[i];

		if (item->address.len != IPV4_SIZE && item->address.len != IPV6_SIZE) {
			snprintf(problem, PROTO_PROBLEM_SIZE,
				 "Overrides: items[%zu].address has %zu bytes, but has to have 4 "
				 "or 16",
				 i, item->address.len);
			return -EINVAL;
		}
		if (item->port > 65535) {
			snprintf(problem, PROTO_PROBLEM_SIZE,
				 "Overrides: items[%zu].port is %u, but has to be at most 65535", i,
				 item->port);
			return -EINVAL;
		}
	}
	return 0;
}

int overrides_read(const char *text, size_t length, Shunt__V1__Overrides **overrides,
		   char problem[PROTO_PROBLEM_SIZE])
{
	ProtobufCMessage *message;
	__u8 *bytes;
	size_t size;
	int error;

	error = proto_from_text(text, length, &bytes, &size, problem);
	if (error)
		return error;
	error = proto_unpack(&shunt__v1__overrides__descriptor, bytes, size, &message, problem);
	free(bytes);
	if (error)
		return error;
	error = check_items((const void *)message, problem);
	if (error)
		protobuf_c_message_free_unpacked(message, NULL);
	else
		*overrides = (Shunt__V1__Overrides *)message;
	return error;
}

struct shunt_endpoint overrides_endpoint(const Shunt__V1__RoutingOverride *item)
{
	struct shunt_address address = {.bytes = {[10] = 0xff, [11] = 0xff}};

	if (item->address.len == IPV4_SIZE)
		memcpy(address.bytes + IPV6_SIZE - IPV4_SIZE, item->address.data, IPV4_SIZE);
	else
		memcpy(address.bytes, item->address.data, IPV6_SIZE);
	return address_with_port(&address, (__u16)item->port);
}
