// SPDX-License-Identifier: Apache-2.0
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <netinet/tcp.h>
#include <string.h>

#include "frame.h"

#define IP4_HEADER 20
#define IP6_HEADER 40
#define ICMP_HEADER 8
#define HOPS 64
#define QUOTE4 (IP4_HEADER + 8) /* RFC 792 */
#define QUOTE6 (1280 - IP6_HEADER - ICMP_HEADER) /* RFC 4443, 3.2 */

static uint16_t frame_type(const struct frame *frame)
{
	return frame->bytes[12] << 8 | frame->bytes[13];
}

static size_t ip_header_size(const struct frame *frame)
{
	return frame_type(frame) == ETH_P_IP ? (frame->bytes[ETH_HLEN] & 15) * 4 : IP6_HEADER;
}

bool frame_is_tcp(const struct frame *frame)
{
	const uint8_t *ip = frame->bytes + ETH_HLEN;
	size_t needed = ETH_HLEN + IP6_HEADER + sizeof(struct tcphdr);

	if (frame->size < ETH_HLEN + IP4_HEADER + sizeof(struct tcphdr))
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
	return IP6_HEADER + (ip[4] << 8 | ip[5]);
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

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static uint16_t checksum(const uint8_t *bytes, size_t size, uint32_t sum)
{
	for (size_t i = 0; i < size; i++)
		sum += i & 1 ? bytes[i] : bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static size_t too_big4(const uint8_t *ip, uint16_t mtu, uint8_t *packet)
{
	size_t size = ICMP_HEADER + QUOTE4;
	uint8_t *icmp = packet + IP4_HEADER;

	memset(packet, 0, IP4_HEADER + ICMP_HEADER);
	packet[0] = 0x45;
	put16(packet + 2, IP4_HEADER + size);
	packet[8] = HOPS;
	packet[9] = IPPROTO_ICMP;
	memcpy(packet + 12, ip + 16, 4);
	memcpy(packet + 16, ip + 12, 4);
	put16(packet + 10, checksum(packet, IP4_HEADER, 0));
	icmp[0] = ICMP_DEST_UNREACH;
	icmp[1] = ICMP_FRAG_NEEDED;
	put16(icmp + 6, mtu);
	memcpy(icmp + ICMP_HEADER, ip, QUOTE4);
	put16(icmp + 2, checksum(icmp, size, 0));
	return IP4_HEADER + size;
}

static size_t too_big6(const uint8_t *ip, size_t quote, uint16_t mtu, uint8_t *packet)
{
	size_t size = ICMP_HEADER + quote;
	uint8_t *icmp = packet + IP6_HEADER;

	memset(packet, 0, IP6_HEADER + ICMP_HEADER);
	packet[0] = 0x60;
	put16(packet + 4, size);
	packet[6] = IPPROTO_ICMPV6;
	packet[7] = HOPS;
	memcpy(packet + 8, ip + 24, 16);
	memcpy(packet + 24, ip + 8, 16);
	icmp[0] = ICMPV6_PKT_TOOBIG;
	put16(icmp + 6, mtu);
	memcpy(icmp + ICMP_HEADER, ip, quote);
	/* Addresses and body are one piece; length and protocol are the rest of the pseudo header. */
	put16(icmp + 2, checksum(packet + 8, 32 + size, size + IPPROTO_ICMPV6));
	return IP6_HEADER + size;
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
