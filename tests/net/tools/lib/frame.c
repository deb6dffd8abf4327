// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <netinet/in.h>

#include <netinet/tcp.h>
#include <string.h>

#include "frame.h"

#define QUOTE4 (sizeof(struct iphdr) + 8) /* RFC 792 */
#define QUOTE6 (1280 - sizeof(struct ipv6hdr) - sizeof(struct icmp6hdr)) /* RFC 4443, 3.2 */

static uint16_t frame_type(const struct frame *frame)
{
	return frame->bytes[12] << 8 | frame->bytes[13];
}

static size_t ip_header_size(const struct frame *frame)
{
	return frame_type(frame) == ETH_P_IP ? (frame->bytes[ETH_HLEN] & 15) * 4
					     : sizeof(struct ipv6hdr);
}

bool frame_is_tcp(const struct frame *frame)
{
	const uint8_t *ip = frame->bytes + ETH_HLEN;
	size_t needed = ETH_HLEN + sizeof(struct ipv6hdr) + sizeof(struct tcphdr);

	if (frame->size < ETH_HLEN + sizeof(struct iphdr) + sizeof(struct tcphdr))
		return false;
	if (frame_type(frame) == ETH_P_IP)
		return ip[9] == IPPROTO_TCP && ((ip[6] & 0x3f) | ip[7]) == 0;
	return frame_type(frame) == ETH_P_IPV6 && frame->size >= needed && ip[6] == IPPROTO_TCP;
}

size_t frame_packet_size(const struct frame *frame)
{
	const uint8_t *ip = frame->bytes + ETH_HLEN;

	if (frame_type(frame) == ETH_P_IP)
		return ip[2] << 8 | ip[3];
	return sizeof(struct ipv6hdr) + (ip[4] << 8 | ip[5]);
}

void frame_corrupt(struct frame *frame, uint64_t value)
{
	size_t end = ETH_HLEN + frame_packet_size(frame);
	size_t tcp = ETH_HLEN + ip_header_size(frame);
	size_t payload = tcp + (frame->bytes[tcp + 12] >> 4) * 4;
	size_t at = tcp + offsetof(struct tcphdr, check);

	if (payload < end && end <= frame->size)
		at = payload + value % (end - payload);
	frame->bytes[at] ^= 1 + (value >> 32) % 255;
}

bool frame_may_not_be_cut(const struct frame *frame)
{
	return frame_type(frame) == ETH_P_IPV6 || frame->bytes[ETH_HLEN + 6] & 0x40;
}

static uint16_t checksum(const uint8_t *bytes, size_t size, uint32_t sum)
{
	for (size_t i = 0; i < size; i++)
		sum += i & 1 ? bytes[i] : bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static size_t too_big4(const uint8_t *ip, uint16_t mtu, uint8_t *packet)
{
	struct iphdr header = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_ICMP};
	struct icmphdr icmp = {.type = ICMP_DEST_UNREACH, .code = ICMP_FRAG_NEEDED};
	size_t size = sizeof(icmp) + QUOTE4;
	uint8_t *body = packet + sizeof(header);

	header.tot_len = htons(sizeof(header) + size);
	memcpy(&header.saddr, ip + 16, 4);
	memcpy(&header.daddr, ip + 12, 4);
	header.check = checksum((uint8_t *)&header, sizeof(header), 0);
	memcpy(packet, &header, sizeof(header));
	icmp.un.frag.mtu = htons(mtu);
	memcpy(body, &icmp, sizeof(icmp));
	memcpy(body + sizeof(icmp), ip, QUOTE4);
	icmp.checksum = checksum(body, size, 0);
	memcpy(body, &icmp, sizeof(icmp));
	return sizeof(header) + size;
}

static size_t too_big6(const uint8_t *ip, size_t quote, uint16_t mtu, uint8_t *packet)
{
	struct ipv6hdr header = {.version = 6, .hop_limit = 64, .nexthdr = IPPROTO_ICMPV6};
	struct icmp6hdr icmp = {.icmp6_type = ICMPV6_PKT_TOOBIG};
	size_t size = sizeof(icmp) + quote;
	uint8_t *body = packet + sizeof(header);

	header.payload_len = htons(size);
	memcpy(&header.saddr, ip + 24, 16);
	memcpy(&header.daddr, ip + 8, 16);
	memcpy(packet, &header, sizeof(header));
	icmp.icmp6_mtu = htonl(mtu);
	memcpy(body, &icmp, sizeof(icmp));
	memcpy(body + sizeof(icmp), ip, quote);
	/* Addresses and body are one piece; length and protocol are the rest of the pseudo header. */
	icmp.icmp6_cksum = checksum(packet + 8, 32 + size, size + IPPROTO_ICMPV6);
	memcpy(body, &icmp, sizeof(icmp));
	return sizeof(header) + size;
}

void frame_too_big(const struct frame *frame, uint16_t mtu, struct frame *message)
{
	const uint8_t *ip = frame->bytes + ETH_HLEN;
	size_t quote = frame->size - ETH_HLEN;

	memcpy(message->bytes, frame->bytes + ETH_ALEN, ETH_ALEN);
	memcpy(message->bytes + ETH_ALEN, frame->bytes, ETH_ALEN);
	memcpy(message->bytes + 2 * ETH_ALEN, frame->bytes + 2 * ETH_ALEN, 2);
	message->size = ETH_HLEN;
	if (frame_type(frame) == ETH_P_IP)
		message->size += too_big4(ip, mtu, message->bytes + ETH_HLEN);
	else
		message->size += too_big6(ip, quote < QUOTE6 ? quote : QUOTE6, mtu,
					  message->bytes + ETH_HLEN);
}
