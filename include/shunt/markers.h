/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) OR Apache-2.0 */
/*
 * The table of names by which requests name their context. User space fills it, so that no two
 * names share a slot; the kernel looks a name up with one hash and one comparison, however many
 * there are.
 */
#ifndef SHUNT_MARKERS_H
#define SHUNT_MARKERS_H

#include <linux/types.h>

#define SHUNT_MARKER_NAME_MAX 63

/* A signed marker's value is NAME.TAG, the tag in so many hexadecimal digits, lower case. What ends
 * like this is never a context's name. */
#define SHUNT_MARKER_TAG_DIGITS 16
#define SHUNT_MARKER_TEXT_MAX 95 /* 63 + 1 + 16, and room to read words */
#define SHUNT_MARKERS_MAX 32 /* names in a table, those of containers included */
#define SHUNT_MARKER_SLOT_BITS 7
#define SHUNT_MARKER_SLOTS (1 << SHUNT_MARKER_SLOT_BITS)

/* X(NAME, label, text): the forms of a marker, in the default order of precedence. */
#define SHUNT_MARKER_FORMS(X)                                                   \
	X(HEADER, "header", "a header field whose value is the context's name") \
	X(COOKIE, "cookie", "a cookie")                                         \
	X(QUERY, "query", "a query parameter")                                  \
	X(BAGGAGE, "baggage", "a member of W3C baggage")                        \
	X(TRACESTATE, "tracestate", "a member of W3C tracestate")               \
	X(OT, "ot", "an OpenTracing header field, ot-baggage-NAME")             \
	X(UBERCTX, "uberctx", "a Jaeger header field, uberctx-NAME")            \
	X(CARRIER, "carrier", "a baggage item of the OpenTracing carrier")      \
	X(OVERRIDES, "overrides", "a carrier's baggage item that lists endpoints itself")

enum shunt_marker_form {
#define X(name, label, text) SHUNT_MARKER_##name,
	SHUNT_MARKER_FORMS(X)
#undef X
	SHUNT_MARKER_FORM_COUNT
};

/* Where a name is looked up. Field names compare without case, carrier items in lower case, the
 * others exactly. */
enum shunt_marker_place {
	SHUNT_PLACE_NONE, /* the slot is empty */
	SHUNT_PLACE_FIELD, /* a header field's name */
	SHUNT_PLACE_COOKIE,
	SHUNT_PLACE_QUERY,
	SHUNT_PLACE_BAGGAGE,
	SHUNT_PLACE_TRACESTATE,
	SHUNT_PLACE_CARRIER,
};

#define SHUNT_PLACES_MAX 8 /* room for places to come; a power of two */

/* What its value is. */
enum shunt_marker_holds {
	SHUNT_HOLDS_NAME, /* a context's name */
	SHUNT_HOLDS_COOKIES, /* places COOKIE (RFC 6265, 4.2) */
	SHUNT_HOLDS_BAGGAGE, /* places BAGGAGE (W3C Baggage, 3.2) */
	SHUNT_HOLDS_TRACESTATE, /* places TRACESTATE (W3C Trace Context, 3.3) */
	SHUNT_HOLDS_CARRIER, /* places CARRIER: proto/carrier.proto in base64 */
	SHUNT_HOLDS_OVERRIDES, /* endpoints: proto/overrides.proto in base64 */
};

struct shunt_marker {
	char name[SHUNT_MARKER_NAME_MAX + 1]; /* zero-filled; lower case in FIELD and CARRIER */
	__u8 length;
	__u8 place; /* enum shunt_marker_place */
	__u8 holds; /* enum shunt_marker_holds */
	__u8 form; /* enum shunt_marker_form, where a context is named */
	__u8 rank; /* precedence among those that name a context: 0 wins */
	__u8 reserved[3];
};

/*
 * A bit for a name's first byte, in either case, and its length, which is taken for 0 in places where
 * it has to be searched for. Most names that are no markers are told by it.
 */
#define SHUNT_MARKER_BIT(byte, length) (1ULL << ((((byte) | 0x20) + (length)) & 63))

/* markers: two elements; settings.markers is the index of the one in force. */
struct shunt_markers {
	__u64 seed; /* odd; no two of these names share a slot under it */
	__u64 bits[SHUNT_PLACES_MAX]; /* by place: SHUNT_MARKER_BIT() of every name */
	__u32 count; /* slots in use */
	__u32 reserved;
	struct shunt_marker slots[SHUNT_MARKER_SLOTS];
};

/*
 * A number for a name in a place. `first` and `last` are its first and its last eight bytes, the
 * first one lowest, each with 0x20 set in every byte; a name shorter than eight bytes has its bytes
 * lowest and zeros above them in both.
 */
static inline __u64 shunt_marker_hash(__u32 place, __u32 length, __u64 first, __u64 last)
{
	__u64 hash = (first ^ (last << 29 | last >> 35)) + ((__u64)length << 8 | place);

	return hash ^ hash >> 32;
}

/* The slot of that number; `seed` is odd. */
static inline __u32 shunt_marker_slot(__u64 seed, __u64 hash)
{
	return hash * seed >> (64 - SHUNT_MARKER_SLOT_BITS);
}

#endif
