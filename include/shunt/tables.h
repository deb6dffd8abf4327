/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) OR Apache-2.0 */
/*
 * Keys and values of the pinned maps, shared by kernel and user space.
 *
 * Addresses are 16 bytes in network order, IPv4 as IPv4-mapped (::ffff:a.b.c.d). Ports and
 * sequence numbers are in host byte order, so that `bpftool map dump` prints what a person
 * expects. Names are zero-filled text. Every key is built whole, padding zeroed.
 */
#ifndef SHUNT_TABLES_H
#define SHUNT_TABLES_H

#include <shunt/limits.h>
#include <shunt/markers.h>
#include <shunt/outcomes.h>
#include <shunt/reasons.h>

/* Changed whenever a struct below changes; a running layout is never reinterpreted. Tests build programs
 * that have another one. */
#ifndef SHUNT_LAYOUT_VERSION
#define SHUNT_LAYOUT_VERSION 6
#endif

struct shunt_address {
	__u8 bytes[16];
};

/* An address and port: key of `frontends` and `offloaded`, and an override's target. */
struct shunt_endpoint {
	struct shunt_address address;
	__u16 port;
	__u16 reserved;
};

/* A TCP connection as its client's pod sees it: key of `flows`, `framing`, `held`, `legs`. */
struct shunt_connection {
	struct shunt_address client;
	struct shunt_address remote;
	__u16 client_port;
	__u16 remote_port;
};

/* frontends: an address that clients dial -> the service port behind it. */
#define SHUNT_FRONTEND_TRACKED 1 /* an override exists, or moved connections are left */

struct shunt_frontend {
	__u32 service; /* id, key of `services`; not 0 */
	__u32 flags; /* SHUNT_FRONTEND_* */
};

/* What becomes of a connection to an offloaded endpoint that the switch did not make. */
#define SHUNT_FENCE_OFF 0 /* nothing: it is let in */
#define SHUNT_FENCE_OBSERVE 1 /* it is let in and counted */
#define SHUNT_FENCE_ENFORCE 2 /* it is refused with a RST */

#define SHUNT_OFFLOADED_TARGET 1 /* overrides of the service port may name it now */

/* offloaded: an endpoint of an offloaded pod, or one that the operator listed -> its service port. */
struct shunt_offloaded {
	__u32 service;
	__u8 fence; /* SHUNT_FENCE_* */
	__u8 flags; /* SHUNT_OFFLOADED_* */
	__u16 reserved;
};

/* services: service-port id -> its name, "namespace/name:port". */
struct shunt_service {
	char name[SHUNT_SERVICE_NAME_MAX + 1];
};

/* overrides: context and service port -> where its requests go. */
struct shunt_override_key {
	char context[SHUNT_CONTEXT_NAME_MAX + 1];
	__u32 service;
};

#define SHUNT_UNREACHABLE_ERROR 0 /* answer 503 or 504 */
#define SHUNT_UNREACHABLE_MAIN 1 /* send the request to the origin */

#define SHUNT_OVERRIDE_SIGNED 1 /* only signed markers count: the context demands it */

#define SHUNT_OVERRIDE_BY_ADDRESS 0xffffffff /* id of what a request itself asked for */

struct shunt_override {
	__u32 id; /* key of `override_stats`; stable while the override exists */
	__u32 service; /* as in the key: a reader checks it against a recycled element */
	__u64 tag; /* what a signed marker of the context carries; 0: it cannot be signed */
	__u8 on_unreachable; /* SHUNT_UNREACHABLE_* */
	__u8 endpoint_count; /* 1 to SHUNT_ENDPOINTS_MAX; 0 in `staged`: it is removed */
	__u8 flags; /* SHUNT_OVERRIDE_* */
	__u8 reserved;
	struct shunt_endpoint endpoints[SHUNT_ENDPOINTS_MAX];
	__u32 stage; /* in `staged`: of which generation it is, modulo 2^32; else 0 */
};

/* legs: a leg's connection as its server sees it -> the client's connection it belongs to. */
struct shunt_leg_owner {
	struct shunt_connection connection;
	__u8 leg; /* index into shunt_flow.legs */
	__u8 reserved[3];
};

#define SHUNT_LEG_ABSENT 0
#define SHUNT_LEG_OPENING 1
#define SHUNT_LEG_OPEN 2 /* current or parked */
#define SHUNT_LEG_CLOSED 3 /* its server closed it or it was reset; opened anew when needed */

