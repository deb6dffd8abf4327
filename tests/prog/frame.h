/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet frames that hold a TCP segment: building them, reading and verifying them. */
#ifndef SHUNT_TESTS_PROG_FRAME_H
#define SHUNT_TESTS_PROG_FRAME_H

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <string.h>
#include "user/lib/address.h"

#define FRAME_MAX 3600 /* what the kernel takes for a test run */

struct frame {
	__u8 bytes[FRAME_MAX];
	size_t length;
};

/* What a frame says, in host byte order; the family is that of the addresses. */
struct frame_tcp {
	struct shunt_address source;
	struct shunt_address destination;
	__u16 source_port;
	__u16 destination_port;
	__u32 sequence;
	__u32 acknowledgement;
	__u16 window;
	__u16 urgent;
	__u8 flags;
	__u8 ip_words; /* words of IPv4 options, all NOPs */
	__u8 options_length;
	__u8 options[40];
	__u8 destination_mac[6];
	__u8 source_mac[6];
	const void *payload;
	size_t payload_length;
};

#define FRAME_FIN 0x01
#define FRAME_SYN 0x02
#define FRAME_RST 0x04
#define FRAME_PSH 0x08
#define FRAME_ACK 0x10

static inline __u32 frame_sum(const void *bytes, size_t length, __u32 sum)
{
	const __u8 *at = bytes;

	for (size_t i = 0; i < length; i++)
		sum += i & 1 ? at[i] : at[i] << 8;
	return sum;
}

