// SPDX-License-Identifier: Apache-2.0
/* Keys and the policy as messages of the sync stream. */
#include <errno.h>
#include <stdlib.h>
#include "user/lib/address.h"
#include "user/lib/sync_encode.h"

#define KEY_SIZE sizeof(struct shunt_key)
#define EPOCHS 2
#define IPV4_SKIPPED 96 /* bits of an IPv4-mapped address before those of the IPv4 address */
#define ENDPOINTS_MAX 4096 /* of steered frontends in one message, about 100 KiB */

int sync_encode_keys(struct sync_buffer *buffer, const struct shunt_keys *keys)
{
	Shunt__V1__SyncKey items[EPOCHS], *pointers[EPOCHS];
	Shunt__V1__SyncKeys all = SHUNT__V1__SYNC_KEYS__INIT;
	Shunt__V1__SyncRows rows = SHUNT__V1__SYNC_ROWS__INIT;
	__u8 bytes[EPOCHS][KEY_SIZE];

	for (size_t i = 0; i < EPOCHS; i++) {
		Shunt__V1__SyncKey *item = &items[all.n_keys];

		if (!keys->epochs[i])
			continue;
		for (size_t j = 0; j < KEY_SIZE; j++)
			bytes[i][j] = (__u8)(keys->keys[i].words[j / 8] >> (8 * (j % 8)));
		shunt__v1__sync_key__init(item);
		item->epoch = keys->epochs[i];
		item->key = (ProtobufCBinaryData){KEY_SIZE, bytes[i]};
		pointers[all.n_keys++] = item;
	}
	all.keys = pointers;
	all.current = keys->current;
	rows.keys = &all;
	return sync_encode_some_rows(buffer, &rows);
}

/* A part of the policy that is collected for one message. */
struct part {
	struct sync_buffer *buffer;
	size_t count; /* prefixes and steered frontends */
	size_t endpoint_count;
	Shunt__V1__SyncPolicy policy;
	Shunt__V1__SyncPrefix prefixes[SYNC_ROWS_MAX];
	Shunt__V1__SyncSteer steers[SYNC_ROWS_MAX];
	Shunt__V1__SyncEndpoint frontends[SYNC_ROWS_MAX];
	Shunt__V1__SyncEndpoint endpoints[ENDPOINTS_MAX];
	Shunt__V1__SyncEndpoint *endpoint_pointers[ENDPOINTS_MAX];
	/* One a repeated field; each element is in one of them. */
	void *pointers[3][SYNC_ROWS_MAX];
};

static void start_part(struct part *part)
{
	shunt__v1__sync_policy__init(&part->policy);
	part->policy.sources = (Shunt__V1__SyncPrefix **)part->pointers[0];
	part->policy.allowed = (Shunt__V1__SyncPrefix **)part->pointers[1];
	part->policy.steers = (Shunt__V1__SyncSteer **)part->pointers[2];
	part->count = part->endpoint_count = 0;
}

static int flush(struct part *part)
{
	Shunt__V1__SyncRows rows = SHUNT__V1__SYNC_ROWS__INIT;
	int error;

	rows.policy = &part->policy;
	error = sync_encode_some_rows(part->buffer, &rows);
	start_part(part);
	return error;
}

/* Room for one more element with so many endpoints. */
static int next_row(struct part *part, size_t endpoint_count, size_t *row)
{
	int error = 0;

	if (part->count == SYNC_ROWS_MAX || endpoint_count > ENDPOINTS_MAX - part->endpoint_count)
		error = flush(part);
	*row = part->count++;
	return error;
}

static void fill_prefix(const struct shunt_prefix *prefix, __u32 flags, Shunt__V1__SyncPrefix *to)
{
	bool ipv4 = prefix->length >= IPV4_SKIPPED && address_is_ipv4(&prefix->address);

	shunt__v1__sync_prefix__init(to);
	to->address =
		(ProtobufCBinaryData){sizeof(prefix->address.bytes), (__u8 *)prefix->address.bytes};
	if (ipv4)
		sync_encode_address(&prefix->address, &to->address);
	to->length = prefix->length - (ipv4 ? IPV4_SKIPPED : 0);
	to->flags = flags;
}

static int add_prefixes(struct part *part, const struct policy *policy)
{
	Shunt__V1__SyncPolicy *to = &part->policy;
	int error = 0;
	size_t row;

	for (size_t i = 0; i < policy->source_count && !error; i++) {
		error = next_row(part, 0, &row);
		fill_prefix(&policy->sources[i].prefix, policy->sources[i].flags,
			    &part->prefixes[row]);
		to->sources[to->n_sources++] = &part->prefixes[row];
	}
	for (size_t i = 0; i < policy->allowed_count && !error; i++) {
		error = next_row(part, 0, &row);
		fill_prefix(&policy->allowed[i], 0, &part->prefixes[row]);
		to->allowed[to->n_allowed++] = &part->prefixes[row];
	}
	return error;
}

static int add_steer(struct part *part, const struct policy *policy,
		     const struct policy_steer *steer)
{
	Shunt__V1__SyncSteer *to;
	size_t row;
	int error;

	if (steer->count > SHUNT_STEER_ENDPOINTS_MAX)
		return -E2BIG;
	error = next_row(part, steer->count, &row);
	to = &part->steers[row];
	shunt__v1__sync_steer__init(to);
	to->frontend = &part->frontends[row];
	sync_encode_endpoint(&steer->frontend, NULL, to->frontend);
	to->flags = steer->flags;
	to->n_endpoints = steer->count;
	to->endpoints = &part->endpoint_pointers[part->endpoint_count];
	for (size_t i = 0; i < steer->count; i++) {
		to->endpoints[i] = &part->endpoints[part->endpoint_count++];
		sync_encode_endpoint(&policy->endpoints[steer->first + i], NULL, to->endpoints[i]);
	}
	part->policy.steers[part->policy.n_steers++] = to;
	return error;
}

int sync_encode_policy(struct sync_buffer *buffer, const struct policy *policy)
{
	struct part *part = malloc(sizeof(*part));
	int error;

	if (!part)
		return -ENOMEM;
	part->buffer = buffer;
	start_part(part);
	error = add_prefixes(part, policy);
	for (size_t i = 0; i < policy->steer_count && !error; i++)
		error = add_steer(part, policy, &policy->steers[i]);
	/* Even an empty one says that the policy is part of the generation. */
	if (!error)
		error = flush(part);
	free(part);
	return error;
}
