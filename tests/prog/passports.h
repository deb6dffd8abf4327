/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of passports, and passports of frames. */
#ifndef SHUNT_TESTS_PROG_PASSPORTS_H
#define SHUNT_TESTS_PROG_PASSPORTS_H

#include "kernel.h"
#include "bpf/passport.h"

#define PASSPORTS_EPOCH 1001

static const struct shunt_keys passports_keys = {
	.epochs = {PASSPORTS_EPOCH - 1, PASSPORTS_EPOCH},
	.current = PASSPORTS_EPOCH,
	.keys = {{{1, 2}}, {{0x0706050403020100, 0x0f0e0d0c0b0a0908}}},
};

/* Puts keys in force; the settings' other fields are as kernel_setup() made them. */
static inline void passports_use(struct kernel *kernel, const struct shunt_keys *keys)
{
	struct shunt_settings settings = {.layout_version = SHUNT_LAYOUT_VERSION, .keys = 1};
	__u32 zero = 0, one = 1;

	kernel_put(kernel->programs->maps.keys, &one, keys);
	kernel_put(kernel->programs->maps.settings, &zero, &settings);
}

/* The tag of the frame's passport under the epoch's key. */
static inline __u64 passports_tag(const struct frame_tcp *tcp, __u32 epoch)
{
	struct tcp_image image = {.source = htons(tcp->source_port),
				  .destination = htons(tcp->destination_port),
				  .sequence = htonl(tcp->sequence)};
	struct passport_message message;

	passport_describe(&message, &tcp->source, &tcp->destination, &image);
	return passport_tag(&passports_keys.keys[epoch & 1], &message);
}

/* Adds a passport behind the options that the frame has. */
static inline void passports_add(struct frame_tcp *tcp, __u32 epoch, __u64 tag)
{
	passport_write(tcp->options + tcp->options_length, epoch, tag);
	tcp->options_length += SHUNT_PASSPORT_LENGTH;
}

#endif
