/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The case table of OpenTracing carriers, as bytes; runners encode them in base64 and send them as
 * the field x-ot-span-context. The schema is proto/carrier.proto.
 */
#ifndef SHUNT_TESTS_CASES_CARRIERS_H
#define SHUNT_TESTS_CASES_CARRIERS_H

#include "bpf/carrier.h"
#include "requests.h"

#define CARRIER_SERVICE "shop/users:http" /* the service port that is asked for */

struct carrier_case {
	const char *name;
	const char *text; /* the field's value as it is, or NULL */
	const char *bytes; /* the carrier; or what is before an item that lists `overrides` */
	size_t length;
	const char *overrides; /* a message of proto/overrides.proto, or NULL */
	size_t overrides_length;
	const char *context; /* that it names, or NULL */
	__u16 flags; /* SHUNT_HEAD_INVALID, _DISAGREE, _BAD_CARRIER, _SIGNED */
	__u64 tag; /* with SHUNT_HEAD_SIGNED */
	__u8 endpoints; /* listed for the service */
	const char *address; /* of the first one */
	__u16 port;
};

#define CARRIER(title, b, ...) \
	{.name = (title), .bytes = (b), .length = sizeof(b) - 1, __VA_ARGS__},
#define ENCODED(title, t, ...) {.name = (title), .text = (t), __VA_ARGS__},
#define LISTS(title, o, ...)                \
	{.name = (title),                   \
	 .bytes = IDS,                      \
	 .length = sizeof(IDS) - 1,         \
	 .overrides = (o),                  \
	 .overrides_length = sizeof(o) - 1, \
	 __VA_ARGS__},
#define NAMES(name) .context = (name)
#define SIGNED(number) .flags = SHUNT_HEAD_SIGNED, .tag = (number)
#define INVALID .flags = SHUNT_HEAD_INVALID
#define DISAGREE .flags = SHUNT_HEAD_DISAGREE
#define MALFORMED .flags = SHUNT_HEAD_BAD_CARRIER
#define FINDS(n, a, p) .endpoints = (n), .address = (a), .port = (p)

/* trace_id, span_id, sampled: 20 bytes */
#define ID "\x01\x23\x45\x67\x89\xab\xcd\xef"
#define IDS "\x09" ID "\x11" ID "\x18\x01"
#define ENVOY_IDS "\x11" ID "\x19" ID "\x20\x01"
/* an entry of baggage_items: its length, key and value */
#define KEY "\x0a\x0dshunt-context" /* 15 bytes */
#define MMENG "\x16" KEY "\x12\x05mmeng"
#define OTHER "\x16" KEY "\x12\x05other"
#define USER                       \
	"\x09\x0a\x04user\x12\x01" \
	"7" /* another item, 10 bytes */

static const struct carrier_case carrier_cases[] = {
#include "carriers_valid.h"
#include "carriers_malformed.h"
#include "carriers_overrides.h"
};

#undef CARRIER
#undef ENCODED
#undef LISTS
#undef NAMES
#undef SIGNED
#undef INVALID
#undef DISAGREE
#undef MALFORMED
#undef FINDS
#undef ID
#undef IDS
#undef ENVOY_IDS
#undef KEY
#undef MMENG
#undef OTHER
#undef USER

#define CARRIER_CASE_COUNT (sizeof(carrier_cases) / sizeof(carrier_cases[0]))

_Static_assert(CARRIER_CASE_COUNT >= 108, "the table must not shrink");

#define CARRIER_FIELD "GET / HTTP/1.1\r\nx-ot-span-context: "

/* A request as it is sent. */
struct carrier_request {
	char bytes[SHUNT_HEAD_MAX];
	size_t length;
};

static inline void carrier_append(struct carrier_request *to, const char *bytes, size_t length)
{
	memcpy(to->bytes + to->length, bytes, length);
	to->length += length;
}

/* Appends bytes in base64 (RFC 4648, 4). */
static inline void carrier_encode(struct carrier_request *to, const char *bytes, size_t length)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		__u32 group = 0;
		char four[4];

		for (size_t k = 0; k < 3; k++)
			group = group << 8 | (i + k < length ? (__u8)bytes[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			four[k] = i + k > length ? '=' : alphabet[group >> (18 - 6 * k) & 63];
		carrier_append(to, four, 4);
	}
}

/* The item that lists a row's overrides, in base64, behind the row's bytes. */
static inline void carrier_message_bytes(const struct carrier_case *row, struct carrier_request *to)
{
	struct carrier_request list = {.length = 0};

	carrier_append(to, row->bytes, row->length);
	if (!row->overrides)
		return;
	carrier_encode(&list, row->overrides, row->overrides_length);
	/* Lengths of two bytes: an entry may be longer than 127. */
	carrier_append(
		to, (char[]){0x22, 0x80 | ((list.length + 14) & 0x7f), (list.length + 14) >> 7}, 3);
	carrier_append(to, "\x0a\x09overrides\x12", 12);
	carrier_append(to, (char[]){0x80 | (list.length & 0x7f), list.length >> 7}, 2);
	carrier_append(to, list.bytes, list.length);
}

/* The request that has the row's carrier. */
static inline void carrier_case_request(const struct carrier_case *row, struct carrier_request *to)
{
	struct carrier_request message = {.length = 0};

	to->length = 0;
	carrier_append(to, CARRIER_FIELD, sizeof(CARRIER_FIELD) - 1);
	if (row->text) {
		carrier_append(to, row->text, strlen(row->text));
	} else {
		carrier_message_bytes(row, &message);
		carrier_encode(to, message.bytes, message.length);
	}
	carrier_append(to, "\r\n\r\n", 4);
}

#endif
