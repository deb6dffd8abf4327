/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The OpenTracing carrier of proto/carrier.proto, and the endpoints of proto/overrides.proto that
 * one of its baggage items may list. What is malformed anywhere counts nowhere.
 */
#ifndef SHUNT_BPF_CARRIER_H
#define SHUNT_BPF_CARRIER_H

#include "base64.h"
#include "markers.h"
#include "protobuf.h"

#define CARRIER_DEPTH 4
#define CARRIER_STEPS_MAX SHUNT_HEAD_MAX /* each takes a byte at least, or leaves a message */

/* First bytes: the tag of the first field that each writer puts first. */
#define CARRIER_FIRST_TEXT 0x0a /* BinaryCarrier.deprecated_text_ctx */
#define CARRIER_FIRST_BINARY 0x12 /* BinaryCarrier.basic_ctx */
#define CARRIER_FIRST_BASIC 0x09 /* BasicTracerCarrier.trace_id */
#define CARRIER_FIRST_ENVOY 0x11 /* EnvoyCarrier.trace_id */

enum carrier_message {
	CARRIER_BINARY, /* BinaryCarrier */
	CARRIER_BASIC, /* BasicTracerCarrier */
	CARRIER_ENVOY, /* EnvoyCarrier: the same with other numbers */
	CARRIER_ITEM, /* an entry of baggage_items */
	CARRIER_OVERRIDES, /* Overrides */
	CARRIER_ROUTE, /* RoutingOverride */
};

/* Working memory of carrier_read(), and its results. */
struct carrier_space {
	struct http_bytes carrier; /* decoded */
	struct http_bytes overrides; /* decoded */
	struct base64 base64;
	struct shunt_head head; /* a copy, valid once all is understood */
	struct protobuf_field field;
	struct shunt_endpoint endpoint; /* of the route being read */
	__u32 position;
	__u32 ends[CARRIER_DEPTH];
	__u8 messages[CARRIER_DEPTH]; /* enum carrier_message */
	__u32 depth;
	__u32 key; /* span of an item's key, or of a route's service */
	__u32 value; /* span of an item's value */
	__u32 listed; /* span of the item that lists endpoints, in `carrier` */
	__u8 bad;
	__u8 listed_rank; /* of the marker of that item; SHUNT_HEAD_NO_MARKER: none */
	__u8 endpoint_count; /* of those listed for this service */
	__u8 reserved;
	struct shunt_endpoint endpoints[SHUNT_ENDPOINTS_MAX];
};

struct carrier_job {
	struct carrier_space *space;
	const struct shunt_markers *markers;
	const struct shunt_service *service;
};

static __always_inline void carrier_enter(struct carrier_space *space, __u32 message, __u32 end)
{
	__u32 depth = space->depth + 1;

	opaque(depth);
	depth &= CARRIER_DEPTH - 1;
	space->depth = depth;
	space->ends[depth] = end;
	space->messages[depth] = message;
	space->key = 0;
	space->value = 0;
	__builtin_memset(&space->endpoint, 0, sizeof(space->endpoint));
}

/* A field whose number the schema has must have its type too. */
static __always_inline bool carrier_expect(struct carrier_space *space, __u32 type)
{
	if (space->field.type != type)
		space->bad = 1;
	return space->field.type == type;
}

static __always_inline void carrier_binary_field(struct carrier_space *space)
{
	if (space->field.number > 2 || !carrier_expect(space, PROTOBUF_LENGTH))
		return;
	if (space->field.number == 2) {
		space->position = space->field.start;
		carrier_enter(space, CARRIER_BASIC, space->field.end);
	}
}

/* trace_id, span_id, sampled, baggage_items: in this order, from `first` on. */
static __always_inline void carrier_basic_field(struct carrier_space *space, __u32 first)
{
	__u32 number = space->field.number - first;

	if (number < 2) {
		carrier_expect(space, PROTOBUF_FIXED64);
	} else if (number == 2) {
		carrier_expect(space, PROTOBUF_VARINT);
	} else if (number == 3 && carrier_expect(space, PROTOBUF_LENGTH)) {
		space->position = space->field.start;
		carrier_enter(space, CARRIER_ITEM, space->field.end);
	}
}

static __always_inline void carrier_item_field(struct carrier_space *space)
{
	if (space->field.number > 2 || !carrier_expect(space, PROTOBUF_LENGTH))
		return;
	if (space->field.number == 1)
		space->key = SPAN(space->field.start, space->field.end);
	else
		space->value = SPAN(space->field.start, space->field.end);
}

