/* SPDX-License-Identifier: Apache-2.0 */
/* A client of a tracked frontend, whose stream goes through from_pod segment by segment. */
#ifndef SHUNT_TESTS_PROG_CLIENT_H
#define SHUNT_TESTS_PROG_CLIENT_H

#include "kernel.h"

#define CLIENT_ORIGIN "10.9.1.1"
#define CLIENT_FIRST (0U - 150) /* sequence number of the first byte: it wraps */

/* A connection of its own for each call. */
static inline struct shunt_connection client_connection(void)
{
	static __u16 next_port = 1024;

	return (struct shunt_connection){.client = kernel_address("10.9.0.2"),
					 .remote = kernel_address(CLIENT_ORIGIN),
					 .client_port = next_port++,
					 .remote_port = 80};
}

/* Sends a segment; returns whether it went on as it was. */
static inline bool client_segment(struct kernel *kernel, const struct shunt_connection *connection,
				  struct frame_tcp tcp)
{
	static struct frame in, out;

	tcp.source = connection->client;
	tcp.destination = connection->remote;
	tcp.source_port = connection->client_port;
	tcp.destination_port = connection->remote_port;
	tcp.window = 500;
	frame_build(&in, &tcp);
	return kernel_run(kernel->programs->progs.from_pod, &in, &out) == TC_ACT_UNSPEC &&
	       out.length == in.length && !memcmp(in.bytes, out.bytes, in.length);
}

/* Opens the connection and sends the bytes: a segment of `first`, then others of at most `step`.
 * Returns whether all went on as they were. */
static inline bool client_stream_cut(struct kernel *kernel,
				     const struct shunt_connection *connection, const char *bytes,
				     size_t length, size_t first, size_t step)
{
	size_t size = first < length ? first : length;
	bool good = client_segment(
		kernel, connection,
		(struct frame_tcp){.sequence = CLIENT_FIRST - 1, .flags = FRAME_SYN});

	for (size_t at = 0; at < length && good; at += size) {
		if (at)
			size = length - at < step ? length - at : step;
		good = client_segment(kernel, connection,
				      (struct frame_tcp){.sequence = CLIENT_FIRST + at,
							 .acknowledgement = 1,
							 .flags = FRAME_ACK | FRAME_PSH,
							 .payload = bytes + at,
							 .payload_length = size});
	}
	return good;
}

/* The same in segments of at most `step`. */
static inline bool client_stream(struct kernel *kernel, const struct shunt_connection *connection,
				 const char *bytes, size_t length, size_t step)
{
	return client_stream_cut(kernel, connection, bytes, length, step, step);
}

/* What the switch keeps of the connection's framing; forgets it, and what is held. */
static inline bool client_framing(struct kernel *kernel, const struct shunt_connection *connection,
				  struct shunt_framing *framing)
{
	bool known = kernel_get(kernel->programs->maps.framing, connection, framing);

	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.held), connection);
	bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.framing), connection);
	return known;
}

/* Group setup: the programs, and the frontend. */
static inline int client_setup(void **state)
{
	int err = kernel_setup(state);

	if (!err)
		kernel_frontend(*state, CLIENT_ORIGIN, 80, SHUNT_FRONTEND_TRACKED);
	return err;
}

#endif
