/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of packets that `scripts/bench kernel` measures, and the state that each one meets. */
#ifndef SHUNT_BENCH_PACKETS_H
#define SHUNT_BENCH_PACKETS_H

#include "tests/prog/moving.h"

#define PACKETS_MANY (1U << 30) /* bytes left of a body */

/* What the switch knows of the packet's connection. */
enum connection_kind {
	CONNECTION_UNKNOWN, /* its address is no frontend */
	CONNECTION_UNTRACKED, /* of a service without an override */
	CONNECTION_TRACKED, /* not moved */
	CONNECTION_MOVED, /* the override's leg is current */
	CONNECTION_BACK, /* moved, and the origin's leg is current again */
};

enum payload_kind {
	PAYLOAD_NONE,
	PAYLOAD_BODY,
	PAYLOAD_REQUEST,
	PAYLOAD_MARKED, /* a request whose last field is its marker */
	PAYLOAD_RESPONSE, /* a head, and the beginning of a body */
};

#define PACKET_FROM_SERVER 1
#define PACKET_STEADY 2 /* a run leaves packet and state as they were */

struct packet_kind {
	const char *name;
	enum connection_kind connection;
	enum payload_kind payload;
	size_t size; /* of the payload */
	__u8 flags; /* PACKET_* */
};

static inline bool is_from_server(const struct packet_kind *kind)
{
	return kind->flags & PACKET_FROM_SERVER;
}

/* Fills `size` bytes with a request; fields are about as long as those of browsers and libraries. */
static inline void packets_request(char *text, size_t size, const char *context)
{
	size_t end = size - 2, at;
	char marker[96] = "";
	int n = 0;

	if (context)
		end -= snprintf(marker, sizeof(marker), "x-shunt-context: %s\r\n", context);
	at = sprintf(text, "GET /api/v1/users?page=2 HTTP/1.1\r\nHost: users.shop\r\n");
	while (at < end) {
		size_t left = end - at, value = left < 110 ? left - 14 : 42;

		assert_true(left > 14);
		at += sprintf(text + at, "x-field-%02d: ", n++ % 100);
		memset(text + at, 'a', value);
		at += value;
		text[at++] = '\r';
		text[at++] = '\n';
	}
	assert_int_equal(at, end);
	at += sprintf(text + at, "%s\r\n", marker);
}

static inline void packets_response(char *text, size_t size)
{
	size_t at =
		sprintf(text, "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n"
			      "Date: Tue, 24 Nov 2026 10:00:00 GMT\r\nContent-Type: text/plain\r\n"
			      "Content-Length: 65536\r\nConnection: keep-alive\r\n\r\n");

	assert_true(at < size);
	memset(text + at, 'b', size - at);
}

/* The kind's packet. A context is named where the payload is marked. */
static inline void packets_build(const struct packet_kind *kind, const char *context,
				 struct frame *frame)
{
	static char text[FRAME_MAX];
	struct frame_tcp tcp = flow_from_client(false);

	if (kind->payload == PAYLOAD_REQUEST)
		packets_request(text, kind->size, NULL);
	else if (kind->payload == PAYLOAD_MARKED)
		packets_request(text, kind->size, context);
	else if (kind->payload == PAYLOAD_RESPONSE)
		packets_response(text, kind->size);
	else
		memset(text, 'c', kind->size);
	if (is_from_server(kind)) {
		tcp = flow_from_server(false, kind->connection == CONNECTION_MOVED);
		if (kind->connection == CONNECTION_TRACKED) {
			tcp.sequence = FLOW_REPLY;
			tcp.acknowledgement = FLOW_CLIENT_NEXT;
		}
	}
	/* What clients have agreed on, but towards legs. */
	if (kind->connection != CONNECTION_MOVED || !is_from_server(kind)) {
		memcpy(tcp.options, (__u8[]){1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}, 12);
		tcp.options_length = 12;
	}
	tcp.payload = text;
	tcp.payload_length = kind->size;
	frame_build(frame, &tcp);
}

/* What was seen of the connection's streams before the packet. */
static inline struct shunt_framing packets_framing(const struct packet_kind *kind)
{
	struct shunt_framing framing = {.reply = FLOW_REPLY - 100};

	framing.requests.state = FRAMING_START;
	framing.requests.next = FLOW_CLIENT_NEXT;
	framing.responses.state = FRAMING_START;
	framing.responses.next = FLOW_REPLY;
	if (is_from_server(kind))
		framing.requests.count = 1;
	if (kind->payload == PAYLOAD_BODY) {
		struct shunt_stream *stream =
			is_from_server(kind) ? &framing.responses : &framing.requests;

		stream->state = FRAMING_BODY;
		stream->remaining = PACKETS_MANY;
	}
	return framing;
}

static inline void packets_forget(struct kernel *kernel)
{
	struct shunt_connection key = flow_connection(false), leg = flow_leg_connection(false);
	struct shunt_endpoint frontend = {.address = key.remote, .port = key.remote_port};

	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.frontends), &frontend);
	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.flows), &key);
	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.legs), &leg);
}

/* Puts the maps into the state that the packet meets. */
static inline void packets_prepare(struct kernel *kernel, const struct packet_kind *kind)
{
	struct shunt_framing framing = packets_framing(kind);
	struct shunt_connection key = flow_connection(false);
	struct shunt_flow flow = moving_flow(false, kind->connection == CONNECTION_MOVED);

	if (kind->connection >= CONNECTION_MOVED) {
		flow_put(kernel, false, &flow);
	} else {
		packets_forget(kernel);
		if (kind->connection != CONNECTION_UNKNOWN)
			kernel_frontend(kernel, flow_ends[0].origin, FLOW_ORIGIN_PORT,
					kind->connection == CONNECTION_TRACKED
						? SHUNT_FRONTEND_TRACKED
						: 0);
	}
	if (kind->connection >= CONNECTION_TRACKED)
		kernel_put(kernel->programs->maps.framing, &key, &framing);
}

#endif
