/* SPDX-License-Identifier: Apache-2.0 */
/* TCP options as an end writes and reads them: a reader of its own, not that under test. */
#ifndef SHUNT_TESTS_UNIT_MODEL_OPTIONS_H
#define SHUNT_TESTS_UNIT_MODEL_OPTIONS_H

#include "model.h"

struct options {
	bool timestamp, scaled, sack_permitted;
	__u32 value, echo;
	__u16 mss;
	__u8 scale;
	int blocks;
	__u32 left[MODEL_BLOCKS], right[MODEL_BLOCKS];
};

static inline void put_word(__u8 *at, __u32 value)
{
	__be32 word = htonl(value);

	memcpy(at, &word, sizeof(word));
}

static inline __u32 get_word(const __u8 *at)
{
	__be32 word;

	memcpy(&word, at, sizeof(word));
	return ntohl(word);
}

static inline int put_timestamp(__u8 *at, const struct options *options)
{
	at[0] = TCP_OPTION_TIMESTAMP;
	at[1] = 10;
	put_word(at + 2, options->value);
	put_word(at + 6, options->echo);
	return 10;
}

static inline int put_blocks(__u8 *at, const struct options *options, int count)
{
	at[0] = TCP_OPTION_SACK;
	at[1] = 2 + 8 * count;
	for (int i = 0; i < count; i++) {
		put_word(at + 2 + 8 * i, options->left[i]);
		put_word(at + 6 + 8 * i, options->right[i]);
	}
	return at[1];
}

/* Options of a segment that is no SYN, in either order, anywhere. */
static inline void options_write(struct world *world, struct tcp_image *image,
				 const struct options *options)
{
	int blocks = options->timestamp && options->blocks == 4 ? 3 : options->blocks, at = 0;
	bool sack_first = model_chance(world, 300);
	__u8 *bytes = image->options;
	int spare = 40 - 10 * options->timestamp - (blocks ? 2 + 8 * blocks : 0);

	memset(bytes, TCP_OPTION_NOP, 40);
	if (!options->timestamp && !blocks)
		return;
	at = model_random(world, spare < 3 ? spare + 1 : 3);
	spare -= at;
	if (sack_first && blocks)
		at += put_blocks(bytes + at, options, blocks);
	if (options->timestamp)
		at += put_timestamp(bytes + at, options);
	if (!sack_first && blocks)
		at += put_blocks(bytes + at, options, blocks);
	image->offset += (at + 3) / 4 << 4;
}

static inline void options_write_synack(const struct world *world, struct tcp_image *image,
					const struct peer *peer)
{
	struct options options = {.value = model_time(world, peer), .echo = peer->echo};
	__u8 *at = image->options;

	memset(at, TCP_OPTION_NOP, 40);
	at[0] = TCP_OPTION_MSS;
	at[1] = 4;
	at[2] = peer->mss >> 8;
	at[3] = peer->mss & 0xff;
	if (peer->sack) {
		at[4] = TCP_OPTION_SACK_PERMITTED;
		at[5] = 2;
	}
	if (peer->scaled) {
		at[9] = TCP_OPTION_SCALE;
		at[10] = 3;
		at[11] = peer->scale;
	}
	image->offset += 3 << 4;
	if (!peer->timestamps)
		return;
	put_timestamp(at + 14, &options);
	image->offset += 3 << 4;
}

static inline void options_read_one(const __u8 *at, int size, struct options *options)
{
	if (at[0] == TCP_OPTION_TIMESTAMP && size == 10) {
		options->timestamp = true;
		options->value = get_word(at + 2);
		options->echo = get_word(at + 6);
	} else if (at[0] == TCP_OPTION_SACK) {
		for (int i = 2; i + 8 <= size && options->blocks < MODEL_BLOCKS; i += 8) {
			options->left[options->blocks] = get_word(at + i);
			options->right[options->blocks++] = get_word(at + i + 4);
		}
	} else if (at[0] == TCP_OPTION_MSS) {
		options->mss = at[2] << 8 | at[3];
	} else if (at[0] == TCP_OPTION_SCALE) {
		options->scaled = true;
		options->scale = at[2];
	} else if (at[0] == TCP_OPTION_SACK_PERMITTED) {
		options->sack_permitted = true;
	}
}

static inline void options_read(struct world *world, const struct tcp_image *image,
				struct options *options)
{
	int length = (image->offset >> 4) * 4 - TCP_HEADER_MIN, at = 0;

	*options = (struct options){0};
	while (at < length && image->options[at] != TCP_OPTION_END) {
		int size = image->options[at] == TCP_OPTION_NOP ? 1 : image->options[at + 1];

		if (size < 1 || at + size > length)
			model_fail(world, "options are malformed\n");
		if (size > 1)
			options_read_one(&image->options[at], size, options);
		at += size;
	}
}

#endif
