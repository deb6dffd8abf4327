/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client and the servers of its legs, each counting bytes in its own numbering. The client's
 * position and every server's are known as 64-bit offsets, so that what the 32-bit translation
 * says can be checked exactly.
 */
#ifndef SHUNT_TESTS_UNIT_LEGS_MODEL_H
#define SHUNT_TESTS_UNIT_LEGS_MODEL_H

#include "bpf/legs.h"
#include "tcp_image.h"

#define MODEL_SERVERS 2
#define MODEL_SCALE 7

/* A stretch of a stream, by its offset. */
struct stretch {
	__u64 at;
	__u32 length;
};

struct server {
	__u32 sequence; /* its numbering of its own first byte */
	__u32 client_sequence; /* its numbering of the first byte that it got */
	__u64 sent; /* bytes, all of which the client has got */
	__u64 received;
	bool open;
};

struct model {
	struct shunt_flow flow;
	struct server servers[MODEL_SERVERS];
	__u32 sequence; /* client's numbering of its own first byte */
	__u32 reply; /* client's numbering of the first byte that it got */
	__u64 sent;
	__u64 received;
	__u64 request; /* offset of the present request */
	__u64 answer; /* of the present answer, in what the client got */
	__u64 request_received; /* bytes that the present server had got before it */
	__u64 answer_sent; /* bytes that it had sent before it */
	__u64 random;
	unsigned int moves, reopened;
};

static inline __u32 model_random(struct model *model, __u32 below)
{
	model->random = model->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (model->random >> 33) % below;
}

/* A sequence number that soon wraps. */
static inline __u32 model_initial(struct model *model)
{
	return 0U - model_random(model, 20000);
}

static inline struct server *model_present(struct model *model)
{
	return &model->servers[model->flow.current];
}

static inline __u32 server_next(const struct server *server)
{
	return server->sequence + server->sent;
}

static inline __u32 server_expects(const struct server *server)
{
	return server->client_sequence + server->received;
}

static inline __u32 model_client_next(const struct model *model)
{
	return model->sequence + model->sent;
}

static inline __u32 model_client_expects(const struct model *model)
{
	return model->reply + model->received;
}

/* Where the present server must see byte `at` of the client's stream, in its numbering. */
static inline __u32 model_at_server(struct model *model, __u64 at)
{
	return model_present(model)->client_sequence + model->request_received + at -
	       model->request;
}

/* The present server's number of byte `at` of what the client gets. */
static inline __u32 model_reply_at_server(struct model *model, __u64 at)
{
	return model_present(model)->sequence + model->answer_sent + at - model->answer;
}

static inline struct segment segment_new(__u32 sequence, __u32 acknowledgement, __u32 length,
					 __u8 flags)
{
	return (struct segment){
		.sequence = sequence,
		.acknowledgement = acknowledgement,
		.length = length,
		.end = sequence + length + !!(flags & TCP_SYN) + !!(flags & TCP_FIN),
		.flags = flags,
		.window = 0xffff,
	};
}

/* The header of a segment with one SACK block, after `pad` NOPs. */
static inline struct tcp_image segment_image(const struct segment *segment, __u32 from, __u32 to,
					     __u32 pad)
{
	const __u8 block[] = {SACK1(from, to)};
	struct tcp_image image = image_new(NULL, 16);

	image.sequence = htonl(segment->sequence);
	image.acknowledgement = htonl(segment->acknowledgement);
	memset(image.options, TCP_OPTION_NOP, 16);
	memcpy(&image.options[pad], block, sizeof(block));
	return image;
}

static inline __u32 image_sack(const struct tcp_image *image, __u32 pad, __u32 edge)
{
	__be32 value;

	memcpy(&value, &image->options[pad + 2 + 4 * edge], sizeof(value));
	return ntohl(value);
}

#endif
