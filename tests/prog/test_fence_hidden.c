// SPDX-License-Identifier: Apache-2.0
/* SYNs that a raw socket can hide: in fragments, behind IPv6 extension headers, behind VLAN tags, in
 * packets that do not say their length. */
#include "fence.h"

#define TCP_AT(ipv6) (ETH_HLEN + ((ipv6) ? sizeof(struct ipv6hdr) : sizeof(struct iphdr)))
#define TAGS_MAX 200
#define HEADERS_MAX 400

/* What is done to a frame that the fence would refuse, and whether it is still refused. */
static const struct hidden_case {
	const char *name;
	bool refused;
	bool ipv6;
	__u8 flags; /* 0: FRAME_SYN */
	__u16 port; /* 0: PORT */
	__u16 fragment; /* IPv4: flags and offset */
	__u16 length; /* of what follows the IP header, 0: all; padding follows */
	__u16 tags; /* VLAN tags, all with the id 0 */
	__u16 headers; /* IPv6 extension headers, of `kind`; 8 bytes each */
	__u8 kind;
	bool fragment_header; /* IPv6: another one behind them, of a first fragment */
	bool later; /* and it is not the first */
	bool listed;
	bool lengthless; /* the IP header says 0, as that of a BIG TCP packet */
} hidden_cases[] = {
	{"first fragment", true, .fragment = 0x2000},
	{"fragment up to the sequence number", true, .fragment = 0x2000, .length = 8},
	{"later fragment", false, .fragment = 0x2001},
	{"last fragment", false, .fragment = 0x0001},
	{"first fragment with ACK", false, .fragment = 0x2000, .flags = FRAME_ACK},
	{"first fragment with SYN and ACK", false, .fragment = 0x2000,
	 .flags = FRAME_SYN | FRAME_ACK},
	{"first fragment whose flags the stack cuts off", true, .fragment = 0x2000,
	 .flags = FRAME_ACK, .length = 14},
	{"first fragment of which the stack cuts off all but ports", true, .fragment = 0x2000,
	 .flags = FRAME_ACK, .length = 15},
	{"first fragment up to the urgent pointer, with ACK", false, .fragment = 0x2000,
	 .flags = FRAME_ACK, .length = 16},
	{"first fragment to another port", false, .fragment = 0x2000, .port = PORT + 1},
	{"first fragment, source listed", false, .fragment = 0x2000, .listed = true},
	{"no length", true, .lengthless = true},
	{"no length, ACK", false, .lengthless = true, .flags = FRAME_ACK},
	{"no length, IPv6", true, .ipv6 = true, .lengthless = true},
	{"no length, IPv6, ACK", false, .ipv6 = true, .lengthless = true, .flags = FRAME_ACK},
	{"no length, hop-by-hop options", true, .ipv6 = true, .lengthless = true, .headers = 1,
	 .kind = IPPROTO_HOPOPTS},
	{"no length, hop-by-hop options, ACK", false, .ipv6 = true, .lengthless = true,
	 .headers = 1, .kind = IPPROTO_HOPOPTS, .flags = FRAME_ACK},
	{"a tag and no length", true, .tags = 1, .lengthless = true},
	{"one tag", true, .tags = 1},
	{"one tag, IPv6", true, .ipv6 = true, .tags = 1},
	{"two tags", true, .tags = 2},
	{"many tags", true, .tags = TAGS_MAX},
	{"one tag, ACK", false, .tags = 1, .flags = FRAME_ACK},
	{"a tag and a fragment", true, .tags = 1, .fragment = 0x2000},
	{"fragment header", true, .ipv6 = true, .fragment_header = true},
	{"fragment header of a later fragment", false, .ipv6 = true, .fragment_header = true,
	 .later = true},
	{"hop-by-hop options", true, .ipv6 = true, .headers = 1, .kind = IPPROTO_HOPOPTS},
	{"routing header", true, .ipv6 = true, .headers = 1, .kind = IPPROTO_ROUTING},
	{"destination options", true, .ipv6 = true, .headers = 1, .kind = IPPROTO_DSTOPTS},
	{"authentication header", true, .ipv6 = true, .headers = 1, .kind = IPPROTO_AH},
	{"many destination options", true, .ipv6 = true, .headers = HEADERS_MAX,
	 .kind = IPPROTO_DSTOPTS},
	{"many destination options and a fragment", true, .ipv6 = true, .headers = HEADERS_MAX,
	 .kind = IPPROTO_DSTOPTS, .fragment_header = true},
	{"destination options, ACK", false, .ipv6 = true, .headers = 1, .kind = IPPROTO_DSTOPTS,
	 .flags = FRAME_ACK},
	{"destination options to another port", false, .ipv6 = true, .headers = 1,
	 .kind = IPPROTO_DSTOPTS, .port = PORT + 1},
};

#define HIDDEN_CASES (sizeof(hidden_cases) / sizeof(hidden_cases[0]))

