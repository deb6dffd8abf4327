/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) OR Apache-2.0 */
/*
 * The one list of what can happen to a request, a connection or a packet. It makes the enum,
 * the index into the map `stats`, the metric label and the text of `shunt trace`.
 *
 * X(NAME, label, text)
 *
 * The numbers are part of the layout of pinned maps: a new reason goes to the end.
 */
#ifndef SHUNT_REASONS_H
#define SHUNT_REASONS_H

#include <shunt/limits.h>

#define SHUNT_REASONS(X)                                                                          \
	/* requests */                                                                            \
	X(REQUEST, "request", "request seen")                                                     \
	X(NO_MARKER, "no_marker", "request without a marker")                                     \
	X(UNKNOWN_CONTEXT, "unknown_context", "context has no override for this service")         \
	X(STAYED, "stayed", "request belongs to the present target")                              \
	X(MOVED_NEW, "moved_new", "moved over a new leg")                                         \
	X(MOVED_PARKED, "moved_parked", "moved over a parked leg")                                \
	/* why a request could not be moved and went to the present target */                     \
	X(NO_SOCKET, "no_socket", "client socket not found")                                      \
	X(PIPELINED, "pipelined", "the previous answer was still under way")                      \
	X(UNPROVEN, "unproven", "request boundary not proven")                                    \
	/* why a leg failed */                                                                    \
	X(REFUSED, "refused", "endpoint refused the connection")                                  \
	X(TIMEOUT, "timeout", "endpoint did not answer")                                          \
	X(NO_ENDPOINT, "no_endpoint", "no registered endpoint of the connection's family")        \
	X(TUPLE_IN_USE, "tuple_in_use", "client port already in use towards the endpoint")        \
	X(FLOWS_FULL, "flows_full", "flow table full")                                            \
	X(HELD_FULL, "held_full", "no room to hold the request")                                  \
	X(NEXT_ENDPOINT, "next_endpoint", "next endpoint tried")                                  \
	X(TO_ORIGIN, "to_origin", "sent to the origin by policy")                                 \
	X(ANSWERED, "answered", "error answered by the kernel")                                   \
	X(TUPLE_REMEMBERED, "tuple_remembered", "endpoint still knew the connection; reset")      \
	/* legs */                                                                                \
	X(LEG_OPEN, "leg_open", "leg opened")                                                     \
	X(BEYOND_WINDOW, "beyond_window", "segment beyond the server's window; sent again later") \
	X(PARKED_CLOSED, "parked_closed", "parked leg closed by its server")                      \
	X(PARKED_DATA, "parked_data", "unasked data on a parked leg; leg closed")                 \
	X(PARKED_ANSWERED, "parked_answered", "parked leg answered for the client")               \
	/* why a connection is pinned to its target */                                            \
	X(NOT_HTTP, "not_http", "not HTTP/1")                                                     \
	X(TLS, "tls", "TLS")                                                                      \
	X(HTTP2, "http2", "HTTP/2 by prior knowledge")                                            \
	X(BAD_REQUEST_LINE, "bad_request_line", "malformed request line")                         \
	X(BAD_LINE_END, "bad_line_end", "control character, bare CR or bare LF in the head")      \
	X(BAD_FIELD, "bad_field", "malformed field line")                                         \
	X(OBS_FOLD, "obs_fold", "folded field line")                                              \
	X(BAD_LENGTH, "bad_length", "malformed, doubled or conflicting Content-Length")           \
	X(BAD_TRANSFER_ENCODING, "bad_transfer_encoding", "Transfer-Encoding other than chunked") \
	X(BAD_CHUNK, "bad_chunk", "malformed chunk")                                              \
	X(HEAD_TOO_LARGE, "head_too_large", "request head too large")                             \
	X(TOO_MANY_REQUESTS, "too_many_requests", "too many requests in one packet")              \
	X(PIPELINED_HEAD, "pipelined_head", "incomplete head behind another request")             \
	X(UPGRADE, "upgrade", "Upgrade or CONNECT")                                               \
	X(GAP, "gap", "bytes that were not seen")                                                 \
	/* faults of our own, packets left as they were */                                        \
	X(HELPER_FAILED, "helper_failed", "kernel helper failed")                                 \
	X(EVENT_LOST, "event_lost", "event ring full")                                            \
	X(SWEPT, "swept", "stale state removed by the sweep")                                     \
	X(AHEAD, "ahead", "segment ahead of missing bytes; sent again later")                     \
	/* markers */                                                                             \
	X(MARKER_INVALID, "marker_invalid", "marker without a valid context name")                \
	X(MARKERS_DISAGREE, "markers_disagree", "markers disagree; the first in order counts")    \
	X(BAD_CARRIER, "bad_carrier", "malformed OpenTracing carrier, ignored")                   \
	X(ADDRESS_REFUSED, "address_refused", "address is no offloaded endpoint of the service")  \
	/* why a connection is pinned to its target, further ones */                              \
	X(ENDED, "ended", "bytes after a request that ended the connection")                      \
	X(RESPONSE_LOST, "response_lost", "a response could not be followed to its end")          \
	X(PARKED_BEHIND, "parked_behind",                                                         \
	  "parked leg without all of its last request; opened anew")                              \
	/* requests by the form of the marker that was taken; the order is that of the forms */   \
	X(BY_HEADER, "by_header", "context named by a header field")                              \
	X(BY_COOKIE, "by_cookie", "context named by a cookie")                                    \
	X(BY_QUERY, "by_query", "context named by a query parameter")                             \
	X(BY_BAGGAGE, "by_baggage", "context named by W3C baggage")                               \
	X(BY_TRACESTATE, "by_tracestate", "context named by W3C tracestate")                      \
	X(BY_OT, "by_ot", "context named by an ot-baggage field")                                 \
	X(BY_UBERCTX, "by_uberctx", "context named by an uberctx field")                          \
	X(BY_CARRIER, "by_carrier", "context named by an OpenTracing carrier")                    \
	X(BY_OVERRIDES, "by_overrides", "endpoint listed by an OpenTracing carrier")              \
	/* who may name a context */                                                              \
	X(SOURCE_REFUSED, "source_refused", "client may not name a context; marker ignored")      \
	X(UNSIGNED, "unsigned", "marker has to be signed and is not; ignored")                    \
	X(BAD_SIGNATURE, "bad_signature", "marker with a wrong signature, ignored")               \
	/* steer */                                                                               \
	X(STEERED, "steered", "connection kept off offloaded pods")                               \
	X(STEER_REFUSED, "steer_refused", "connection refused: only offloaded pods are left")     \
	/* fence: connections to offloaded endpoints */                                           \
	X(FENCE_PASSED, "fence_passed", "moved connection let in")                                \
	X(FENCE_ALLOWED, "fence_allowed", "connection let in: its source is listed")              \
	X(FENCE_UNKEYED, "fence_unkeyed", "connection let in: the node has no key yet")           \
	X(FENCE_MISSING, "fence_missing", "connection without a passport")                        \
	X(FENCE_EXPIRED, "fence_expired", "connection with a passport of another epoch")          \
	X(FENCE_FORGED, "fence_forged", "connection with a passport of another connection")       \
	X(FENCE_REFUSED, "fence_refused", "connection to an offloaded endpoint refused")          \
	X(FENCE_OBSERVED, "fence_observed", "connection to an offloaded endpoint only observed")  \
	/* why a leg failed, further ones */                                                      \
	X(PASSPORT_LOST, "passport_lost", "passport did not arrive at the endpoint's fence")      \
	X(PASSPORT_REFUSED, "passport_refused", "endpoint's fence refused the passport")          \
	X(LEGS_FULL, "legs_full", "leg not opened: no room for it")                               \
	/* the order of the client's packets */                                                   \
	X(REINJECTED, "reinjected", "segment ahead of missing bytes; put in again behind them")   \
	/* requests, further ones */                                                              \
	X(RETURNED, "returned", "moved back to the origin")                                       \
	/* tracing */                                                                             \
	X(EVENT_LIMITED, "event_limited", "event not recorded: more than allowed in a second")

enum shunt_reason {
#define X(name, label, text) SHUNT_REASON_##name,
	SHUNT_REASONS(X)
#undef X
	SHUNT_REASON_COUNT
};

_Static_assert(SHUNT_REASON_COUNT <= SHUNT_REASONS_MAX, "`stats` has room for every reason");

#endif
