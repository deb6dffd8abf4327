// SPDX-License-Identifier: Apache-2.0
/* Packets that are none of ours leave both programs as they came. */
#include "kernel.h"

#define CLIENT "10.9.0.2"
#define CLIENT6 "fd09::2"
#define PORT 40000

enum frontend {
	TRACKED,
	UNTRACKED,
	UNKNOWN,
};

struct passthrough_case {
	const char *name;
	enum frontend frontend;
	bool ipv6;
	__u8 flags;
	__u8 ip_words;
	size_t payload;
	size_t cut; /* the frame's length, 0: whole */
	struct {
		__u16 at;
		__u8 value;
	} patches[3]; /* bytes of the frame overwritten */
	bool followed; /* the connection is remembered in `framing` */
};

#define ACK FRAME_ACK
#define SYN FRAME_SYN
#define PATCH(...) .patches = {__VA_ARGS__}
#define V6 .ipv6 = true

static const struct passthrough_case cases[] = {
	{"SYN", TRACKED, .flags = SYN, .followed = true},
	{"SYN with IP options", TRACKED, .flags = SYN, .ip_words = 10, .followed = true},
	{"SYN, IPv6", TRACKED, V6, .flags = SYN, .followed = true},
	{"data", TRACKED, .flags = ACK, .payload = 100, .followed = true},
	{"data, IPv6", TRACKED, V6, .flags = ACK, .payload = 100, .followed = true},
	{"one byte", TRACKED, .flags = ACK, .payload = 1, .followed = true},
	{"data in a large frame", TRACKED, .flags = ACK, .payload = 3000, .followed = true},
	{"acknowledgement", TRACKED, .flags = ACK},
	{"acknowledgement, IPv6", TRACKED, V6, .flags = ACK},
	{"FIN", TRACKED, .flags = ACK | FRAME_FIN},
	{"RST", TRACKED, .flags = FRAME_RST},
	{"no flag", TRACKED, .flags = 0},
	{"SYN with data", TRACKED, .flags = SYN, .payload = 10},
	{"SYN to an untracked frontend", UNTRACKED, .flags = SYN},
	{"data to an untracked frontend", UNTRACKED, .flags = ACK, .payload = 100},
	{"data to an untracked frontend, IPv6", UNTRACKED, V6, .flags = ACK, .payload = 100},
	{"SYN to elsewhere", UNKNOWN, .flags = SYN},
	{"data to elsewhere", UNKNOWN, .flags = ACK, .payload = 100},
	{"data to elsewhere, IPv6", UNKNOWN, V6, .flags = ACK, .payload = 100},
	{"other port of a frontend", TRACKED, .flags = SYN, PATCH({37, 81})},

	{"ARP", TRACKED, .flags = SYN, PATCH({13, 6})},
	{"ARP, one byte", TRACKED, .flags = SYN, .cut = 15, PATCH({13, 6})},
	{"VLAN tag", TRACKED, .flags = SYN, PATCH({12, 0x81}, {13, 0})},
	{"VLAN tag of a provider", TRACKED, .flags = SYN, PATCH({12, 0x88}, {13, 0xa8})},
	{"length for a type", TRACKED, .flags = SYN, PATCH({12, 0}, {13, 60})},
	{"IPv6's type on an IPv4 packet", TRACKED, .flags = SYN, PATCH({12, 0x86}, {13, 0xdd})},
	{"UDP", TRACKED, .flags = SYN, PATCH({23, IPPROTO_UDP})},
	{"ICMP", TRACKED, .flags = SYN, PATCH({23, IPPROTO_ICMP})},
	{"SCTP", TRACKED, .flags = SYN, PATCH({23, IPPROTO_SCTP})},
	{"don't fragment is no fragment", TRACKED, .flags = SYN, PATCH({20, 0x40}),
	 .followed = true},
	{"first fragment", TRACKED, .flags = ACK, .payload = 100, PATCH({20, 0x20})},
	{"middle fragment", TRACKED, .flags = ACK, .payload = 100, PATCH({20, 0x20}, {21, 1})},
	{"last fragment", TRACKED, .flags = ACK, .payload = 100, PATCH({20, 0x1f}, {21, 0xff})},
	{"IP header of 16 bytes", TRACKED, .flags = SYN, PATCH({14, 0x44})},
	{"IP header of 0 bytes", TRACKED, .flags = SYN, PATCH({14, 0x40})},
	{"IP header beyond the packet", TRACKED, .flags = SYN, PATCH({14, 0x4f})},
	{"IP length of 0", TRACKED, .flags = ACK, .payload = 9, PATCH({16, 0}, {17, 0})},
	{"IP length within the IP header", TRACKED, .flags = SYN, PATCH({16, 0}, {17, 19})},
	{"IP length without TCP", TRACKED, .flags = SYN, PATCH({16, 0}, {17, 20})},
	{"IP length within the TCP header", TRACKED, .flags = SYN, PATCH({16, 0}, {17, 39})},
	{"IP length beyond the frame", TRACKED, .flags = SYN, PATCH({16, 0xff}, {17, 0xff})},
	{"TCP header of 16 bytes", TRACKED, .flags = SYN, PATCH({46, 0x40})},
	{"TCP header of 0 bytes", TRACKED, .flags = SYN, PATCH({46, 0})},
	{"TCP header beyond the packet", TRACKED, .flags = SYN, PATCH({46, 0xf0})},

	{"hop-by-hop options", TRACKED, V6, .flags = SYN, PATCH({20, 0})},
	{"routing header", TRACKED, V6, .flags = SYN, PATCH({20, 43})},
	{"fragment header", TRACKED, V6, .flags = SYN, PATCH({20, 44})},
	{"destination options", TRACKED, V6, .flags = SYN, PATCH({20, 60})},
	{"ESP", TRACKED, V6, .flags = SYN, PATCH({20, 50})},
	{"ICMPv6", TRACKED, V6, .flags = SYN, PATCH({20, IPPROTO_ICMPV6})},
	{"IPv6 length of 0", TRACKED, V6, .flags = SYN, PATCH({18, 0}, {19, 0})},
	{"IPv6 length within the TCP header", TRACKED, V6, .flags = SYN, PATCH({19, 19})},
	{"IPv6 length beyond the frame", TRACKED, V6, .flags = SYN, PATCH({18, 0xff})},
	{"TCP header of 16 bytes, IPv6", TRACKED, V6, .flags = SYN, PATCH({66, 0x40})},
	{"TCP header beyond the packet, IPv6", TRACKED, V6, .flags = SYN, PATCH({66, 0xf0})},

	/* The kernel runs no shorter frame of these types. */
	{"no TCP header", TRACKED, .flags = SYN, .cut = 34},
	{"TCP header cut", TRACKED, .flags = SYN, .cut = 53},
	{"no TCP header, IPv6", TRACKED, V6, .flags = SYN, .cut = 54},
	{"TCP header cut, IPv6", TRACKED, V6, .flags = SYN, .cut = 73},
};

