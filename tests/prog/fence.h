/* SPDX-License-Identifier: Apache-2.0 */
/* SYNs to an offloaded endpoint, and what its fence has to make of them. */
#ifndef SHUNT_TESTS_PROG_FENCE_H
#define SHUNT_TESTS_PROG_FENCE_H

#include "passports.h"

#define PORT 8080
#define CLIENT_PORT 40000
#define SEQUENCE 0xfffffff0U /* what is acknowledged wraps, with some payload */
#define WINDOW 29200

static const struct {
	const char *client, *listed, *pod;
} ends[2] = {
	{"10.9.0.2", "10.9.7.2", "10.9.2.1"},
	{"fd09::2", "fd09:7::2", "fd09:2::1"},
};

static const __u8 client_mac[6] = {2, 0, 0, 0, 0, 1}, pod_mac[6] = {2, 0, 0, 0, 0, 2};
static const __u8 other_options[12] = {2, 4, 5, 180, 4, 2, 1, 1, 1, 3, 3, 7};

enum decision {
	GOES_ON, /* as it is, and nothing is counted */
	PASSED, /* without its passport */
	ALLOWED,
	UNKEYED,
	MISSING,
	EXPIRED,
	FORGED,
};

static const __u32 reasons[] = {
	[PASSED] = SHUNT_REASON_FENCE_PASSED,	[ALLOWED] = SHUNT_REASON_FENCE_ALLOWED,
	[UNKEYED] = SHUNT_REASON_FENCE_UNKEYED, [MISSING] = SHUNT_REASON_FENCE_MISSING,
	[EXPIRED] = SHUNT_REASON_FENCE_EXPIRED, [FORGED] = SHUNT_REASON_FENCE_FORGED,
};

/* Of the RST, by which the client's switch knows what happened. */
static const __u16 windows[] = {
	[MISSING] = SHUNT_REFUSAL_MISSING,
	[EXPIRED] = SHUNT_REFUSAL_EXPIRED,
	[FORGED] = SHUNT_REFUSAL_FORGED,
};

static const struct fence_case {
	const char *name;
	enum decision decision;
	__u32 epoch; /* of its passport; 0: it has none */
	__u64 tag_error; /* bits of the tag that are wrong */
	__u32 sequence_error; /* it is made for another sequence number */
	__u16 port; /* 0: PORT */
	__u16 payload;
	__u8 flags; /* 0: FRAME_SYN */
	__u8 ip_words; /* words of IPv4 options */
	bool listed; /* its source is */
	bool no_keys;
	bool first; /* the passport is its first option */
} fence_cases[] = {
	{"own passport", PASSED, .epoch = PASSPORTS_EPOCH},
	{"own passport, the other epoch", PASSED, .epoch = PASSPORTS_EPOCH - 1},
	{"own passport first", PASSED, .epoch = PASSPORTS_EPOCH, .first = true},
	{"own passport, IP options", PASSED, .epoch = PASSPORTS_EPOCH, .ip_words = 3},
	{"own passport, source listed", PASSED, .epoch = PASSPORTS_EPOCH, .listed = true},
	{"no passport", MISSING, .epoch = 0},
	{"no passport, IP options", MISSING, .ip_words = 10},
	{"no passport, data (TCP Fast Open)", MISSING, .payload = 700},
	{"no passport, one byte", MISSING, .payload = 1},
	{"no passport, ECN", MISSING, .flags = FRAME_SYN | 0xc0},
	{"no passport, FIN", MISSING, .flags = FRAME_SYN | FRAME_FIN},
	{"own passport, FIN", MISSING, .epoch = PASSPORTS_EPOCH, .flags = FRAME_SYN | FRAME_FIN},
	{"passport of an epoch before", EXPIRED, .epoch = PASSPORTS_EPOCH - 2},
	{"passport of an epoch to come", EXPIRED, .epoch = PASSPORTS_EPOCH + 1},
	{"one bit wrong", FORGED, .epoch = PASSPORTS_EPOCH, .tag_error = 1},
	{"first bit wrong", FORGED, .epoch = PASSPORTS_EPOCH, .tag_error = 1ULL << 63},
	{"another SYN's passport", FORGED, .epoch = PASSPORTS_EPOCH, .sequence_error = 1},
	{"another SYN's passport, data", FORGED, .epoch = PASSPORTS_EPOCH, .sequence_error = 1,
	 .payload = 99},
	{"source listed", ALLOWED, .listed = true},
	{"source listed, wrong passport", ALLOWED, .epoch = PASSPORTS_EPOCH, .tag_error = 1,
	 .listed = true},
	{"no keys", UNKEYED, .no_keys = true},
	{"no keys, a passport", UNKEYED, .epoch = PASSPORTS_EPOCH, .no_keys = true},
	{"no keys, source listed", ALLOWED, .no_keys = true, .listed = true},
	{"another port", GOES_ON, .port = PORT + 1},
	{"SYN-ACK", GOES_ON, .flags = FRAME_SYN | FRAME_ACK},
	{"ACK", GOES_ON, .flags = FRAME_ACK},
	{"data", GOES_ON, .flags = FRAME_ACK | FRAME_PSH, .payload = 100},
	{"RST", GOES_ON, .flags = FRAME_RST},
};

#define FENCE_CASES (sizeof(fence_cases) / sizeof(fence_cases[0]))