#define SHUNT_LEG_NO_TIMESTAMPS 1 /* none were agreed on: blank the client's towards it */
#define SHUNT_LEG_NO_SCALE 2 /* its server does not scale windows */

/*
 * One upstream connection of a client's connection. Two numbers translate it, both modulo 2^32:
 *   client -> leg: sequence + sequence_delta, acknowledgement - reply_delta
 *   leg -> client: sequence + reply_delta,    acknowledgement - sequence_delta
 * A third one translates the server's timestamps (RFC 7323), which the client echoes: value +
 * time_delta to the client, echo - time_delta to the leg. The client's own stay as they are.
 */
struct shunt_leg {
	struct shunt_endpoint endpoint;
	__u32 sequence_delta;
	__u32 reply_delta;
	__u32 next_sequence; /* while not current: what the server expects next, its numbering */
	__u32 next_reply; /* while not current: what the client expects next, server's numbering */
	__u32 window_end; /* the server takes nothing from here on, its numbering */
	__u32 acknowledged; /* while not current: what the server has acknowledged, its numbering */
	__u32 time_delta;
	__u32 last_time; /* the server's timestamp that is echoed where a packet has an older one */
	__u32 override_id; /* 0 for the origin */
	__u16 mss; /* largest segment the server takes, 0 where not known */
	__u8 mac[6]; /* where frames for it go on a bridge */
	__u8 state; /* SHUNT_LEG_* */
	__u8 flags; /* SHUNT_LEG_NO_* */
	__u8 window_scale; /* what the server announced */
	__u8 reserved;
};

#define SHUNT_FLOW_OPENING 1 /* leg `current` is being opened, the request is in `held` */
#define SHUNT_FLOW_OPEN 2
#define SHUNT_FLOW_ANSWERED 3 /* the kernel answered with an error and plays the server */
#define SHUNT_FLOW_CLOSED 4 /* the client's socket is gone; removed after SHUNT_CLOSE_GRACE_NS */

#define SHUNT_CLIENT_SACK 1
#define SHUNT_CLIENT_SCALE 2
#define SHUNT_CLIENT_TIMESTAMPS 4

/* flows: a connection that was moved at least once. */
struct shunt_flow {
	struct bpf_spin_lock lock; /* guards what changes all below but numbers that go on */
	__u32 service;
	__u32 ifindex; /* link that the connection was moved on */
	__u8 state; /* SHUNT_FLOW_* */
	__u8 current; /* index of the current leg */
	__u8 origin_scale; /* window scale that the client believes its peer announced */
	__u8 client_scale; /* window scale that the client announced */
	__u32 start; /* client's sequence number of the request being opened or answered */
	__u32 client_next; /* client's sequence number after its last byte seen */
	__u32 client_reply; /* the client's last acknowledgement seen */
	__u32 acknowledged; /* highest acknowledgement passed to the client */
	__u32 reply_next; /* after the highest byte passed to the client, client's numbering */
	__u16 client_mss; /* what the client announced */
	__u8 client_options; /* SHUNT_CLIENT_*: what the client and its origin agreed on */
	__u8 fin; /* SHUNT_FIN_* seen on the current leg */
	__u8 split; /* 1: `held` is kept until acknowledged, the client cannot resend all of it */
	__u8 reserved;
	__u16 client_window; /* as last written by the client, unscaled */
	__u32 answer_sequence; /* first byte of the kernel's own answer, client's numbering */
	__u16 answer_length; /* its bytes, its FIN included */
	__u16 reply_length; /* of the segment that ends at reply_next; at most 0xffff */
	__u32 moves; /* times that a request changed the leg */
	__u32 client_time; /* the client's last timestamp seen */
	__u32 server_time; /* the latest timestamp passed to the client, as translated */
	__u64 moved_at; /* ns, monotonic clock: the last move */
	__u64 closed_at; /* the same: when it was closed; 0 while it is not */
	char context[SHUNT_CONTEXT_NAME_MAX + 1]; /* of the last move; empty: the origin */
	struct shunt_leg legs[SHUNT_LEGS_MAX];
};

/* closing: connections that are closed, in that order; their flows are removed after
 * SHUNT_CLOSE_GRACE_NS. */