/* Makes room for bytes at `at`, and fills it with zeros. */
static __u8 *insert(struct frame *frame, size_t at, size_t length)
{
	memmove(frame->bytes + at + length, frame->bytes + at, frame->length - at);
	memset(frame->bytes + at, 0, length);
	frame->length += length;
	return frame->bytes + at;
}

static void hide_ipv6(const struct hidden_case *row, struct frame *frame)
{
	struct ipv6hdr *ip = (struct ipv6hdr *)(frame->bytes + ETH_HLEN);
	size_t count = row->headers + row->fragment_header;
	__u8 *at = insert(frame, TCP_AT(true), count * 8), *kind = &ip->nexthdr;

	for (size_t i = 0; i < count; i++, at += 8) {
		bool fragment = i == row->headers;

		*kind = fragment ? IPPROTO_FRAGMENT : row->kind;
		kind = at;
		if (fragment)
			at[3] = row->later ? 0x09 : 0x01;
	}
	*kind = IPPROTO_TCP;
	ip->payload_len = htons(frame->length - TCP_AT(true));
}

static void hide(const struct hidden_case *row, struct frame *frame)
{
	struct iphdr *ip = (struct iphdr *)(frame->bytes + ETH_HLEN);
	__u8 *at;

	if (row->ipv6)
		hide_ipv6(row, frame);
	if (row->fragment)
		ip->frag_off = htons(row->fragment);
	if (row->length) {
		ip->tot_len = htons(sizeof(*ip) + row->length);
		memset(frame->bytes + TCP_AT(false) + row->length, 0,
		       frame->length - TCP_AT(false) - row->length);
	}
	if (row->lengthless && row->ipv6)
		((struct ipv6hdr *)ip)->payload_len = 0;
	else if (row->lengthless)
		ip->tot_len = 0;
	for (size_t i = 0; i < row->tags; i++) {
		at = insert(frame, ETH_HLEN - 2, 4);
		at[0] = 0x81;
	}
}

/* Whether the frame's fate is as expected; nothing of what goes on is changed. */
static bool row_holds(struct kernel *kernel, const struct hidden_case *row)
{
	const struct fence_case plain = {
		.port = row->port, .flags = row->flags, .listed = row->listed};
	struct frame_tcp tcp = fence_syn(&plain, row->ipv6);
	__u64 counts[SHUNT_REASON_COUNT];
	static struct frame in, out;
	int verdict;

	frame_build(&in, &tcp);
	hide(row, &in);
	fence_count_all(kernel, counts);
	verdict = kernel_run(kernel->programs->progs.to_pod, &in, &out);
	if (verdict != (row->refused ? TC_ACT_SHOT : TC_ACT_UNSPEC))
		return false;
	if (row->refused)
		fence_check_counted(kernel, counts, SHUNT_REASON_FENCE_MISSING,
				    SHUNT_REASON_FENCE_REFUSED);
	else
		fence_check_counted(kernel, counts, row->listed ? SHUNT_REASON_FENCE_ALLOWED : 0,
				    0);
	return row->refused || (in.length == out.length && !memcmp(in.bytes, out.bytes, in.length));
}

static void drops_a_hidden_syn(void **state)
{
	struct kernel *kernel = *state;
	size_t failed = 0;

	passports_use(kernel, &passports_keys);
	fence_set(kernel, SHUNT_FENCE_ENFORCE);
	for (size_t i = 0; i < HIDDEN_CASES; i++) {
		if (row_holds(kernel, &hidden_cases[i]))
			continue;
		print_error("row \"%s\"\n", hidden_cases[i].name);
		failed++;
	}
	assert_int_equal(failed, 0);
	assert_true(kernel_silent(kernel));
}

static void lets_a_hidden_syn_in_where_the_fence_is_no_barrier(void **state)
{
	struct kernel *kernel = *state;
	__u64 counts[SHUNT_REASON_COUNT];
	static struct frame in, out;

	passports_use(kernel, &passports_keys);
	for (__u8 fence = SHUNT_FENCE_OFF; fence <= SHUNT_FENCE_OBSERVE; fence++) {
		const struct fence_case plain = {.decision = MISSING};
		struct frame_tcp tcp = fence_syn(&plain, false);

		fence_set(kernel, fence);
		frame_build(&in, &tcp);
		hide(&hidden_cases[0], &in);
		fence_count_all(kernel, counts);
		assert_int_equal(kernel_run(kernel->programs->progs.to_pod, &in, &out),
				 TC_ACT_UNSPEC);
		assert_memory_equal(in.bytes, out.bytes, in.length);
		if (fence == SHUNT_FENCE_OBSERVE)
			fence_check_counted(kernel, counts, SHUNT_REASON_FENCE_MISSING,
					    SHUNT_REASON_FENCE_OBSERVED);
		else
			fence_check_counted(kernel, counts, 0, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drops_a_hidden_syn),
		cmocka_unit_test(lets_a_hidden_syn_in_where_the_fence_is_no_barrier),
	};

	return cmocka_run_group_tests(tests, fence_setup, kernel_teardown);
}
