// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include "user/lib/address.h"
#include "user/lib/markers.h"
#include "user/lib/sync_encode.h"

#define IPV4_SIZE 4

/* Rows that are collected for one message. */
struct batch {
	struct sync_buffer *buffer;
	size_t count;
	Shunt__V1__SyncRows rows;
	Shunt__V1__SyncEndpoint endpoints[SYNC_ROWS_MAX];
	Shunt__V1__SyncOverride overrides[SYNC_ROWS_MAX];
	Shunt__V1__SyncEndpoint targets[SYNC_ROWS_MAX][SHUNT_ENDPOINTS_MAX];
	Shunt__V1__SyncEndpoint *target_pointers[SYNC_ROWS_MAX][SHUNT_ENDPOINTS_MAX];
	/* One a repeated field, in the order of their numbers; each row is in one of them. */
	void *pointers[8][SYNC_ROWS_MAX];
};

int sync_encode_some_rows(struct sync_buffer *buffer, Shunt__V1__SyncRows *rows)
{
	Shunt__V1__SyncMessage message = SHUNT__V1__SYNC_MESSAGE__INIT;

	message.content_case = SHUNT__V1__SYNC_MESSAGE__CONTENT_ROWS;
	message.rows = rows;
	return sync_encode_append(buffer, &message);
}

static void start_batch(struct batch *batch)
{
	Shunt__V1__SyncRows *rows = &batch->rows;

	shunt__v1__sync_rows__init(rows);
	rows->services = (char **)batch->pointers[0];
	rows->removed_services = (char **)batch->pointers[1];
	rows->frontends = (Shunt__V1__SyncEndpoint **)batch->pointers[2];
	rows->removed_frontends = (Shunt__V1__SyncEndpoint **)batch->pointers[3];
	rows->offloaded = (Shunt__V1__SyncEndpoint **)batch->pointers[4];
	rows->removed_offloaded = (Shunt__V1__SyncEndpoint **)batch->pointers[5];
	rows->overrides = (Shunt__V1__SyncOverride **)batch->pointers[6];
	rows->removed_overrides = (Shunt__V1__SyncOverride **)batch->pointers[7];
	batch->count = 0;
}

static int flush(struct batch *batch)
{
	int error = batch->count ? sync_encode_some_rows(batch->buffer, &batch->rows) : 0;

	start_batch(batch);
	return error;
}

/* Room for one more row. */
static int next_row(struct batch *batch, size_t *row)
{
	int error = batch->count == SYNC_ROWS_MAX ? flush(batch) : 0;

	*row = batch->count++;
	return error;
}

void sync_encode_address(const struct shunt_address *address, ProtobufCBinaryData *to)
{
	size_t size = address_is_ipv4(address) ? IPV4_SIZE : sizeof(address->bytes);

	to->data = (__u8 *)address->bytes + sizeof(address->bytes) - size;
	to->len = size;
}

void sync_encode_endpoint(const struct shunt_endpoint *endpoint, const char *service,
			  Shunt__V1__SyncEndpoint *to)
{
	shunt__v1__sync_endpoint__init(to);
	sync_encode_address(&endpoint->address, &to->address);
	to->port = endpoint->port;
	if (service)
		to->service = (char *)service;
}

static int add_services(struct batch *batch, const struct changes *changes)
{
	int error = 0;

	for (size_t i = 0; i < changes->service_count && !error; i++) {
		const struct change_service *service = &changes->services[i];
		size_t row;

		error = next_row(batch, &row);
		if (service->removed)
			batch->rows.removed_services[batch->rows.n_removed_services++] =
				(char *)service->name;
		else
			batch->rows.services[batch->rows.n_services++] = (char *)service->name;
	}
	return error;
}

