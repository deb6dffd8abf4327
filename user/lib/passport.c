// SPDX-License-Identifier: Apache-2.0
#include "user/lib/passport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <endian.h>
#include <netinet/in.h>
#include <string.h>
#include <shunt/siphash.h>

/* A TCP header and where things are in it (RFC 9293, 3.1). */
#define HEADER_SIZE 20
#define FLAG_SYN 0x02
#define AT_SEQUENCE 4
#define AT_OFFSET 12
#define AT_FLAGS 13
#define AT_WINDOW 14
#define AT_CHECKSUM 16

#define OPTION_MSS 2
#define OPTION_MSS_SIZE 4
#define MSS 536 /* what every host takes; no data follows */
#define WINDOW 65535

#define WORDS 5 /* that are hashed */

static void put16(__u8 *at, __u16 value)
{
	__be16 big = htons(value);

	memcpy(at, &big, sizeof(big));
}

static void put32(__u8 *at, __u32 value)
{
	__be32 big = htonl(value);

	memcpy(at, &big, sizeof(big));
}

__u64 passport_tag(const struct shunt_key *key, const struct shunt_connection *connection,
		   __u32 sequence)
{
	__u8 bytes[WORDS * sizeof(__u64)];
	__u64 words[WORDS];

	memcpy(bytes, connection->client.bytes, 16);
	memcpy(bytes + 16, connection->remote.bytes, 16);
	put16(bytes + 32, connection->client_port);
	put16(bytes + 34, connection->remote_port);
	put32(bytes + 36, sequence);
	memcpy(words, bytes, sizeof(words));
	for (int i = 0; i < WORDS; i++)
		words[i] = le64toh(words[i]);
	return shunt_siphash(key, words, WORDS);
}

int passport_write(const struct shunt_keys *keys, const struct shunt_connection *connection,
		   __u32 sequence, __u8 option[SHUNT_PASSPORT_LENGTH])
{
	__u32 epoch = keys->current;
	__u64 tag;

	if (!epoch || keys->epochs[epoch & 1] != epoch)
		return -ENOKEY;
	tag = passport_tag(&keys->keys[epoch & 1], connection, sequence);
	option[0] = SHUNT_PASSPORT_KIND;
	option[1] = SHUNT_PASSPORT_LENGTH;
	put16(option + 2, SHUNT_PASSPORT_EXID);
	put32(option + 4, epoch);
	put32(option + 8, tag >> 32);
	put32(option + 12, (__u32)tag);
	return 0;
}

static __u32 add_bytes(__u32 sum, const __u8 *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sum += i % 2 ? bytes[i] : (__u32)bytes[i] << 8;
	return sum;
}

__u16 passport_checksum(const struct shunt_connection *connection, const __u8 *segment,
			size_t length)
{
	__u32 sum = IPPROTO_TCP + (__u32)length;

	/* The prefix of an IPv4-mapped address adds 0xffff, which is 0 to this sum. */
	sum = add_bytes(sum, connection->client.bytes, 16);
	sum = add_bytes(sum, connection->remote.bytes, 16);
	sum = add_bytes(sum, segment, length);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

int passport_write_syn(const struct shunt_keys *keys, const struct shunt_connection *connection,
		       __u32 sequence, __u8 segment[PASSPORT_SYN_SIZE])
{
	__u8 *option = segment + HEADER_SIZE;
	int error;

	memset(segment, 0, PASSPORT_SYN_SIZE);
	put16(segment, connection->client_port);
	put16(segment + 2, connection->remote_port);
	put32(segment + AT_SEQUENCE, sequence);
	segment[AT_OFFSET] = PASSPORT_SYN_SIZE / 4 << 4;
	segment[AT_FLAGS] = FLAG_SYN;
	put16(segment + AT_WINDOW, WINDOW);
	option[0] = OPTION_MSS;
	option[1] = OPTION_MSS_SIZE;
	put16(option + 2, MSS);
	error = passport_write(keys, connection, sequence, option + OPTION_MSS_SIZE);
	if (!error)
		put16(segment + AT_CHECKSUM,
		      passport_checksum(connection, segment, PASSPORT_SYN_SIZE));
	return error;
}
