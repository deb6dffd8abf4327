// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The fence on physical links: an XDP program that refuses connections to offloaded endpoints before
 * the node spends anything on them. What it lets by, the fence on the pod's link looks at again, and
 * counts.
 */
#include "fence.h"

static __always_inline int fence_load_tcp(struct xdp_md *xdp, const struct packet *packet,
					  struct tcp_image *tcp)
{
	__u32 header = packet->payload - packet->l4;

	__builtin_memset(tcp, 0, sizeof(*tcp));
	opaque(header);
	header = ((header - 1) & 63) + 1;
	return bpf_xdp_load_bytes(xdp, packet->l4, tcp, header);
}

static __always_inline __u16 fence_fold(__s64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* The RST that refuses the SYN in *packet. */
static __always_inline void fence_write_tcp(struct tcp_image *tcp, const struct packet *packet,
					    __u16 window)
{
	struct {
		__be32 length;
		__be32 protocol;
	} pseudo = {bpf_htonl(TCP_HEADER_MIN), bpf_htonl(IPPROTO_TCP)};
	__s64 sum;

	__builtin_memset(tcp, 0, TCP_HEADER_MIN);
	tcp->source = bpf_htons(packet->destination_port);
	tcp->destination = bpf_htons(packet->source_port);
	tcp->acknowledgement = bpf_htonl(packet->segment.end);
	tcp->offset = (TCP_HEADER_MIN / 4) << 4;
	tcp->flags = TCP_RST | TCP_ACK;
	tcp->window = bpf_htons(window);
	/* An IPv4-mapped address' other bytes add 0xffff, which is nothing. */
	sum = bpf_csum_diff(0, 0, (void *)packet->addresses, sizeof(packet->addresses), 0);
	sum = bpf_csum_diff(0, 0, (void *)&pseudo, sizeof(pseudo), sum);
	sum = bpf_csum_diff(0, 0, (void *)tcp, TCP_HEADER_MIN, sum);
	tcp->check = fence_fold(sum);
}

static __always_inline void fence_write_ipv4(struct iphdr *ip, const struct packet *packet)
{
	*ip = (struct iphdr){
		.version = 4,
		.ihl = sizeof(*ip) / 4,
		.tot_len = bpf_htons(sizeof(*ip) + TCP_HEADER_MIN),
		.frag_off = bpf_htons(0x4000),
		.ttl = 64,
		.protocol = IPPROTO_TCP,
	};
	__builtin_memcpy(&ip->saddr, &packet->addresses[1].bytes[12], 4);
	__builtin_memcpy(&ip->daddr, &packet->addresses[0].bytes[12], 4);
	ip->check = fence_fold(bpf_csum_diff(0, 0, (void *)ip, sizeof(*ip), 0));
}

static __always_inline void fence_write_ipv6(struct ipv6hdr *ip, const struct packet *packet)
{
	*ip = (struct ipv6hdr){
		.version = 6,
		.payload_len = bpf_htons(TCP_HEADER_MIN),
		.nexthdr = IPPROTO_TCP,
		.hop_limit = 64,
	};
	__builtin_memcpy(&ip->saddr, &packet->addresses[1], 16);
	__builtin_memcpy(&ip->daddr, &packet->addresses[0], 16);
}

static __always_inline int fence_turn(struct xdp_md *xdp)
{
	__u8 macs[12], turned[12];
	int err = bpf_xdp_load_bytes(xdp, 0, macs, sizeof(macs));

	__builtin_memcpy(turned, macs + 6, 6);
	__builtin_memcpy(turned + 6, macs, 6);
	return err ?: bpf_xdp_store_bytes(xdp, 0, turned, sizeof(turned));
}

/* The frame becomes the RST that refuses the SYN in *packet. */
static __always_inline int fence_answer(struct xdp_md *xdp, const struct packet *packet,
					struct tcp_image *tcp, __u16 window)
{
	__u32 header = packet->ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	struct ipv6hdr ipv6;
	struct iphdr ipv4;
	int err = fence_turn(xdp);

	fence_write_tcp(tcp, packet, window);
	if (packet->ipv6) {
		fence_write_ipv6(&ipv6, packet);
		err = err ?: bpf_xdp_store_bytes(xdp, ETH_HLEN, &ipv6, sizeof(ipv6));
	} else {
		fence_write_ipv4(&ipv4, packet);
		err = err ?: bpf_xdp_store_bytes(xdp, ETH_HLEN, &ipv4, sizeof(ipv4));
	}
	err = err ?: bpf_xdp_store_bytes(xdp, ETH_HLEN + header, tcp, TCP_HEADER_MIN);
	header += ETH_HLEN + TCP_HEADER_MIN;
	return err ?: bpf_xdp_adjust_tail(xdp, (int)header - (int)bpf_xdp_get_buff_len(xdp));
}

static __always_inline int fence_frame(struct xdp_md *xdp)
{
	const struct shunt_offloaded *row;
	struct passport_message message;
	struct passport passport;
	struct shunt_endpoint key;
	struct packet packet;
	struct tcp_image tcp;
	__u32 reason;

	if (packet_parse_frame(&packet, (void *)(long)xdp->data, (void *)(long)xdp->data_end) ||
	    !packet_begins(&packet))
		return XDP_PASS;
	row = fence_find(&key, &packet);
	if (!row || row->fence != SHUNT_FENCE_ENFORCE || fence_load_tcp(xdp, &packet, &tcp))
		return XDP_PASS;
	passport_describe(&message, &packet.addresses[0], &packet.addresses[1], &tcp);
	reason = fence_judge(&tcp, &message, &passport);
	if (fence_admits(reason))
		return XDP_PASS;
	count(reason);
	count(SHUNT_REASON_FENCE_REFUSED);
	if (packet.segment.flags & TCP_RST)
		return XDP_DROP;
	if (fence_answer(xdp, &packet, &tcp, fence_window(reason))) {
		count(SHUNT_REASON_HELPER_FAILED);
		return XDP_DROP;
	}
	return XDP_TX;
}

SEC("xdp.frags") /* as large frames may come; a SYN is in the first fragment */
int fence_xdp(struct xdp_md *xdp)
{
	return fence_frame(xdp);
}

/*
 * The same behind a driver. For a program that takes fragments the kernel copies the packet there (6.9
 * and later), and TC programs behind it, whosever they are, do not recognize the copy.
 */
SEC("xdp")
int fence_generic(struct xdp_md *xdp)
{
	return fence_frame(xdp);
}
