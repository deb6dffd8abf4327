/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects that tables are made from: core/v1 Service and Pod, discovery.k8s.io/v1 and v1beta1
 * EndpointSlice, their lists, and shunt.dev/v1alpha1 Context and Settings. Only what resolution needs
 * is kept.
 *
 * Fields of Kubernetes' own kinds that are not read here are ignored, kinds not named here are
 * skipped. Our own are read strictly. Names and texts live in the set's arena.
 */
#ifndef SHUNT_USER_LIB_OBJECT_H
#define SHUNT_USER_LIB_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include "user/lib/address.h"
#include "user/lib/arena.h"
#include "user/lib/document.h"
#include "user/lib/problems.h"

#define OBJECT_LABEL_OFFLOADED "shunt.dev/offloaded"
#define OBJECT_LABEL_SERVICE "shunt.dev/service"
#define OBJECT_LABEL_SHA "shunt.dev/sha"

#define OBJECT_ANNOTATION_OWNER "shunt.dev/owner" /* of a context */

#define OBJECT_OVERRIDES_MAX 256 /* of one context */
#define OBJECT_FENCES_MAX 1024 /* services whose fence differs */
#define OBJECT_ADDRESSES_MAX 1024 /* prefixes of markerSources; of all edges together */
#define OBJECT_EDGES_MAX 256
#define OBJECT_NAMESPACES_MAX 64 /* that markerSources and edges name, together */
#define OBJECT_TARGETS_MAX 1024
#define OBJECT_DESCRIPTION_MAX 1024 /* bytes, of a context */
#define OBJECT_OWNER_MAX 255 /* bytes */

struct object_meta {
	const char *namespace; /* "default" where the object names none */
	const char *name;
	const char *file;
	unsigned int line;
};

struct object_label {
	const char *key;
	const char *value;
};

/* Sorted by key. */
struct object_labels {
	const struct object_label *items;
	size_t count;
};

struct object_addresses {
	const struct shunt_address *items;
	size_t count;
};

/* A port with a name ("" where it has none), of a pod's container or of an EndpointSlice. TCP. */
struct object_port {
	const char *name;
	__u16 number;
};

struct object_ports {
	const struct object_port *items;
	size_t count;
};

struct object_service_port {
	const char *name; /* "" where it has none */
	const char *target_name; /* NULL where targetPort is a number */
	__u16 number;
	__u16 target_number;
};

struct object_service {
	struct object_meta meta;
	struct object_addresses cluster_ips; /* empty where headless */
	struct object_labels selector;
	const struct object_service_port *ports; /* TCP only; no name or number twice */
	size_t port_count;
	bool external_name; /* an alias in DNS: has no addresses */
	bool affinity; /* sessionAffinity: ClientIP */
};

struct object_pod {
	struct object_meta meta;
	struct object_labels labels;
	struct object_addresses addresses;
	struct object_ports ports; /* named TCP ports of containers */
	const char *offloaded_service; /* NULL where not offloaded; "" where it names none */
	const char *offloaded_sha; /* "" where it has none */
	bool host_network;
	bool probed; /* running, not being deleted, has an address: whether it is Ready is tried */
	bool ready; /* and is Ready */
	time_t created; /* 0: not known */
	bool finished; /* ran to its end; its address may be another pod's by now */
};

struct object_slice {
	struct object_meta meta;
	const char *service; /* in the same namespace */
	struct object_addresses addresses; /* of endpoints that are ready or serving */
	size_t ready_count; /* of them, and the first ones; the others are terminating */
	struct object_ports ports;
};

enum object_override_kind {
	OBJECT_OVERRIDE_SHA,
	OBJECT_OVERRIDE_POD,
	OBJECT_OVERRIDE_ADDRESS,
};

struct object_override {
	const char *namespace; /* of the service */
	const char *service;
	const char *target; /* commit, pod or address, as written */
	struct shunt_endpoint address; /* for OBJECT_OVERRIDE_ADDRESS */
	__u8 kind; /* enum object_override_kind: there are many of this struct */
	__u8 on_unreachable; /* SHUNT_UNREACHABLE_* */
};

