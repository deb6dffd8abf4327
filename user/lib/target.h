/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that no request may be sent to, whoever asks for it: those that mean the machine itself,
 * many machines or a credential, and those of the cluster's own machinery.
 */
#ifndef SHUNT_USER_LIB_TARGET_H
#define SHUNT_USER_LIB_TARGET_H

#include "user/lib/address.h"
#include "user/lib/address_set.h"

/* Why not. By what the address says of itself, then by what is known of the cluster. */
#define TARGET_REFUSALS(X)                                      \
	X(UNSPECIFIED, "it is unspecified")                     \
	X(LOOPBACK, "it is a loopback address")                 \
	X(LINK_LOCAL, "it is a link-local address")             \
	X(MULTICAST, "it is a multicast address")               \
	X(RESERVED, "it is a reserved address")                 \
	X(METADATA, "a cloud's metadata service answers there") \
	X(NODE, "it is a node's own address")                   \
	X(API_SERVER, "it is the API server's address")         \
	X(CLUSTER_IP, "it is a Service's ClusterIP")

enum target_refusal {
	TARGET_ALLOWED,
#define X(name, text) TARGET_##name,
	TARGET_REFUSALS(X)
#undef X
};

/* What is known of the cluster: finished sets. */
struct target_guarded {
	struct address_set nodes;
	struct address_set api_servers;
	struct address_set cluster_ips;
};

struct object_set;

/*
 * What a finished set knows: addresses of nodes (which pods on the host network have), of the Service
 * default/kubernetes and its EndpointSlices, and of all other Services. -ENOMEM. The caller clears
 * *guarded, also after an error.
 */
int target_guarded_find(const struct object_set *objects, struct target_guarded *guarded);

/*
 * Whether an ordinary connection may be to it: a cluster may have taken reserved addresses for its
 * own, or some that are a cloud's elsewhere, but it is neither no machine's nor that of the client.
 */
bool target_may_be_dialed(const struct shunt_address *address);

/* By what the address says of itself. */
enum target_refusal target_refuse_address(const struct shunt_address *address);

/* By that and by what is known. */
enum target_refusal target_check(const struct target_guarded *guarded,
				 const struct shunt_address *address);

/* "it is a loopback address". Of TARGET_ALLOWED, "it is allowed". */
const char *target_refusal_text(enum target_refusal refusal);

/* Safe on a zeroed struct and on NULL. */
void target_guarded_clear(struct target_guarded *guarded);

#endif