static __always_inline void carrier_route_address(struct carrier_space *space)
{
	__u32 length = space->field.end - space->field.start, i;
	__u8 *to = space->endpoint.address.bytes;

	if (length != 4 && length != 16) {
		space->bad = 1;
		return;
	}
	for (i = 0; i < 16; i++) {
		if (length == 16)
			to[i] = http_byte(&space->overrides, space->field.start + i);
		else if (i >= 12)
			to[i] = http_byte(&space->overrides, space->field.start + i - 12);
		else
			to[i] = i < 10 ? 0 : 0xff;
	}
}

static __always_inline void carrier_route_field(struct carrier_space *space)
{
	switch (space->field.number) {
	case 1:
		if (carrier_expect(space, PROTOBUF_LENGTH))
			space->key = SPAN(space->field.start, space->field.end);
		break;
	case 2:
		if (carrier_expect(space, PROTOBUF_LENGTH))
			carrier_route_address(space);
		break;
	case 3:
		if (carrier_expect(space, PROTOBUF_VARINT)) {
			space->bad |= space->field.value > 65535;
			space->endpoint.port = space->field.value;
		}
		break;
	case 4:
		carrier_expect(space, PROTOBUF_LENGTH);
		break;
	}
}

static __always_inline void carrier_overrides_field(struct carrier_space *space)
{
	if (space->field.number != 1 || !carrier_expect(space, PROTOBUF_LENGTH))
		return;
	space->position = space->field.start;
	carrier_enter(space, CARRIER_ROUTE, space->field.end);
}

/* A baggage item is complete. */
static __always_inline void carrier_item(struct carrier_space *space,
					 const struct shunt_markers *markers)
{
	__u32 start = SPAN_START(space->key), length = SPAN_END(space->key) - start;
	const struct shunt_marker *marker;
	int slot;

	slot = marker_find(&space->carrier, markers, SHUNT_PLACE_CARRIER, start, length);
	if (slot < 0 || !markers)
		return;
	marker = marker_at(markers, slot);
	if (marker->holds != SHUNT_HOLDS_OVERRIDES) {
		marker_take(&space->carrier, &space->head, marker, space->value);
	} else if (marker->rank < space->listed_rank) {
		space->listed = space->value;
		space->listed_rank = marker->rank;
	}
}

/* Whether the text of a span is that part of the service port's name. */
SUBPROGRAM int carrier_same_name(const struct http_bytes *bytes, __u32 span,
				 const struct shunt_service *service, __u32 part)
{
	__u32 from = SPAN_START(span), start = SPAN_START(part), length = SPAN_END(part) - start, n;

	if (!bytes || !service || SPAN_END(span) - from != length)
		return 0;
	for (n = 0; n < SHUNT_SERVICE_NAME_MAX && n < length; n++) {
		__u32 at = start + n;

		opaque(at);
		if (at > SHUNT_SERVICE_NAME_MAX ||
		    http_byte(bytes, from + n) != (__u8)service->name[at])
			return 0;
	}
	return 1;
}

/* Whether a span is "name", "namespace/name" or "namespace/name:port" of the service port. */
SUBPROGRAM int carrier_names_service(const struct http_bytes *bytes, __u32 span,
				     const struct shunt_service *service)
{
	__u32 n, name = 0, colon = 0;

	if (!bytes || !service)
		return 0;
	for (n = 0; n < SHUNT_SERVICE_NAME_MAX && service->name[n]; n++) {
		if (service->name[n] == '/')
			name = n + 1;
		if (service->name[n] == ':')
			colon = n;
	}
	return carrier_same_name(bytes, span, service, SPAN(name, colon)) ||
	       carrier_same_name(bytes, span, service, SPAN(0, colon)) ||
	       carrier_same_name(bytes, span, service, SPAN(0, n));
}

/* A route is complete: kept where it is for the service. */
static __always_inline void carrier_route(struct carrier_space *space,
					  const struct shunt_service *service)
{
	__u32 count = space->endpoint_count;

	if (!space->endpoint.port || count >= SHUNT_ENDPOINTS_MAX ||
	    !carrier_names_service(&space->overrides, space->key, service))
		return;
	opaque(count);
	space->endpoints[count & (SHUNT_ENDPOINTS_MAX - 1)] = space->endpoint;
	space->endpoint_count++;
}

static __always_inline void carrier_field(struct carrier_space *space, __u32 message)
{
	space->position = space->field.end;
	switch (message) {
	case CARRIER_BINARY:
		carrier_binary_field(space);
		break;
	case CARRIER_BASIC:
		carrier_basic_field(space, 1);
		break;
	case CARRIER_ENVOY:
		carrier_basic_field(space, 2);
		break;
	case CARRIER_ITEM:
		carrier_item_field(space);
		break;
	case CARRIER_OVERRIDES:
		carrier_overrides_field(space);
		break;
	case CARRIER_ROUTE:
		carrier_route_field(space);
		break;
	}
}

