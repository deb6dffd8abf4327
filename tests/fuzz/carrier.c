// SPDX-License-Identifier: Apache-2.0
/* Fuzz target: an OpenTracing carrier, as bytes. What is understood, protobuf-c understands, and
 * finds the same in it. */
#include "fuzz.h"
#include "proto/carrier.pb-c.h"
#include "proto/overrides.pb-c.h"
#include "reference.h"
#include "tests/cases/carriers.h"

#define TEXT_MAX ((SHUNT_HEAD_MAX - sizeof(CARRIER_FIELD) - 4) / 4 * 3)

struct expected {
	struct reference marker;
	const char *list; /* of endpoints, in base64; NULL: none */
};

static void expect_item(struct expected *expected, const char *key, const char *value)
{
	if (!strcasecmp(key, "overrides") && !expected->list)
		expected->list = value;
	else if (!strcasecmp(key, "shunt-context"))
		reference_value(&expected->marker, 0, (struct text){value, strlen(value)});
}

/* Each message has a generated type of items of its own. */
#define EXPECT_ITEMS(message)                                                    \
	do {                                                                     \
		for (size_t i = 0; i < (message)->n_baggage_items; i++)          \
			expect_item(&expected, (message)->baggage_items[i]->key, \
				    (message)->baggage_items[i]->value);         \
	} while (0)

/* What protobuf-c finds; the message, to be freed, in *owner. */
static struct expected expect(const __u8 *data, size_t size, ProtobufCMessage **owner)
{
	struct expected expected = {};

	if (data[0] == CARRIER_FIRST_BASIC) {
		Shunt__Carrier__BasicTracerCarrier *basic =
			shunt__carrier__basic_tracer_carrier__unpack(NULL, size, data);

		must_hold(basic);
		EXPECT_ITEMS(basic);
		*owner = &basic->base;
	} else if (data[0] == CARRIER_FIRST_ENVOY) {
		Shunt__Carrier__EnvoyCarrier *envoy =
			shunt__carrier__envoy_carrier__unpack(NULL, size, data);

		must_hold(envoy);
		EXPECT_ITEMS(envoy);
		*owner = &envoy->base;
	} else {
		Shunt__Carrier__BinaryCarrier *binary =
			shunt__carrier__binary_carrier__unpack(NULL, size, data);

		must_hold(binary);
		if (binary->basic_ctx)
			EXPECT_ITEMS(binary->basic_ctx);
		*owner = &binary->base;
	}
	return expected;
}

/* The endpoints that a list has for the service, as protobuf-c reads it. */
static void list_is_sound(const struct carrier_space *space)
{
	Shunt__V1__Overrides *list;
	size_t count = 0;

	list = shunt__v1__overrides__unpack(NULL, space->base64.length, space->overrides.at);
	/* Entries of `config`, whose tag is 0x22, are not looked into. */
	must_hold(list || memchr(space->overrides.at, 0x22, space->base64.length));
	if (!list || memchr(space->overrides.at, 0, space->base64.length)) {
		shunt__v1__overrides__free_unpacked(list, NULL);
		return;
	}
	for (size_t i = 0; i < list->n_items && count < SHUNT_ENDPOINTS_MAX; i++) {
		const Shunt__V1__RoutingOverride *item = list->items[i];
		const struct shunt_endpoint *endpoint = &space->endpoints[count];
		const __u8 *bytes = endpoint->address.bytes;

		if (!item->port ||
		    (strcmp(item->service, "users") && strcmp(item->service, "shop/users") &&
		     strcmp(item->service, CARRIER_SERVICE)))
			continue;
		must_hold(item->port == endpoint->port);
		must_hold(!item->address.len || item->address.len == 4 || item->address.len == 16);
		if (item->address.len)
			must_hold(!memcmp(bytes + 16 - item->address.len, item->address.data,
					  item->address.len));
		count++;
	}
	must_hold(count == space->endpoint_count);
	shunt__v1__overrides__free_unpacked(list, NULL);
}

static void result_is_sound(const __u8 *data, size_t size, const struct shunt_head *head,
			    const struct carrier_space *space)
{
	struct expected expected;
	ProtobufCMessage *owner;

	fuzz_context_is_sound(head);
	must_hold(space->endpoint_count <= SHUNT_ENDPOINTS_MAX);
	if (head->flags & SHUNT_HEAD_BAD_CARRIER) {
		must_hold(!space->endpoint_count);
		return;
	}
	expected = expect(data, size, &owner);
	/* Strings with NUL in them are cut short by protobuf-c. */
	if (!memchr(data, 0, size)) {
		must_hold(!strcmp(head->context, expected.marker.context));
		must_hold(!(head->flags & SHUNT_HEAD_SIGNED) == !expected.marker.is_signed);
		must_hold(head->tag == expected.marker.tag);
		must_hold(!(head->flags & SHUNT_HEAD_INVALID) == !expected.marker.invalid);
		must_hold(!(head->flags & SHUNT_HEAD_DISAGREE) == !expected.marker.disagree);
		must_hold((space->listed_rank == SHUNT_HEAD_NO_MARKER) == !expected.list);
	}
	if (expected.list && space->listed_rank != SHUNT_HEAD_NO_MARKER)
		list_is_sound(space);
	protobuf_c_message_free_unpacked(owner, NULL);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	static const struct shunt_service service = {.name = CARRIER_SERVICE};
	static struct carrier_request request;
	static struct carrier_space space;
	struct carrier_case row = {.bytes = (const char *)data, .length = size};
	struct shunt_head head;

	if (!size || size > TEXT_MAX)
		return 0;
	carrier_case_request(&row, &request);
	head_bytes_set(head_bytes(), request.bytes, request.length, "A");
	must_hold(head_parse(head_bytes(), request.length, &head) == HTTP_DONE);
	must_hold(head.carrier_length);
	carrier_read(head_bytes(), &head, head_markers(), &space, &service);
	result_is_sound(data, size, &head, &space);
	return 0;
}
