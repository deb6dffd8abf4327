/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoints of proto/overrides.proto as the value of a carrier's baggage item. */
#ifndef SHUNT_USER_LIB_OVERRIDES_H
#define SHUNT_USER_LIB_OVERRIDES_H

#include <stddef.h>
#include <linux/bpf.h>
#include <shunt/tables.h>
#include "proto/overrides.pb-c.h"
#include "user/lib/proto.h"

/* An endpoint for the requests to a service. */
struct overrides_route {
	char service[SHUNT_SERVICE_NAME_MAX + 1]; /* "users", "shop/users" or "shop/users:http" */
	struct shunt_endpoint endpoint;
};

/* Reads "SERVICE=ADDRESS:PORT". -EINVAL, with the reason in problem. */
int overrides_parse_route(const char *text, struct overrides_route *route,
			  char problem[PROTO_PROBLEM_SIZE]);

/* Makes an item's value, to be freed by the caller. -ENOMEM. */
int overrides_write(const struct overrides_route *routes, size_t count, char **text);

/*
 * Reads an item's value. -EINVAL where it is malformed, with what and where in problem; -ENOMEM.
 * Every address has 4 or 16 bytes then, every port at most 65535. The caller frees *overrides with
 * shunt__v1__overrides__free_unpacked().
 */
int overrides_read(const char *text, size_t length, Shunt__V1__Overrides **overrides,
		   char problem[PROTO_PROBLEM_SIZE]);

/* The endpoint of an item that overrides_read() gave. */
struct shunt_endpoint overrides_endpoint(const Shunt__V1__RoutingOverride *item);

#endif