static inline struct frame_tcp fence_syn(const struct fence_case *row, bool ipv6)
{
	static const char payload[700] = "GET / HTTP/1.1\r\n";
	struct frame_tcp tcp = {
		.source = kernel_address(row->listed ? ends[ipv6].listed : ends[ipv6].client),
		.destination = kernel_address(ends[ipv6].pod),
		.source_port = CLIENT_PORT,
		.destination_port = row->port ? row->port : PORT,
		.sequence = SEQUENCE + row->sequence_error,
		.window = WINDOW,
		.flags = row->flags ? row->flags : FRAME_SYN,
		.ip_words = row->ip_words,
		.payload = payload,
		.payload_length = row->payload,
	};
	__u64 tag = passports_tag(&tcp, row->epoch) ^ row->tag_error;

	memcpy(tcp.destination_mac, pod_mac, 6);
	memcpy(tcp.source_mac, client_mac, 6);
	tcp.sequence = SEQUENCE;
	if (row->epoch && row->first)
		passports_add(&tcp, row->epoch, tag);
	memcpy(tcp.options + tcp.options_length, other_options, sizeof(other_options));
	tcp.options_length += sizeof(other_options);
	if (row->epoch && !row->first)
		passports_add(&tcp, row->epoch, tag);
	return tcp;
}

/* The counts of all reasons. */
static inline void fence_count_all(struct kernel *kernel, __u64 counts[SHUNT_REASON_COUNT])
{
	for (__u32 i = 0; i < SHUNT_REASON_COUNT; i++)
		counts[i] = kernel_count(kernel, i);
}

/* Since `counts` were taken, these were counted once, and nothing else; 0 is none. */
static inline void fence_check_counted(struct kernel *kernel, __u64 counts[SHUNT_REASON_COUNT],
				       __u32 first, __u32 second)
{
	__u64 now[SHUNT_REASON_COUNT];

	fence_count_all(kernel, now);
	counts[first] += !!first;
	counts[second] += !!second;
	for (__u32 i = 1; i < SHUNT_REASON_COUNT; i++)
		if (now[i] != counts[i])
			fail_msg("reason %u was counted %lld times too often", i,
				 (long long)(now[i] - counts[i]));
}

/* The frame is as it was; where it has a passport that counts, NOPs stand in its place. */
static inline void fence_check_passed(const struct fence_case *row, const struct frame_tcp *sent,
				      const struct frame *out)
{
	struct frame_tcp expected = *sent;
	struct frame frame;

	if (row->decision == PASSED)
		memset(expected.options + (row->first ? 0 : sizeof(other_options)), 1,
		       SHUNT_PASSPORT_LENGTH);
	frame_build(&frame, &expected);
	assert_int_equal(out->length, frame.length);
	assert_memory_equal(out->bytes, frame.bytes, frame.length);
}

/* The frame is the RST that refuses what was sent (RFC 9293, 3.10.7.1). */
static inline void fence_check_refused(const struct fence_case *row, const struct frame_tcp *sent,
				       const struct frame *out)
{
	struct frame_tcp got;

	if (!frame_read(out, &got))
		fail_msg("the frame is not sound");
	assert_memory_equal(&got.source, &sent->destination, 16);
	assert_memory_equal(&got.destination, &sent->source, 16);
	assert_int_equal(got.source_port, sent->destination_port);
	assert_int_equal(got.destination_port, sent->source_port);
	assert_memory_equal(got.source_mac, sent->destination_mac, 6);
	assert_memory_equal(got.destination_mac, sent->source_mac, 6);
	assert_int_equal(got.flags, FRAME_RST | FRAME_ACK);
	assert_int_equal(got.sequence, 0);
	assert_int_equal(got.acknowledgement,
			 (__u32)(SEQUENCE + 1 + row->payload + !!(sent->flags & FRAME_FIN)));
	assert_int_equal(got.window, windows[row->decision]);
	assert_int_equal(got.urgent, 0);
	assert_int_equal(got.options_length, 0);
	assert_int_equal(got.payload_length, 0);
}

static inline bool fence_is_refusal(const struct fence_case *row)
{
	return row->decision >= MISSING;
}

static inline void fence_set(struct kernel *kernel, __u8 fence)
{
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct shunt_endpoint pod = {.address = kernel_address(ends[ipv6].pod),
					     .port = PORT};

		kernel_offloaded(kernel, &pod, KERNEL_SERVICE, fence);
	}
}

/* Runs a program on the row's frame. */
static inline int fence_run(struct kernel *kernel, struct bpf_program *program,
			    const struct fence_case *row, const struct frame_tcp *tcp,
			    struct frame *out)
{
	static const struct shunt_keys none;
	static struct frame in;

	passports_use(kernel, row->no_keys ? &none : &passports_keys);
	frame_build(&in, tcp);
	return kernel_run(program, &in, out);
}

/* Group setup: the programs, and whose connections are let in. */
static inline int fence_setup(void **state)
{
	struct shunt_prefix listed[2] = {
		{.length = 96 + 24, .address = kernel_address("10.9.7.0")},
		{.length = 48, .address = kernel_address("fd09:7::")},
	};
	struct shunt_allowed allowed = {0};
	struct kernel *kernel;

	if (kernel_setup(state))
		return -1;
	kernel = *state;
	for (int i = 0; i < 2; i++)
		kernel_put(kernel->programs->maps.fence_allowed, &listed[i], &allowed);
	return 0;
}

#endif