static int add_endpoints(struct batch *batch, const struct change_endpoint *endpoints, size_t count,
			 bool offloaded)
{
	Shunt__V1__SyncRows *rows = &batch->rows;
	int error = 0;

	for (size_t i = 0; i < count && !error; i++) {
		const struct change_endpoint *endpoint = &endpoints[i];
		size_t row;

		error = next_row(batch, &row);
		sync_encode_endpoint(&endpoint->endpoint, endpoint->service,
				     &batch->endpoints[row]);
		if (offloaded) {
			batch->endpoints[row].fence = endpoint->fence;
			batch->endpoints[row].flags = endpoint->flags;
		}
		if (offloaded && endpoint->service)
			rows->offloaded[rows->n_offloaded++] = &batch->endpoints[row];
		else if (offloaded)
			rows->removed_offloaded[rows->n_removed_offloaded++] =
				&batch->endpoints[row];
		else if (endpoint->service)
			rows->frontends[rows->n_frontends++] = &batch->endpoints[row];
		else
			rows->removed_frontends[rows->n_removed_frontends++] =
				&batch->endpoints[row];
	}
	return error;
}

static void fill_override(struct batch *batch, size_t row, const struct change_override *override)
{
	Shunt__V1__SyncOverride *to = &batch->overrides[row];

	shunt__v1__sync_override__init(to);
	to->context = (char *) override->context;
	to->service = (char *) override->service;
	to->on_unreachable = override->endpoint_count ? override->on_unreachable : 0;
	to->flags = override->flags;
	to->tag = override->tag;
	to->n_endpoints = override->endpoint_count;
	to->endpoints = batch->target_pointers[row];
	for (size_t i = 0; i < override->endpoint_count; i++) {
		to->endpoints[i] = &batch->targets[row][i];
		sync_encode_endpoint(&override->endpoints[i], NULL, to->endpoints[i]);
	}
}

static int add_overrides(struct batch *batch, const struct changes *changes)
{
	Shunt__V1__SyncRows *rows = &batch->rows;
	int error = 0;

	for (size_t i = 0; i < changes->override_count && !error; i++) {
		size_t row;

		error = next_row(batch, &row);
		fill_override(batch, row, &changes->overrides[i]);
		if (changes->overrides[i].endpoint_count)
			rows->overrides[rows->n_overrides++] = &batch->overrides[row];
		else
			rows->removed_overrides[rows->n_removed_overrides++] =
				&batch->overrides[row];
	}
	return error;
}

static int encode_markers(struct sync_buffer *buffer, const struct shunt_markers *markers)
{
	Shunt__V1__SyncMarker items[SHUNT_MARKERS_MAX], *pointers[SHUNT_MARKERS_MAX];
	Shunt__V1__SyncMarkers all = SHUNT__V1__SYNC_MARKERS__INIT;
	Shunt__V1__SyncRows rows = SHUNT__V1__SYNC_ROWS__INIT;
	struct marker list[SHUNT_MARKERS_MAX];

	all.n_markers = markers_list(markers, list);
	all.markers = pointers;
	for (size_t i = 0; i < all.n_markers; i++) {
		shunt__v1__sync_marker__init(&items[i]);
		items[i].form = (char *)markers_form_label(list[i].form);
		items[i].name = list[i].name;
		pointers[i] = &items[i];
	}
	rows.markers = &all;
	return sync_encode_some_rows(buffer, &rows);
}

int sync_encode_rows(struct sync_buffer *buffer, const struct changes *changes)
{
	struct batch *batch = malloc(sizeof(*batch));
	int error;

	if (!batch)
		return -ENOMEM;
	batch->buffer = buffer;
	start_batch(batch);
	error = add_services(batch, changes);
	if (!error)
		error = add_endpoints(batch, changes->frontends, changes->frontend_count, false);
	if (!error)
		error = add_endpoints(batch, changes->offloaded, changes->offloaded_count, true);
	if (!error)
		error = add_overrides(batch, changes);
	if (!error)
		error = flush(batch);
	if (!error && changes->markers)
		error = encode_markers(buffer, changes->markers);
	if (!error && changes->keys)
		error = sync_encode_keys(buffer, changes->keys);
	if (!error && changes->policy)
		error = sync_encode_policy(buffer, changes->policy);
	free(batch);
	return error;
}
