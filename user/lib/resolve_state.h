/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of a resolution share. Only resolve*.c include this. */
#ifndef SHUNT_USER_LIB_RESOLVE_STATE_H
#define SHUNT_USER_LIB_RESOLVE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include "user/lib/address_set.h"
#include "user/lib/object.h"
#include "user/lib/problems.h"
#include "user/lib/resolver.h"
#include "user/lib/tables.h"
#include "user/lib/target.h"

/* A TCP port of a service. Its place in the sorted array is its index in tables.services. */
struct resolve_port {
	struct shunt_service name;
	size_t service; /* index in objects->services */
	const struct object_service_port *port;
};

/* The ports of one service: they stand side by side. */
struct resolve_range {
	size_t first;
	size_t count;
	__u8 fence; /* SHUNT_FENCE_*, of the service */
};

struct resolve_endpoints {
	struct shunt_endpoint *items;
	size_t count;
	size_t capacity;
};

/* An offloaded pod and the service that it says it is for. Sorted by service, sha, usable. */
struct resolve_pod {
	size_t service;
	const struct object_pod *pod;
	bool usable; /* may be a target now */
};

#define RESOLVE_CLAIM_TARGET 1 /* overrides of the port may name it now */
#define RESOLVE_CLAIM_POD 2 /* of an offloaded pod: the fence guards it */

/* An endpoint that a service port claims. Sorted by endpoint, service, port. */
struct resolve_claim {
	struct shunt_endpoint endpoint;
	size_t service; /* index in objects->services */
	size_t port;
	__u8 flags; /* RESOLVE_CLAIM_*; 0 of frontends */
	__u8 fence; /* SHUNT_FENCE_*; of frontends, OFF */
};

struct resolve_claims {
	struct resolve_claim *items;
	size_t count;
	size_t capacity;
};

/* An endpoint of a usable offloaded pod. Sorted by port, sha, endpoint. */
struct resolve_target {
	size_t port;
	const char *sha;
	struct shunt_endpoint endpoint;
};

/* A label of a pod. */
struct resolve_label {
	const struct object_pod *pod;
	const struct object_label *label;
};

struct resolve_labels {
	struct resolve_label *items; /* sorted by namespace, key, value */
	size_t count;
	bool ready;
};

/* Objects of one kind by their names. */
struct resolve_names {
	const char *objects;
	size_t size; /* of one */
	__u32 *slots; /* index + 1; 0: free */
	size_t mask;
	__u64 seed;
};

/* Every array comes from malloc(). */
struct resolve_state {
	const struct object_set *objects;
	struct resolve_names service_names;
	struct resolve_names pod_names;
	const struct object_settings *settings; /* NULL: the defaults hold */
	struct problems *warnings;
	struct target_guarded guarded; /* nodes: pods on the host network have them */
	struct resolve_port *ports;
	size_t port_count;
	size_t port_capacity;
	struct resolve_range *ranges; /* by index in objects->services */
	struct address_set offloaded; /* of offloaded pods, usable or not */
	struct resolve_pod *pods;
	size_t pod_count;
	size_t pod_capacity;
	struct resolve_target *targets;
	size_t target_count;
	size_t target_capacity;
	struct resolve_claims offloaded_claims; /* not settled: overrides may name one that lost */
	struct resolve_claims frontend_claims;
	const struct object_slice **slices; /* sorted by namespace and service */
	struct resolve_labels ordinary_labels;
	struct resolve_labels offloaded_labels;
};

/* resolve_names.c: of objects that begin with their object_meta. -ENOMEM. */
int resolve_names_make(struct resolve_names *names, const void *objects, size_t count, size_t size);

/* Writes the index of the object. False where there is none. */
bool resolve_names_find(const struct resolve_names *names, const char *namespace, const char *name,
			size_t *index);
void resolve_names_clear(struct resolve_names *names);

/* resolve_service.c: fills ports and ranges. -ENOMEM. */
int resolve_services(struct resolve_state *state);

/* Writes the index in objects->services. False where there is no such service. */
bool resolve_find_service(const struct resolve_state *state, const char *namespace,
			  const char *name, size_t *service);

/* resolve_fence.c: the mode of each service. */
void resolve_fences(struct resolve_state *state);

/* resolve_pod.c: fills offloaded, pods, targets and offloaded_claims. -ENOMEM. */
int resolve_pods(struct resolve_state *state);

/* The pod's number for a service port's targetPort; 0: it has no port of that name. */
__u16 resolve_target_port(const struct object_pod *pod, const struct object_service_port *port);

/* Whether requests may be sent to the pod now. */
bool resolve_pod_is_usable(const struct resolve_state *state, const struct object_pod *pod);