static struct shunt_address frontend_address(const struct passthrough_case *row)
{
	static const char *const addresses[2][3] = {
		[false] = {"10.9.1.1", "10.9.1.2", "10.9.1.3"},
		[true] = {"fd09:1::1", "fd09:1::2", "fd09:1::3"},
	};

	return kernel_address(addresses[row->ipv6][row->frontend]);
}

/* The row's frame from the client, or the same as an answer to it. */
static void build(const struct passthrough_case *row, bool answer, struct frame *frame)
{
	static const char payload[3000] = "GET / HTTP/1.1\r\n\r\n";
	struct shunt_address client = kernel_address(row->ipv6 ? CLIENT6 : CLIENT);
	struct shunt_address frontend = frontend_address(row);
	struct frame_tcp tcp = {
		.source = answer ? frontend : client,
		.destination = answer ? client : frontend,
		.source_port = answer ? 80 : PORT,
		.destination_port = answer ? PORT : 80,
		.sequence = 1000,
		.acknowledgement = row->flags & ACK ? 2000 : 0,
		.window = 500,
		.flags = row->flags,
		.ip_words = row->ip_words,
		.payload = payload,
		.payload_length = row->payload,
	};

	frame_build(frame, &tcp);
	for (size_t i = 0; i < 3 && row->patches[i].at; i++)
		frame->bytes[row->patches[i].at] = row->patches[i].value;
	if (row->cut)
		frame->length = row->cut;
}

static bool passes(const char *name, struct bpf_program *program, const struct frame *in)
{
	static struct frame out;
	int verdict = kernel_run(program, in, &out);

	if (verdict == TC_ACT_UNSPEC && out.length == in->length &&
	    !memcmp(out.bytes, in->bytes, in->length))
		return true;
	print_error("row \"%s\", %s: verdict %d, %zu bytes of %zu%s\n", name,
		    bpf_program__name(program), verdict, out.length, in->length,
		    memcmp(out.bytes, in->bytes, in->length) ? ", changed" : "");
	return false;
}

/* Whether the row's connection is remembered as it should be; forgets it. */
static bool followed_as_expected(struct kernel *kernel, const struct passthrough_case *row)
{
	struct shunt_connection key = {.client = kernel_address(row->ipv6 ? CLIENT6 : CLIENT),
				       .remote = frontend_address(row),
				       .client_port = PORT,
				       .remote_port = 80};
	struct shunt_framing framing;
	bool followed = kernel_get(kernel->programs->maps.framing, &key, &framing);

	if (followed)
		bpf_map_delete_elem(bpf_map__fd(kernel->programs->maps.framing), &key);
	if (followed != row->followed)
		print_error("row \"%s\": %sfollowed\n", row->name, followed ? "" : "not ");
	return followed == row->followed;
}

static void leaves_packets_from_the_pod(void **state)
{
	struct kernel *kernel = *state;
	static struct frame frame;
	size_t failed = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		build(&cases[i], false, &frame);
		failed += !passes(cases[i].name, kernel->programs->progs.from_pod, &frame);
		failed += !followed_as_expected(kernel, &cases[i]);
	}
	assert_int_equal(failed, 0);
	assert_true(kernel_silent(kernel));
}

static void leaves_packets_to_the_pod(void **state)
{
	struct kernel *kernel = *state;
	static struct frame frame;
	size_t failed = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int answer = 0; answer < 2; answer++) {
			build(&cases[i], answer, &frame);
			failed += !passes(cases[i].name, kernel->programs->progs.to_pod, &frame);
		}
	}
	assert_int_equal(failed, 0);
	assert_true(kernel_silent(kernel));
}

static int setup(void **state)
{
	int err = kernel_setup(state);

	if (err)
		return err;
	kernel_frontend(*state, "10.9.1.1", 80, SHUNT_FRONTEND_TRACKED);
	kernel_frontend(*state, "fd09:1::1", 80, SHUNT_FRONTEND_TRACKED);
	kernel_frontend(*state, "10.9.1.2", 80, 0);
	kernel_frontend(*state, "fd09:1::2", 80, 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_packets_from_the_pod),
		cmocka_unit_test(leaves_packets_to_the_pod),
	};

	return cmocka_run_group_tests(tests, setup, kernel_teardown);
}