struct shunt_closing {
	struct shunt_connection connection;
	__u32 reserved;
	__u64 closed_at; /* as in its flow: another flow may have its connection's numbers by then */
};

/* clock: one element, whose timer removes what is in `closing`. */
struct shunt_clock {
	struct bpf_timer timer;
	__u64 running; /* 1 while the timer is set */
};

#define SHUNT_FIN_CLIENT 1
#define SHUNT_FIN_SERVER 2

/* One direction of a connection, followed message by message. See bpf/framing.h. */
struct shunt_stream {
	__u64 remaining; /* bytes of a body or a chunk still to come */
	__u32 next; /* sequence number of the first byte not looked at, client's numbering */
	__u8 state; /* enum framing_state */
	__u8 reason; /* enum shunt_reason, where the connection is pinned */
	__u8 digits; /* of the chunk size so far */
	__u8 count; /* requests whose head is complete, or responses that ended; modulo 256 */
};

/* framing: where the next request of a connection starts, and how far its responses are. */
struct shunt_framing {
	struct shunt_stream requests; /* from_pod writes */
	struct shunt_stream
		responses; /* to_pod writes, or from_pod while no response is under way */
	__u32 start; /* client's sequence number of the present request */
	__u32 reply; /* client's acknowledgement when its last byte was seen */
	__u32 methods; /* bit n % 32: request n was a HEAD */
	__u8 flags; /* SHUNT_FRAMING_* */
	__u8 reserved;
	__u16 early; /* times that packets were put in again, as the one at requests.next is missing */
};

#define SHUNT_FRAMING_FIRST 1 /* no request of this connection has ended yet */
#define SHUNT_FRAMING_QUIET 2 /* the present request began when all before it were answered */
#define SHUNT_FRAMING_PIPELINED 4 /* a request began while another one's response was under way */
#define SHUNT_FRAMING_UPGRADE 8 /* the last request asked to leave HTTP/1 */
#define SHUNT_FRAMING_ENDED 16 /* the last request ended the client's side */
#define SHUNT_FRAMING_ANSWERED 32 /* with QUIET: by their responses, not by what was acknowledged */

/* A request's head as far as it is parsed; it goes on when more bytes are there. */
struct shunt_head {
	__u64 content_length;
	__u16 length; /* bytes to look at, at most SHUNT_HEAD_MAX */
	__u16 position; /* bytes parsed: whole lines; in the end the head's length */
	__u16 fields; /* field lines parsed */
	__u16 carrier; /* where the first carrier's value begins */
	__u16 carrier_length; /* 0: none */
	__u16 flags; /* SHUNT_HEAD_* */
	__u8 version; /* 0 or 1, of HTTP/1.x */
	__u8 reason; /* enum shunt_reason, where it is not understood */
	__u8 rank; /* of the marker that was taken; SHUNT_HEAD_NO_MARKER: none */
	__u8 form; /* enum shunt_marker_form of that one */
	__u16 status; /* of a response */
	__u16 cursor; /* where the field or query begins that is read for members */
	__u32 result; /* of a response: HTTP_*, so far */
	char context[SHUNT_CONTEXT_NAME_MAX + 1]; /* the one that the marker names */
	__u64 tag; /* with SHUNT_HEAD_SIGNED: what the marker is signed with */
	char text[SHUNT_MARKER_TEXT_MAX + 1]; /* what was decoded last */
};

#define SHUNT_HEAD_NO_MARKER 0xff

#define SHUNT_HEAD_LENGTH 1 /* there is a Content-Length */
#define SHUNT_HEAD_CHUNKED 2 /* there is a Transfer-Encoding: chunked */
#define SHUNT_HEAD_UPGRADE 4 /* there is an Upgrade */
#define SHUNT_HEAD_HEAD 8 /* the method is HEAD */
#define SHUNT_HEAD_CLOSE 16 /* Connection: close */
#define SHUNT_HEAD_KEEP_ALIVE 32 /* Connection: keep-alive */
#define SHUNT_HEAD_INVALID 64 /* a marker without a valid context name */
#define SHUNT_HEAD_DISAGREE 128 /* markers that name different contexts */
#define SHUNT_HEAD_BAD_CARRIER 256 /* a carrier that is malformed */
#define SHUNT_HEAD_CONNECT 512 /* the method is CONNECT */
#define SHUNT_HEAD_SIGNED 1024 /* the marker that was taken is signed */