/* The offloaded pods of a service and commit: returns how many; *usable of them, the last, are so. */
size_t resolve_find_pods(const struct resolve_state *state, size_t service, const char *sha,
			 const struct resolve_pod **pods, size_t *usable);

/*
 * The endpoints of the usable pods of a commit for a service port: returns how many, *ipv4 of them
 * IPv4, which come first.
 */
size_t resolve_find_targets(const struct resolve_state *state, size_t port, const char *sha,
			    const struct resolve_target **targets, size_t *ipv4);

/* NULL where there is none. */
const struct object_pod *resolve_find_pod(const struct resolve_state *state, const char *namespace,
					  const char *name);

/* resolve_listed.c: claims what the operator lists as targets. -ENOMEM. */
int resolve_listed(struct resolve_state *state);

/* resolve_frontend.c: fills slices and frontend_claims. -ENOMEM. */
int resolve_frontends(struct resolve_state *state);

/* The slices of a service, which stand side by side: returns how many. */
size_t resolve_find_slices(const struct resolve_state *state, const struct object_service *service,
			   const struct object_slice *const **slices);

/* resolve_source.c: whose markers count, and from where the fence lets everything in. -ENOMEM. */
int resolve_sources(const struct resolve_state *state, struct policy *policy);
int resolve_allowed(const struct resolve_state *state, struct policy *policy);

/*
 * resolve_selector.c: the pods of a namespace, offloaded or ordinary ones, that have all labels of
 * selector and have not finished, each given to visit(), which returns 0 or an error that ends it.
 */
int resolve_select(struct resolve_state *state, bool offloaded, const char *namespace,
		   const struct object_labels *selector,
		   int (*visit)(struct resolve_state *state, const struct object_pod *pod,
				void *context),
		   void *context);

bool resolve_has_labels(const struct object_pod *pod, const struct object_labels *selector);

/*
 * resolve_ordinary.c: the endpoints of a service port, in one family, among which its ordinary
 * connections choose: not those of offloaded pods. Sorted, written over what *endpoints has, whose
 * items the caller frees in every case. -ENOMEM.
 */
int resolve_ordinary(struct resolve_state *state, size_t port, bool ipv4,
		     struct resolve_endpoints *endpoints);

/* The number that a slice has for a port of its service; 0: none. */
__u16 resolve_slice_port(const struct object_slice *slice, const struct object_service_port *port);

/*
 * resolve_steer.c: adds the steers of services that offloaded pods are behind, and warns of these.
 * To be called when the frontends are settled. -ENOMEM.
 */
int resolve_steers(struct resolve_state *state, struct policy *policy);

/* resolve_claim.c: a fence is that of the port's service where the claim is a pod's. */
int resolve_claim_add(const struct resolve_state *state, struct resolve_claims *claims,
		      const struct shunt_endpoint *endpoint, size_t port, __u8 flags);

/* Sorts, and makes one of those that are there several times: what one may, it may. */
void resolve_claims_sort(struct resolve_claims *claims);

/*
 * Keeps of sorted claims one for each endpoint, the first that is a target, else the first, so that
 * the service first by name has it, and warns of the others, once for each two ports. It is guarded
 * by the strictest fence of them all. -ENOMEM.
 */
int resolve_claims_settle(const struct resolve_state *state, struct resolve_claims *claims);

/* The claim of a port to an endpoint; NULL where there is none. */
const struct resolve_claim *resolve_claims_find(const struct resolve_state *state,
						const struct resolve_claims *claims,
						const struct shunt_endpoint *endpoint, size_t port);

/* Whether overrides of the port may name the endpoint now. */
bool resolve_is_target(const struct resolve_state *state, const struct shunt_endpoint *endpoint,
		       size_t port);

/* An override that names a service there is. pod is the one it names, NULL where there is none. */
struct resolve_override {
	const struct object_context *context;
	const struct object_override *object;
	const struct object_pod *pod;
	size_t service;
};

/* resolve_reason.c: why it has no endpoint, for a port of the service or, where NULL, for any. */
void resolve_reason(const struct resolve_state *state, const struct resolve_override *override,
		    const struct resolve_port *port, char *reason, size_t size);

/* Whether the pod is offloaded for this service. */
bool resolve_pod_serves(const struct object_pod *pod, const struct object_service *service);

/* Whether it has no endpoint and, as the objects there are, cannot get one by pods that start. */
bool resolve_is_hopeless(const struct resolve_state *state,
			 const struct resolve_override *override);

/* resolve_override.c: appends the rows of a context that counts. -ENOMEM; nothing is added then. */
int resolve_overrides(const struct resolve_state *state, const struct object_context *context,
		      struct problems *warnings, struct resolver_rows *added);

#endif
