/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that write the sync stream share. */
#ifndef SHUNT_USER_LIB_SYNC_ENCODE_H
#define SHUNT_USER_LIB_SYNC_ENCODE_H

#include "proto/sync.pb-c.h"
#include "user/lib/sync_wire.h"

/* Appends one message with its length. -ENOMEM, -E2BIG; the buffer is then as it was. */
int sync_encode_append(struct sync_buffer *buffer, const Shunt__V1__SyncMessage *message);

/* Appends one SyncRows, likewise. */
int sync_encode_some_rows(struct sync_buffer *buffer, Shunt__V1__SyncRows *rows);

/* Refer to the address or endpoint, and to the service, which may be NULL. */
void sync_encode_address(const struct shunt_address *address, ProtobufCBinaryData *to);
void sync_encode_endpoint(const struct shunt_endpoint *endpoint, const char *service,
			  Shunt__V1__SyncEndpoint *to);

/* sync_encode_policy.c: as SyncRows of their own. -ENOMEM, -E2BIG. */
int sync_encode_keys(struct sync_buffer *buffer, const struct shunt_keys *keys);
int sync_encode_policy(struct sync_buffer *buffer, const struct policy *policy);

/* Appends the SyncRows of a generation. After an error some of them may be there. */
int sync_encode_rows(struct sync_buffer *buffer, const struct changes *changes);

#endif