/* held: bytes of a request whose leg is opening, or whose head is not complete. */
struct shunt_held {
	__u32 length;
	__u8 flags; /* SHUNT_HELD_* */
	__u8 endpoint; /* index of the endpoint being tried */
	__u8 endpoints_tried; /* a bit each */
	__u8 reason; /* enum shunt_reason of the kernel's own answer */
	__u64 since; /* ns, monotonic clock: the first SYN to this endpoint, or the last replay */
	char context[SHUNT_CONTEXT_NAME_MAX + 1]; /* empty: the origin */
	struct shunt_override override; /* a copy: it may change while the leg opens */
	__u32 remembered; /* where the endpoint's older connection is reset */
	__u32 ifindex; /* link that the bytes came over */
	struct shunt_head head; /* while it is not complete */
	__u8 bytes[SHUNT_HELD_MAX + 2048]; /* slack: the verifier wants room for a whole read */
};

#define SHUNT_HELD_FIN 1 /* the client ended its side after these bytes */
#define SHUNT_HELD_REMEMBERED 2 /* the present endpoint knew an older connection: `remembered` */
#define SHUNT_HELD_RENEWAL 4 /* times how often the override was looked up anew */
#define SHUNT_HELD_RENEWED 12 /* as often as it is */
#define SHUNT_HELD_REFUSED 16 /* it answered the SYN with a reset, once */
#define SHUNT_HELD_RETRY 32 /* times how often the SYN was sent again to it, where that counts */

/* links: interface index -> what a move needs to know of the link. Written by the agent. */
#define SHUNT_LINK_BRIDGED 1 /* port of a bridge: frames for another target go to `mac` */
#define SHUNT_LINK_QDISC 2 /* the agent made the clsact qdisc: removed with the last filter */

struct shunt_link {
	__s32 netns_id; /* of the pod's namespace as seen from ours; -1: our own */
	__u8 flags; /* SHUNT_LINK_* */
	__u8 mac[6]; /* the bridge's own */
	__u8 reserved;
};

/* pods: interface index -> the offloaded pod behind the link. Written by the agent. */
#define SHUNT_POD_ADDRESSES 2

struct shunt_pod {
	struct shunt_address
		addresses[SHUNT_POD_ADDRESSES]; /* in `offloaded`; zero: no other one */
};

/* A range of addresses, key of `sources` and `fence_allowed`. */
struct shunt_prefix {
	__u32 length; /* bits, of 128; an IPv4 prefix has 96 more than it is written with */
	struct shunt_address address; /* bits beyond `length` are 0 */
};

#define SHUNT_SOURCE_OBEYED 1 /* markers in requests from there count */
#define SHUNT_SOURCE_SIGNED 2 /* only signed ones do */

/* sources: addresses of clients -> what their markers are worth. The longest prefix counts. */
struct shunt_source {
	__u32 flags; /* SHUNT_SOURCE_*; 0: markers are ignored */
};

/* fence_allowed: addresses from which every offloaded endpoint may be reached. */
struct shunt_allowed {
	__u32 reserved; /* a value is needed */
};

/* A key of SipHash-2-4: its 16 bytes, taken as two little-endian numbers. */
struct shunt_key {
	__u64 words[2];
};

/* keys: two elements; settings.keys is the index of the one in force. */
struct shunt_keys {
	__u32 epochs[2]; /* of the keys; an epoch's place is its lowest bit; 0: there is none */
	__u32 current; /* the epoch that new passports are made with; 0: none can be made */
	__u32 reserved;
	struct shunt_key keys[2];
};

/* steered: a frontend whose service would choose an offloaded pod -> what may be chosen. */
#define SHUNT_STEER_AFFINITY 1 /* a client always gets the same one (sessionAffinity: ClientIP) */

struct shunt_steer {
	__u32 endpoint_count; /* 0: connections are refused */
	__u32 flags; /* SHUNT_STEER_* */
	struct shunt_endpoint endpoints[SHUNT_STEER_ENDPOINTS_MAX]; /* of ordinary pods */
};

#define SHUNT_SETTINGS_SOURCES 1 /* `sources` says whose markers count; else everybody's do */
#define SHUNT_SETTINGS_STAGED \
	2 /* what `staged` has of the next generation counts in place of `overrides` */
