// SPDX-License-Identifier: Apache-2.0
#include "user/lib/carrier.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "proto/carrier.pb-c.h"
#include "user/lib/proto.h"

typedef Shunt__Carrier__BasicTracerCarrier__BaggageItemsEntry basic_entry;

/* Of first bytes: the tag of what each writer puts first. */
#define FIRST_TEXT 0x0a
#define FIRST_BINARY 0x12
#define FIRST_BASIC 0x09
#define FIRST_ENVOY 0x11

const char *carrier_form_name(enum carrier_form form)
{
	static const char *const names[] = {
		[CARRIER_FORM_BINARY] = "BinaryCarrier",
		[CARRIER_FORM_BASIC] = "BasicTracerCarrier",
		[CARRIER_FORM_ENVOY] = "EnvoyCarrier",
	};

	return names[form];
}

static int add_item(struct carrier *carrier, const char *key, const char *value)
{
	struct carrier_item *item = &carrier->items[carrier->item_count];

	item->key = strdup(key);
	item->value = strdup(value);
	carrier->item_count++;
	return item->key && item->value ? 0 : -ENOMEM;
}

static int prepare(struct carrier *carrier, __u64 trace_id, __u64 span_id, bool sampled,
		   size_t item_count)
{
	carrier->trace_id = trace_id;
	carrier->span_id = span_id;
	carrier->sampled = sampled;
	carrier->items = calloc(item_count ? item_count : 1, sizeof(*carrier->items));
	return carrier->items ? 0 : -ENOMEM;
}

static int take_basic(const Shunt__Carrier__BasicTracerCarrier *from, struct carrier *carrier)
{
	int error = prepare(carrier, from->trace_id, from->span_id, from->sampled,
			    from->n_baggage_items);

	for (size_t i = 0; !error && i < from->n_baggage_items; i++)
		error = add_item(carrier, from->baggage_items[i]->key,
				 from->baggage_items[i]->value);
	return error;
}

static int take_envoy(const Shunt__Carrier__EnvoyCarrier *from, struct carrier *carrier)
{
	int error = prepare(carrier, from->trace_id, from->span_id, from->sampled,
			    from->n_baggage_items);

	for (size_t i = 0; !error && i < from->n_baggage_items; i++)
		error = add_item(carrier, from->baggage_items[i]->key,
				 from->baggage_items[i]->value);
	return error;
}

static int take(const ProtobufCMessage *message, struct carrier *carrier)
{
	static const Shunt__Carrier__BasicTracerCarrier nothing =
		SHUNT__CARRIER__BASIC_TRACER_CARRIER__INIT;
	const Shunt__Carrier__BinaryCarrier *binary = (const void *)message;

	switch (carrier->form) {
	case CARRIER_FORM_BASIC:
		return take_basic((const void *)message, carrier);
	case CARRIER_FORM_ENVOY:
		return take_envoy((const void *)message, carrier);
	default:
		return take_basic(binary->basic_ctx ? binary->basic_ctx : &nothing, carrier);
	}
}

static int read_message(const __u8 *bytes, size_t size, struct carrier *carrier,
			char problem[PROTO_PROBLEM_SIZE])
{
	static const ProtobufCMessageDescriptor *const descriptors[] = {
		[CARRIER_FORM_BINARY] = &shunt__carrier__binary_carrier__descriptor,
		[CARRIER_FORM_BASIC] = &shunt__carrier__basic_tracer_carrier__descriptor,
		[CARRIER_FORM_ENVOY] = &shunt__carrier__envoy_carrier__descriptor,
	};
	ProtobufCMessage *message;
	int error;

	error = proto_unpack(descriptors[carrier->form], bytes, size, &message, problem);
	if (error)
		return error;
	error = take(message, carrier);
	protobuf_c_message_free_unpacked(message, NULL);
	return error;
}

static int choose_form(const __u8 *bytes, size_t size, enum carrier_form *form,
		       char problem[PROTO_PROBLEM_SIZE])
{
	if (!size) {
		snprintf(problem, PROTO_PROBLEM_SIZE, "there is no carrier: the value is empty");
		return -EINVAL;
	}
	switch (bytes[0]) {
	case FIRST_TEXT:
	case FIRST_BINARY:
		*form = CARRIER_FORM_BINARY;
		return 0;
	case FIRST_BASIC:
		*form = CARRIER_FORM_BASIC;
		return 0;
	case FIRST_ENVOY:
		*form = CARRIER_FORM_ENVOY;
		return 0;
	default:
		snprintf(problem, PROTO_PROBLEM_SIZE,
			 "byte 0 is 0x%02x, but a carrier begins with 0x12, 0x0a, 0x09 or 0x11",
			 bytes[0]);
		return -EINVAL;
	}
}

int carrier_parse(const char *text, size_t length, struct carrier *carrier,
		  char problem[PROTO_PROBLEM_SIZE])
{
	struct carrier found = {0};
	__u8 *bytes;
	size_t size;
	int error;

	error = proto_from_text(text, length, &bytes, &size, problem);
	if (error)
		return error;
	error = choose_form(bytes, size, &found.form, problem);
	if (!error)
		error = read_message(bytes, size, &found, problem);
	free(bytes);
	if (error)
		carrier_clear(&found);
	else
		*carrier = found;
	return error;
}

void carrier_clear(struct carrier *carrier)
{
	if (!carrier)
		return;
	for (size_t i = 0; i < carrier->item_count; i++) {
		free(carrier->items[i].key);
		free(carrier->items[i].value);
	}
	free(carrier->items);
	*carrier = (struct carrier){0};
}

/* An id that is 0 stands for none. */
static int random_id(uint64_t *id)
{
	do {
		if (getrandom(id, sizeof(*id), 0) != sizeof(*id))
			return -errno;
	} while (!*id);
	return 0;
}

int carrier_make(const char *key, const char *value, char **text)
{
	Shunt__Carrier__BinaryCarrier carrier = SHUNT__CARRIER__BINARY_CARRIER__INIT;
	Shunt__Carrier__BasicTracerCarrier basic = SHUNT__CARRIER__BASIC_TRACER_CARRIER__INIT;
	basic_entry item = SHUNT__CARRIER__BASIC_TRACER_CARRIER__BAGGAGE_ITEMS_ENTRY__INIT;
	basic_entry *items[] = {&item};
	int error;

	error = random_id(&basic.trace_id);
	if (!error)
		error = random_id(&basic.span_id);
	if (error)
		return error;
	item.key = (char *)key;
	item.value = (char *)value;
	basic.sampled = 1;
	basic.n_baggage_items = 1;
	basic.baggage_items = items;
	carrier.basic_ctx = &basic;
	*text = proto_to_text(&carrier.base);
	return *text ? 0 : -ENOMEM;
}