static __always_inline void carrier_leave(struct carrier_job *job, __u32 message)
{
	if (message == CARRIER_ITEM)
		carrier_item(job->space, job->markers);
	else if (message == CARRIER_ROUTE)
		carrier_route(job->space, job->service);
	job->space->depth--;
}

/* Reads one field of the present message, or leaves the message at its end. */
static long carrier_step(__u32 index, struct carrier_job *job)
{
	struct carrier_space *space = job->space;
	__u32 depth = space->depth, end;
	__u8 message;
	int error;

	(void)index;
	opaque(depth);
	depth &= CARRIER_DEPTH - 1;
	end = space->ends[depth];
	message = space->messages[depth];
	if (space->position >= end) {
		if (!depth)
			return 1;
		carrier_leave(job, message);
		return 0;
	}
	if (message >= CARRIER_OVERRIDES)
		error = protobuf_field(&space->overrides, space->position, end, &space->field);
	else
		error = protobuf_field(&space->carrier, space->position, end, &space->field);
	if (error)
		space->bad = 1;
	else
		carrier_field(space, message);
	return space->bad != 0;
}

/* Reads the message that fills the first `length` decoded bytes; -1 where it is malformed. */
static __always_inline int carrier_message(struct carrier_job *job, __u32 message, __u32 length)
{
	struct carrier_space *space = job->space;

	space->position = 0;
	space->depth = 0;
	space->ends[0] = length;
	space->messages[0] = message;
	space->bad = 0;
	repeat(CARRIER_STEPS_MAX, carrier_step, job);
	return space->bad || space->depth || space->position < length ? -1 : 0;
}

static __always_inline int carrier_message_of(__u8 first)
{
	switch (first) {
	case CARRIER_FIRST_TEXT:
	case CARRIER_FIRST_BINARY:
		return CARRIER_BINARY;
	case CARRIER_FIRST_BASIC:
		return CARRIER_BASIC;
	case CARRIER_FIRST_ENVOY:
		return CARRIER_ENVOY;
	default:
		return -1;
	}
}

/* The carrier itself, from the field's value to space->head. */
SUBPROGRAM int carrier_read_items(const struct http_bytes *bytes, const struct shunt_head *head,
				  const struct shunt_markers *markers, struct carrier_space *space)
{
	struct carrier_job job = {.space = space, .markers = markers};
	int length, message;

	if (!bytes || !head || !markers || !space)
		return -1;
	space->head = *head;
	length = base64_decode(bytes, SPAN(head->carrier, head->carrier + head->carrier_length),
			       &space->base64, &space->carrier);
	message = carrier_message_of(http_byte(&space->carrier, 0));
	if (length < 1 || message < 0)
		return -1;
	return carrier_message(&job, message, length);
}

/* The endpoints that its item lists for the service, to space->endpoints. */
SUBPROGRAM int carrier_read_overrides(struct carrier_space *space,
				      const struct shunt_service *service)
{
	struct carrier_job job = {.space = space, .service = service};
	int length;

	if (!space || !service)
		return -1;
	length = base64_decode(&space->carrier, space->listed, &space->base64, &space->overrides);
	return length < 0 ? -1 : carrier_message(&job, CARRIER_OVERRIDES, length);
}

/*
 * Reads the carrier that the complete head has, for a request to a service port. head's marker
 * becomes the carrier's where that has the better rank; space->endpoints are those that the carrier
 * lists for the service, space->listed_rank their marker's rank. A malformed carrier, or list, is
 * ignored and flagged.
 */
static __always_inline void carrier_read(const struct http_bytes *bytes, struct shunt_head *head,
					 const struct shunt_markers *markers,
					 struct carrier_space *space,
					 const struct shunt_service *service)
{
	space->listed_rank = SHUNT_HEAD_NO_MARKER;
	space->endpoint_count = 0;
	if (carrier_read_items(bytes, head, markers, space)) {
		head->flags |= SHUNT_HEAD_BAD_CARRIER;
		space->listed_rank = SHUNT_HEAD_NO_MARKER;
		return;
	}
	*head = space->head;
	if (space->listed_rank != SHUNT_HEAD_NO_MARKER && carrier_read_overrides(space, service)) {
		head->flags |= SHUNT_HEAD_BAD_CARRIER;
		space->endpoint_count = 0;
	}
}

#endif
