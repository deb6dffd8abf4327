/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) OR Apache-2.0 */
/* Every bound that kernel and user space share. */
#ifndef SHUNT_LIMITS_H
#define SHUNT_LIMITS_H

#define SHUNT_CONTEXT_NAME_MAX 63 /* characters; the field is one longer and zero-filled */
#define SHUNT_SERVICE_NAME_MAX 191 /* "namespace/name:port", 63 + 1 + 63 + 1 + 63 */
#define SHUNT_ENDPOINTS_MAX 8 /* offloaded endpoints of one override */
#define SHUNT_LEGS_MAX 4 /* leg 0 to the origin, the others to offloaded endpoints */

#define SHUNT_HEAD_MAX 8192 /* bytes of a request's head: request line, fields, empty line */
#define SHUNT_HELD_MAX 16384 /* bytes of a request kept while a leg opens */

#define SHUNT_OVERRIDES_MAX (1024 * 1024)
#define SHUNT_STAGED_MAX (16 * 1024) /* overrides that change at once */
#define SHUNT_FRONTENDS_MAX (128 * 1024)
#define SHUNT_OFFLOADED_MAX (128 * 1024)
#define SHUNT_SERVICES_MAX (64 * 1024)
#define SHUNT_FLOWS_MAX (100 * 1024) /* moved connections, unless the operator says otherwise */
#define SHUNT_MOVED_BITS 18 /* of a hash of moved connections' clients */
#define SHUNT_FRAMING_MAX (256 * 1024)
#define SHUNT_HELD_ENTRIES_MAX 1024
#define SHUNT_LINKS_MAX 4096
#define SHUNT_LEVELS_MAX 4 /* programs at a pod's end that have entered each other */
#define SHUNT_SOURCES_MAX (64 * 1024) /* prefixes of clients */
#define SHUNT_ALLOWED_MAX 1024 /* prefixes that the fence lets in */
#define SHUNT_STEERED_MAX 4096 /* frontends */
#define SHUNT_STEER_ENDPOINTS_MAX 128 /* of one frontend */
#define SHUNT_REASONS_MAX 128 /* room for reasons to come, so that the layout stays */
#define SHUNT_EVENTS_BYTES (1024 * 1024)
#define SHUNT_SERVICE_STATS_MAX 4096 /* service ports whose requests are counted apart */
#define SHUNT_IN_FLIGHT_MAX 64 /* requests of a pod that are told apart at a time */
#define SHUNT_IN_FLIGHT_MS 10000 /* a request without a response is forgotten after that */
#define SHUNT_HANDSHAKE_BUCKETS 24 /* of a histogram: less than 2^n microseconds */

/*
 * Where a request moves this soon after the one before, the leg that it leaves is expected to be used again
 * soon: the acknowledgement of a small answer goes with its next request, as a client's delayed one does
 * (RFC 9293, 3.8.6.3, which allows half a second). Linux waits 200 ms before it sends one segment again.
 */
#define SHUNT_ACK_DELAY_NS 40000000ULL
#define SHUNT_CONNECT_TIMEOUT_NS 3000000000ULL /* an endpoint that has not answered by then: 504 */
#define SHUNT_CONNECT_RETRIES 2 /* at least, of a client that sends again late */
#define SHUNT_NEXT_ENDPOINT_NS 1000000000ULL /* the same where another endpoint can be tried */
#define SHUNT_REPLAY_INTERVAL_NS \
	100000000ULL /* bytes that the client cannot resend: at most so often */
#define SHUNT_CLOCK_TICK_NS 100000000ULL /* how often closed connections are looked at */
#define SHUNT_CLOSE_GRACE_NS \
	1000000000ULL /* a closed connection's state is kept for late packets */

/*
 * How often a connection's packets are put in again while the same bytes before them are missing. A round
 * takes half a microsecond; of what was overtaken on two processors under a load of 13, 3/4 came within
 * 16 rounds or 15 us, 95 in 100 within 256, and the rest, whose processor had been given to something else,
 * within 8,191 or 4 ms. Lost bytes cost twice as much, once, and then the client's retransmission timeout,
 * of 200 ms or more. Each time that the rounds were in vain halves them, down to 64, on that processor, and
 * each period that ends doubles them again.
 */
#define SHUNT_EARLY_ROUNDS_MAX 16384
#define SHUNT_EARLY_DOUBT_MAX 8
#define SHUNT_EARLY_IN_VAIN 0xffff /* in shunt_framing.early: no more rounds for these bytes */

/* The same of one processor for all connections, in a period of 2^26 ns (67 ms): whoever leaves out bytes on
 * purpose gets half of it, as by sending other packets. */
#define SHUNT_EARLY_PERIOD 26
#define SHUNT_EARLY_PERIOD_MAX 65536

#endif
