/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Passports: writing one into a SYN, finding and checking it there (include/shunt/passport.h). */
#ifndef SHUNT_BPF_PASSPORT_H
#define SHUNT_BPF_PASSPORT_H

#include "portable.h"
#include "tcp.h"
#include <shunt/passport.h>
#include <shunt/siphash.h>

/* What the tag is of: network byte order, as it is signed. */
struct passport_message {
	struct shunt_address source;
	struct shunt_address destination;
	__be16 source_port;
	__be16 destination_port;
	__be32 sequence;
} __attribute__((aligned(8)));

#define PASSPORT_WORDS 5
#define PASSPORT_BEGINS \
	((__u32)SHUNT_PASSPORT_KIND << 24 | SHUNT_PASSPORT_LENGTH << 16 | SHUNT_PASSPORT_EXID)

_Static_assert(sizeof(struct passport_message) == PASSPORT_WORDS * 8, "no hidden padding");

/* A passport as it stands among a SYN's options, in host byte order. */
struct passport {
	__u64 tag;
	__u32 epoch;
	__u16 index; /* of its first byte within the options */
	__u16 present; /* 0: there is none, and the rest says nothing */
};

enum passport_result {
	PASSPORT_VALID,
	PASSPORT_MISSING,
	PASSPORT_EXPIRED, /* its epoch has no key */
	PASSPORT_FORGED, /* made for another SYN, or not by us */
};

/* Says the SYN whose header is *tcp, between these addresses. */
static __always_inline void passport_describe(struct passport_message *message,
					      const struct shunt_address *source,
					      const struct shunt_address *destination,
					      const struct tcp_image *tcp)
{
	message->source = *source;
	message->destination = *destination;
	message->source_port = tcp->source;
	message->destination_port = tcp->destination;
	message->sequence = tcp->sequence;
}

/* Eight bytes, the first one lowest. */
static __always_inline __u64 passport_word(const void *at)
{
	__u64 word = load_word(at);

	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word) : word;
}

SUBPROGRAM __u64 passport_tag(const struct shunt_key *key, const struct passport_message *message)
{
	const __u8 *at = (const __u8 *)message;
	__u64 words[PASSPORT_WORDS];
	__u32 i;

	if (!key || !message)
		return 0;
	for (i = 0; i < PASSPORT_WORDS; i++)
		words[i] = passport_word(at + i * 8);
	return shunt_siphash(key, words, PASSPORT_WORDS);
}

/* Writes the passport of `epoch` over the SHUNT_PASSPORT_LENGTH bytes at `option`. */
static __always_inline void passport_write(__u8 *option, __u32 epoch, __u64 tag)
{
	__be32 words[SHUNT_PASSPORT_LENGTH / 4] = {
		bpf_htonl(PASSPORT_BEGINS),
		bpf_htonl(epoch),
		bpf_htonl(tag >> 32),
		bpf_htonl(tag),
	};

	__builtin_memcpy(option, words, sizeof(words));
}

static __always_inline __u32 passport_read_word(struct tcp_image *tcp, __u32 index)
{
	__be32 word;

	__builtin_memcpy(&word, tcp_option_at(tcp, index), sizeof(word));
	return bpf_ntohl(word);
}

/* Reads the option at index into *found if it is a passport; returns the next one's index. */
SUBPROGRAM __u32 passport_option(struct tcp_image *tcp, __u32 index, struct passport *found)
{
	__u8 kind = 0, size = 0;
	__u32 next;

	if (!tcp || !found)
		return TCP_OPTIONS_DONE;
	next = tcp_option_read(tcp, index, &kind, &size);
	if (next == TCP_OPTIONS_DONE || passport_read_word(tcp, index) != PASSPORT_BEGINS)
		return next;
	found->epoch = passport_read_word(tcp, index + 4);
	found->tag = (__u64)passport_read_word(tcp, index + 8) << 32;
	found->tag |= passport_read_word(tcp, index + 12);
	found->index = index;
	found->present = 1;
	return TCP_OPTIONS_DONE;
}

/* Finds the first passport among a SYN's options, which may stand in any order. */
static __always_inline void passport_find(struct tcp_image *tcp, struct passport *found)
{
	__u32 index = 0, n;

	found->present = 0;
	for (n = 0; n < 40 && index < 40; n++)
		index = passport_option(tcp, index, found);
}

/* Whether the SYN that *message says has the passport that it needs; keys may be NULL. */
static __always_inline enum passport_result passport_check(const struct passport *found,
							   const struct passport_message *message,
							   const struct shunt_keys *keys)
{
	__u32 place = found->epoch & 1;

	if (!found->present)
		return PASSPORT_MISSING;
	if (!keys || !found->epoch || keys->epochs[place] != found->epoch)
		return PASSPORT_EXPIRED;
	return passport_tag(&keys->keys[place], message) == found->tag ? PASSPORT_VALID
								       : PASSPORT_FORGED;
}

/* Overwrites a passport that was found with NOPs. */
static __always_inline void passport_erase(struct tcp_image *tcp, const struct passport *found)
{
	__u32 i;

	for (i = 0; i < SHUNT_PASSPORT_LENGTH; i++)
		*tcp_option_at(tcp, found->index + i) = TCP_OPTION_NOP;
}

#endif