static inline __u16 frame_fold(__u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The TCP checksum's sum over pseudo-header and segment: 0xffff where it is right. */
static inline __u16 frame_tcp_sum(const struct frame_tcp *tcp, const void *segment, size_t length)
{
	__u32 sum = IPPROTO_TCP + length;

	/* The mapped form's other bytes add 0xffff for each address, which is nothing. */
	sum = frame_sum(&tcp->source, sizeof(tcp->source), sum);
	sum = frame_sum(&tcp->destination, sizeof(tcp->destination), sum);
	return frame_fold(frame_sum(segment, length, sum));
}

static inline size_t frame_put_ip(struct frame *frame, const struct frame_tcp *tcp, size_t length)
{
	struct ethhdr *eth = (struct ethhdr *)frame->bytes;

	memcpy(eth->h_dest, tcp->destination_mac, 6);
	memcpy(eth->h_source, tcp->source_mac, 6);
	if (address_is_ipv4(&tcp->source)) {
		struct iphdr ip = {.version = 4, .ihl = 5 + tcp->ip_words, .ttl = 64, .id = 0x1234};
		size_t header = ip.ihl * 4;

		eth->h_proto = htons(ETH_P_IP);
		ip.protocol = IPPROTO_TCP;
		ip.frag_off = htons(0x4000);
		ip.tot_len = htons(header + length);
		memcpy(&ip.saddr, &tcp->source.bytes[12], 4);
		memcpy(&ip.daddr, &tcp->destination.bytes[12], 4);
		memset(frame->bytes + ETH_HLEN, 1, header);
		memcpy(frame->bytes + ETH_HLEN, &ip, sizeof(ip));
		ip.check = htons(~frame_fold(frame_sum(frame->bytes + ETH_HLEN, header, 0)));
		memcpy(frame->bytes + ETH_HLEN, &ip, sizeof(ip));
		return ETH_HLEN + header;
	} else {
		struct ipv6hdr ip = {.version = 6, .hop_limit = 64, .nexthdr = IPPROTO_TCP};

		eth->h_proto = htons(ETH_P_IPV6);
		ip.payload_len = htons(length);
		memcpy(&ip.saddr, &tcp->source, 16);
		memcpy(&ip.daddr, &tcp->destination, 16);
		memcpy(frame->bytes + ETH_HLEN, &ip, sizeof(ip));
		return ETH_HLEN + sizeof(ip);
	}
}

/* Builds a frame with right checksums. */
static inline void frame_build(struct frame *frame, const struct frame_tcp *tcp)
{
	size_t header = sizeof(struct tcphdr) + tcp->options_length, at;
	struct tcphdr image = {
		.source = htons(tcp->source_port),
		.dest = htons(tcp->destination_port),
		.seq = htonl(tcp->sequence),
		.ack_seq = htonl(tcp->acknowledgement),
		.doff = header / 4,
		.window = htons(tcp->window),
		.urg_ptr = htons(tcp->urgent),
	};

	((__u8 *)&image)[13] = tcp->flags;
	memset(frame, 0, sizeof(*frame));
	at = frame_put_ip(frame, tcp, header + tcp->payload_length);
	memcpy(frame->bytes + at, &image, sizeof(image));
	memcpy(frame->bytes + at + sizeof(image), tcp->options, tcp->options_length);
	if (tcp->payload_length)
		memcpy(frame->bytes + at + header, tcp->payload, tcp->payload_length);
	image.check = htons(~frame_tcp_sum(tcp, frame->bytes + at, header + tcp->payload_length));
	memcpy(frame->bytes + at, &image, sizeof(image));
	frame->length = at + header + tcp->payload_length;
}

static inline size_t frame_get_ip(const struct frame *frame, struct frame_tcp *tcp, bool *good)
{
	const struct ethhdr *eth = (const struct ethhdr *)frame->bytes;
	const __u8 *at = frame->bytes + ETH_HLEN;

	memcpy(tcp->destination_mac, eth->h_dest, 6);
	memcpy(tcp->source_mac, eth->h_source, 6);
	if (eth->h_proto == htons(ETH_P_IP)) {
		struct iphdr ip;

		memcpy(&ip, at, sizeof(ip));
		tcp->source.bytes[10] = tcp->source.bytes[11] = 0xff;
		tcp->destination.bytes[10] = tcp->destination.bytes[11] = 0xff;
		memcpy(&tcp->source.bytes[12], &ip.saddr, 4);
		memcpy(&tcp->destination.bytes[12], &ip.daddr, 4);
		*good = frame->length == (size_t)ETH_HLEN + ntohs(ip.tot_len) && ip.ihl >= 5 &&
			frame_fold(frame_sum(at, ip.ihl * 4, 0)) == 0xffff;
		return ETH_HLEN + ip.ihl * 4;
	} else {
		struct ipv6hdr ip;

		memcpy(&ip, at, sizeof(ip));
		memcpy(&tcp->source, &ip.saddr, 16);
		memcpy(&tcp->destination, &ip.daddr, 16);
		*good = frame->length == ETH_HLEN + sizeof(ip) + ntohs(ip.payload_len);
		return ETH_HLEN + sizeof(ip);
	}
}

/* Reads a frame into *tcp, whose payload then points into it. Returns whether lengths and
 * checksums are right. */
static inline bool frame_read(const struct frame *frame, struct frame_tcp *tcp)
{
	struct tcphdr image;
	size_t at, header;
	bool good;

	memset(tcp, 0, sizeof(*tcp));
	at = frame_get_ip(frame, tcp, &good);
	if (!good || at + sizeof(image) > frame->length)
		return false;
	memcpy(&image, frame->bytes + at, sizeof(image));
	header = image.doff * 4;
	if (header < sizeof(image) || at + header > frame->length)
		return false;
	tcp->source_port = ntohs(image.source);
	tcp->destination_port = ntohs(image.dest);
	tcp->sequence = ntohl(image.seq);
	tcp->acknowledgement = ntohl(image.ack_seq);
	tcp->window = ntohs(image.window);
	tcp->urgent = ntohs(image.urg_ptr);
	tcp->flags = ((__u8 *)&image)[13];
	tcp->options_length = header - sizeof(image);
	memcpy(tcp->options, frame->bytes + at + sizeof(image), tcp->options_length);
	tcp->payload = frame->bytes + at + header;
	tcp->payload_length = frame->length - at - header;
	return frame_tcp_sum(tcp, frame->bytes + at, frame->length - at) == 0xffff;
}

#endif
