/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that write the sync stream share. */
#ifndef SHUNT_USER_LIB_SYNC_ENCODE_H
#define SHUNT_USER_LIB_SYNC_ENCODE_H

#include "proto/sync.pb-c.h"
#include "user/lib/sync_wire.h"

/* Appends one message with its length. -ENOMEM, -E2BIG; the buffer is then as it was. */
int sync_encode_append(struct sync_buffer *buffer, const Shunt__V1__SyncMessage *message);

/* Appends the SyncRows of a generation. After an error some of them may be there. */
int sync_encode_rows(struct sync_buffer *buffer, const struct changes *changes);

#endif