struct object_context {
	struct object_meta meta;
	const struct object_override *overrides; /* as written; no service twice */
	size_t override_count;
	time_t expires; /* 0: never */
	bool is_signed; /* only signed markers count */
};

/* How requests are read. There is at most one, of this name. */
#define OBJECT_SETTINGS_NAME "default"

/* The fence of one service, where it differs. */
struct object_fence {
	const char *namespace; /* of the service */
	const char *service;
	__u8 mode; /* SHUNT_FENCE_* */
};

/* Pods with all of these labels, of one namespace. */
struct object_workload {
	const char *namespace;
	struct object_labels labels; /* empty: all pods */
};

/* An address that overrides of a service may name though it is no offloaded pod's. */
struct object_target {
	const char *namespace; /* of the service */
	const char *service;
	const char *port; /* of it: its name, or its number where it has none; NULL: the only one */
	struct shunt_endpoint endpoint;
};

struct object_prefixes {
	const struct shunt_prefix *items;
	size_t count;
};

struct object_settings {
	struct object_meta meta;
	const struct shunt_markers *markers; /* compiled */
	__u8 fence; /* SHUNT_FENCE_* of services that are not in fences */
	const struct object_fence *fences; /* as written; no service twice */
	size_t fence_count;
	struct object_prefixes fence_allowed;
	bool sources_listed; /* markers count only from the next two */
	const char *const *source_namespaces;
	size_t source_namespace_count;
	struct object_prefixes source_addresses;
	const struct object_workload *edges; /* from there, only signed markers count */
	size_t edge_count;
	struct object_prefixes edge_addresses;
	const struct object_target *targets;
	size_t target_count;
};

/* All zero is an empty set. */
struct object_set {
	struct arena arena;
	struct arena context_arena; /* of the contexts, which may be taken out alone */
	struct object_service *services;
	size_t service_count;
	size_t service_capacity;
	struct object_pod *pods;
	size_t pod_count;
	size_t pod_capacity;
	struct object_slice *slices;
	size_t slice_count;
	size_t slice_capacity;
	struct object_context *contexts;
	size_t context_count;
	size_t context_capacity;
	struct object_settings *settings;
	size_t settings_count;
	size_t settings_capacity;
};

/*
 * Adds the object of a document, or the objects of a list; an empty document adds nothing. file
 * is copied. -EINVAL where something was refused, with "file:line:column: field: reason" in
 * problems (others of the same list may have been added); -ENOMEM.
 */
int object_set_add(struct object_set *set, const struct document_node *root, const char *file,
		   struct problems *problems);

/*
 * To be called when all are added: sorts each kind by namespace and name (contexts by name) and
 * refuses objects that are there twice, naming both places: -EINVAL.
 */
int object_set_finish(struct object_set *set, struct problems *problems);

/*
 * A copy with its texts in one block, to be freed, where an arena would take more for each. Its file
 * is the one given. NULL for want of memory.
 */
struct object_context *object_context_copy(const struct object_context *context, const char *file);

/* Names the two places of contexts that have one name. */
void object_context_refuse_double(const struct object_context *context,
				  const struct object_context *other, struct problems *problems);

/* < 0, 0 or > 0, by name and, of doubles, by place. */
int object_context_compare(const struct object_context *a, const struct object_context *b);

/* Adds the objects of another set but its contexts; they go on being the other's. -ENOMEM. */
int object_set_refer(struct object_set *set, const struct object_set *other);

/* Gives back the room for more objects. */
void object_set_trim(struct object_set *set);

/* Frees the contexts alone. */
void object_set_clear_contexts(struct object_set *set);

/* Frees what *set points to and zeroes it. Safe on a zeroed struct and on NULL. */
void object_set_clear(struct object_set *set);

/* < 0, 0 or > 0, by namespace and name. */
int object_meta_compare(const struct object_meta *a, const struct object_meta *b);

#endif
