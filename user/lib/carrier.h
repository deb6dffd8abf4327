/* SPDX-License-Identifier: Apache-2.0 */
/* The carrier of proto/carrier.proto as the value of a header field. */
#ifndef SHUNT_USER_LIB_CARRIER_H
#define SHUNT_USER_LIB_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include "user/lib/proto.h"

enum carrier_form {
	CARRIER_FORM_BINARY, /* BinaryCarrier */
	CARRIER_FORM_BASIC, /* BasicTracerCarrier */
	CARRIER_FORM_ENVOY, /* EnvoyCarrier */
};

struct carrier_item {
	char *key; /* as written */
	char *value;
};

/* All zero is empty. */
struct carrier {
	enum carrier_form form;
	bool sampled;
	__u64 trace_id;
	__u64 span_id;
	struct carrier_item *items; /* of the baggage, in order */
	size_t item_count;
};

/*
 * Reads a field's value. -EINVAL where it is malformed, with what and where in problem; -ENOMEM. On
 * success the caller clears *carrier.
 */
int carrier_parse(const char *text, size_t length, struct carrier *carrier,
		  char problem[PROTO_PROBLEM_SIZE]);

/* Safe on a zeroed struct and on NULL. */
void carrier_clear(struct carrier *carrier);

/* "BinaryCarrier" and so on. */
const char *carrier_form_name(enum carrier_form form);

/*
 * Makes the field's value of a BinaryCarrier with random ids and this one item, to be freed by the
 * caller. -ENOMEM, or the error of getrandom(2).
 */
int carrier_make(const char *key, const char *value, char **text);

#endif
