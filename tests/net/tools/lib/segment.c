// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "segment.h"

static const __u8 mapped[12] = {[10] = 0xff, [11] = 0xff};

int segment_address(const char *text, __u8 address[16])
{
	memcpy(address, mapped, sizeof(mapped));
	if (inet_pton(AF_INET, text, address + 12) == 1)
		return 0;
	return inet_pton(AF_INET6, text, address) == 1 ? 0 : -EINVAL;
}

bool segment_is_ipv4(const struct segment_fields *fields)
{
	return !memcmp(fields->source, mapped, sizeof(mapped));
}

socklen_t segment_destination(const struct segment_fields *fields, struct sockaddr_storage *address)
{
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (segment_is_ipv4(fields)) {
		ipv4->sin_family = AF_INET;
		memcpy(&ipv4->sin_addr, fields->destination + 12, 4);
		return sizeof(*ipv4);
	}
	ipv6->sin6_family = AF_INET6;
	memcpy(&ipv6->sin6_addr, fields->destination, 16);
	return sizeof(*ipv6);
}

static __u32 sum_bytes(const __u8 *bytes, size_t length, __u32 sum)
{
	for (size_t i = 0; i < length; i++)
		sum += i & 1 ? bytes[i] : bytes[i] << 8;
	return sum;
}

static __u16 fold(__u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static size_t write_ip(const struct segment_fields *fields, size_t length, __u8 *packet)
{
	struct iphdr ipv4 = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP};
	struct ipv6hdr ipv6 = {.version = 6, .hop_limit = 64, .nexthdr = IPPROTO_TCP};

	if (!segment_is_ipv4(fields)) {
		ipv6.payload_len = htons(length);
		memcpy(&ipv6.saddr, fields->source, 16);
		memcpy(&ipv6.daddr, fields->destination, 16);
		memcpy(packet, &ipv6, sizeof(ipv6));
		return sizeof(ipv6);
	}
	ipv4.tot_len = htons(sizeof(ipv4) + length);
	ipv4.frag_off = htons(0x4000);
	memcpy(&ipv4.saddr, fields->source + 12, 4);
	memcpy(&ipv4.daddr, fields->destination + 12, 4);
	memcpy(packet, &ipv4, sizeof(ipv4));
	ipv4.check = fold(sum_bytes(packet, sizeof(ipv4), 0));
	memcpy(packet, &ipv4, sizeof(ipv4));
	return sizeof(ipv4);
}

size_t segment_write(const struct segment_fields *fields, __u8 packet[SEGMENT_MAX])
{
	size_t header = sizeof(struct tcphdr) + fields->options_length;
	size_t length = header + fields->payload, at = write_ip(fields, length, packet);
	struct tcphdr tcp = {
		.source = htons(fields->source_port),
		.dest = htons(fields->destination_port),
		.seq = htonl(fields->sequence),
		.ack_seq = htonl(fields->acknowledgement),
		.doff = header / 4,
		.window = htons(fields->window),
	};
	__u32 sum = IPPROTO_TCP + length;

	((__u8 *)&tcp)[13] = fields->flags;
	memset(packet + at, 0, length);
	memcpy(packet + at, &tcp, sizeof(tcp));
	memcpy(packet + at + sizeof(tcp), fields->options, fields->options_length);
	/* The mapped form's other bytes add 0xffff for each address, which is nothing. */
	sum = sum_bytes(fields->source, 16, sum_bytes(fields->destination, 16, sum));
	tcp.check = fold(sum_bytes(packet + at, length, sum));
	memcpy(packet + at, &tcp, sizeof(tcp));
	return at + length;
}

int segment_read(const __u8 *bytes, size_t length, struct segment_fields *fields)
{
	struct tcphdr tcp;

	if (length < sizeof(tcp))
		return -EINVAL;
	memcpy(&tcp, bytes, sizeof(tcp));
	fields->source_port = ntohs(tcp.source);
	fields->destination_port = ntohs(tcp.dest);
	fields->sequence = ntohl(tcp.seq);
	fields->acknowledgement = ntohl(tcp.ack_seq);
	fields->window = ntohs(tcp.window);
	fields->flags = bytes[13];
	return 0;
}

static int milliseconds_left(const struct timespec *start, int limit_ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return limit_ms - (now.tv_sec - start->tv_sec) * 1000 -
	       (now.tv_nsec - start->tv_nsec) / 1000000;
}

/* Whether the segment answers what was sent. */
static bool answers(const struct segment_fields *got, const struct segment_fields *sent)
{
	return got->source_port == sent->destination_port &&
	       got->destination_port == sent->source_port &&
	       got->acknowledgement - sent->sequence - 1 <= sent->payload + 1;
}

/* IPv4 comes with its header, IPv6 without. */
bool segment_receive(int fd, const struct segment_fields *sent, struct segment_fields *got,
		     int limit_ms)
{
	struct timespec start;
	__u8 packet[2048];

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		struct pollfd waiting = {.fd = fd, .events = POLLIN};
		int left = milliseconds_left(&start, limit_ms);
		size_t header = 0;
		ssize_t length;

		if (left <= 0 || poll(&waiting, 1, left) != 1)
			return false;
		length = recv(fd, packet, sizeof(packet), 0);
		if (segment_is_ipv4(sent))
			header = (packet[0] & 15) * 4;
		if (length > (ssize_t)header &&
		    !segment_read(packet + header, length - header, got) && answers(got, sent))
			return true;
	}
}