#define SHUNT_SETTINGS_PROPAGATION 4 /* `propagation` is counted for the pods in `callers` */

#define SHUNT_SETTINGS_AT_POD 8 /* the programs are on the pods' own ends of their links */

/* The read-only variable, a map to libbpf, that says the same to the programs. */
#define SHUNT_AT_POD ".rodata.at_pod"

/* settings: one element. Written by the agent. */
struct shunt_settings {
	__u32 layout_version;
	__u32 markers; /* index of the element of `markers` in force */
	__u32 keys; /* index of the element of `keys` in force */
	__u32 flags; /* SHUNT_SETTINGS_* */
	__u64 generation; /* of the tables, applied as a whole */
	__u64 applied_at; /* seconds since 1970 */
};

/* tracing: one element. Which events are written, and until when. */
#define SHUNT_TRACING_LIVE 1 /* whoever reads is woken for each event, else when many are there */
#define SHUNT_TRACING_LINES 2 /* with the beginning of the request line, which may hold secrets */

struct shunt_tracing {
	__u64 until; /* ns, monotonic clock */
	__u32 rate; /* events a second and CPU; half of it for what connections repeat */
	__u32 flags; /* SHUNT_TRACING_* */
};

/* override_stats: override id -> per-CPU counts. */
struct shunt_override_stats {
	__u64 requests;
	__u64 moves;
	__u64 failures;
};

/* service_stats: service-port id modulo SHUNT_SERVICE_STATS_MAX -> per-CPU counts of its requests by enum
 * shunt_outcome. Ids are given so that none shares an element, while there is one for each. */
struct shunt_service_stats {
	__u64 outcomes[SHUNT_OUTCOMES_MAX];
};

/* callers: interface index -> the ordinary or offloaded pod behind the link, whose requests and calls are
 * counted. The agent writes the key and the service, the switch what is in flight. */
struct shunt_caller {
	__u32 service; /* one of its service ports: key of `propagation` */
	__u32 reserved;
	__u64 in_flight
		[SHUNT_IN_FLIGHT_MAX]; /* requests without a response, see bpf/propagation.h */
};

/* What a pod's requests in flight were while it made a call: bits. */
#define SHUNT_DURING_UNMARKED 1
#define SHUNT_DURING_MARKED 2
#define SHUNT_DURING_KINDS 4

/* propagation: service-port id -> per-CPU counts of what its pods got, and of the calls that they made. */
struct shunt_propagation {
	__u64 requests[2]; /* without a marker, with one */
	__u64 calls[2][SHUNT_DURING_KINDS]; /* the same, by SHUNT_DURING_* */
	__u64 expected; /* of the calls, those that should have had one, in thousandths */
};

/* handshakes: one element, how long legs took to open, from the first SYN to the endpoint on. */
struct shunt_handshakes {
	__u64 sum; /* ns */
	__u64 buckets
		[SHUNT_HANDSHAKE_BUCKETS]; /* n: less than 2^n us, 2^(n-1) or more; last: all more */
};

_Static_assert(sizeof(struct shunt_endpoint) == 20, "no hidden padding");
_Static_assert(sizeof(struct shunt_connection) == 36, "no hidden padding");
_Static_assert(sizeof(struct shunt_override_key) == 68, "no hidden padding");
_Static_assert(sizeof(struct shunt_override) == 184, "no hidden padding");
_Static_assert(sizeof(struct shunt_leg_owner) == 40, "no hidden padding");
_Static_assert(sizeof(struct shunt_leg) == 68, "no hidden padding");
_Static_assert(sizeof(struct shunt_stream) == 16, "no hidden padding");
_Static_assert(sizeof(struct shunt_framing) == 48, "no hidden padding");
_Static_assert(sizeof(struct shunt_head) == 200, "no hidden padding");
_Static_assert(sizeof(struct shunt_link) == 12, "no hidden padding");
_Static_assert(sizeof(struct shunt_pod) == 32, "no hidden padding");
_Static_assert(sizeof(struct shunt_marker) == 72, "no hidden padding");
_Static_assert(sizeof(struct shunt_offloaded) == 8, "no hidden padding");
_Static_assert(sizeof(struct shunt_prefix) == 20, "no hidden padding");
_Static_assert(sizeof(struct shunt_keys) == 48, "no hidden padding");
_Static_assert(sizeof(struct shunt_settings) == 32, "no hidden padding");

#endif
