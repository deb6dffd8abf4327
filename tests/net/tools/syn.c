// SPDX-License-Identifier: Apache-2.0
/*
 * Sends a SYN by a raw socket, with or without a passport, and prints what answers it, one line:
 *
 *   syn-ack
 *   rst 0x5301        and its window
 *   nothing
 *
 * With --print it sends nothing and prints the passport that it would send, EPOCH:TAG. With --flood it
 * sends many, each of another port and sequence number, waits for no answer and prints "sent COUNT".
 */
#include <argp.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bpf/passport.h"
#include "lib/segment.h"

#define FLOOD_BATCH 64
#define FIRST_PORT 1024

static struct {
	struct segment_fields syn;
	struct shunt_key key;
	bool keyed, passport, print;
	__u32 epoch;
	__u64 tag;
	unsigned long flood;
	int wait_ms;
} settings = {
	.syn = {.source_port = 45000, .sequence = 1000, .window = 65535, .flags = SEGMENT_SYN},
	.wait_ms = 500,
};

/* A key's 16 bytes in hexadecimal digits: two little-endian numbers. */
static bool read_key(const char *text)
{
	if (strlen(text) != 32)
		return false;
	for (int i = 0; i < 16; i++) {
		unsigned int byte;

		if (sscanf(text + i * 2, "%2x", &byte) != 1)
			return false;
		settings.key.words[i / 8] |= (__u64)byte << (i % 8 * 8);
	}
	settings.keyed = true;
	return true;
}

static bool read_passport(const char *text)
{
	unsigned long long tag;

	if (sscanf(text, "%u:%llx", &settings.epoch, &tag) != 2)
		return false;
	settings.tag = tag;
	settings.passport = true;
	return true;
}

static bool read_positional(const char *text, unsigned int number)
{
	switch (number) {
	case 0:
		return segment_address(text, settings.syn.source) == 0;
	case 1:
		return segment_address(text, settings.syn.destination) == 0;
	case 2:
		settings.syn.destination_port = atoi(text);
		return settings.syn.destination_port > 0;
	default:
		return false;
	}
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	bool good = true;

	switch (key) {
	case 'k':
		good = read_key(text);
		break;
	case 'e':
		settings.epoch = strtoul(text, NULL, 10);
		break;
	case 'a':
		good = read_passport(text);
		break;
	case 's':
		settings.syn.sequence = strtoul(text, NULL, 10);
		break;
	case 'p':
		settings.syn.source_port = atoi(text);
		break;
	case 'd':
		settings.syn.payload = atoi(text);
		good = settings.syn.payload <= 1000;
		break;
	case 'x':
		settings.syn.flags |= strtoul(text, NULL, 0);
		break;
	case 'f':
		settings.flood = strtoul(text, NULL, 10);
		break;
	case 'w':
		settings.wait_ms = atoi(text);
		break;
	case 'P':
		settings.print = true;
		break;
	case ARGP_KEY_ARG:
		good = read_positional(text, state->arg_num);
		break;
	case ARGP_KEY_END:
		if (state->arg_num != 3)
			argp_usage(state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (!good)
		argp_error(state, "'%s' is not what it should be", text);
	return 0;
}

static const struct argp_option options[] = {
	{"passport", 'a', "EPOCH:TAG", 0, "with this passport, the tag in hexadecimal digits", 0},
	{"key", 'k', "HEX", 0, "with a passport of its own, made with this key", 0},
	{"epoch", 'e', "NUMBER", 0, "of the key", 0},
	{"sequence", 's', "NUMBER", 0, "its sequence number", 0},
	{"port", 'p', "PORT", 0, "its source port", 0},
	{"data", 'd', "BYTES", 0, "with so many bytes of data", 0},
	{"flags", 'x', "NUMBER", 0, "with these flags too", 0},
	{"wait", 'w', "MS", 0, "for an answer, 500 by default", 0},
	{"print", 'P', NULL, 0, "only print the passport", 0},
	{"flood", 'f', "COUNT", 0, "send so many", 0},
	{0},
};

static const struct argp argp = {options, parse, "SOURCE DESTINATION PORT", NULL, NULL, NULL, NULL};

/* The passport's tag: the one that was given, or the SYN's own. */
static __u64 tag_of(const struct segment_fields *syn)
{
	struct tcp_image image = {.source = htons(syn->source_port),
				  .destination = htons(syn->destination_port),
				  .sequence = htonl(syn->sequence)};
	struct shunt_address source, destination;
	struct passport_message message;

	if (settings.passport)
		return settings.tag;
	memcpy(&source, syn->source, sizeof(source));
	memcpy(&destination, syn->destination, sizeof(destination));
	passport_describe(&message, &source, &destination, &image);
	return passport_tag(&settings.key, &message);
}

static void options_write(struct segment_fields *syn)
{
	static const __u8 mss[4] = {2, 4, 1400 >> 8, 1400 & 0xff};

	memcpy(syn->options, mss, sizeof(mss));
	syn->options_length = sizeof(mss);
	if (!settings.passport && !settings.keyed)
		return;
	passport_write(syn->options + sizeof(mss), settings.epoch, tag_of(syn));
	syn->options_length += SHUNT_PASSPORT_LENGTH;
}

static void die(const char *what)
{
	fprintf(stderr, "syn: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_raw(const struct segment_fields *syn, int protocol)
{
	int fd = socket(segment_is_ipv4(syn) ? AF_INET : AF_INET6, SOCK_RAW, protocol);

	if (fd < 0)
		die("socket");
	return fd;
}

static void send_syn(int fd, const struct segment_fields *syn)
{
	__u8 packet[SEGMENT_MAX];
	struct sockaddr_storage to;
	socklen_t size = segment_destination(syn, &to);
	size_t length = segment_write(syn, packet);

	if (sendto(fd, packet, length, 0, (struct sockaddr *)&to, size) < 0)
		die("sendto");
}

static void ask(struct segment_fields *syn, int fd)
{
	int answer_fd = open_raw(syn, IPPROTO_TCP);
	struct segment_fields got;

	options_write(syn);
	send_syn(fd, syn);
	if (!segment_receive(answer_fd, syn, &got, settings.wait_ms))
		puts("nothing");
	else if (got.flags & SEGMENT_RST)
		printf("rst 0x%04x\n", got.window);
	else if (got.flags == (SEGMENT_SYN | SEGMENT_ACK))
		puts("syn-ack");
	else
		printf("flags 0x%02x\n", got.flags);
	close(answer_fd);
}

/* Makes and sends the next SYNs; returns how many were sent. */
static unsigned int flood_batch(struct segment_fields *syn, int fd, unsigned long sent,
				unsigned int count)
{
	static __u8 packets[FLOOD_BATCH][SEGMENT_MAX];
	static struct mmsghdr messages[FLOOD_BATCH];
	static struct iovec vectors[FLOOD_BATCH];
	struct sockaddr_storage to;
	socklen_t size = segment_destination(syn, &to);
	int done;

	for (unsigned int i = 0; i < count; i++) {
		syn->source_port = FIRST_PORT + (sent + i) % (0x10000 - FIRST_PORT);
		syn->sequence += 0x10001;
		options_write(syn);
		vectors[i].iov_base = packets[i];
		vectors[i].iov_len = segment_write(syn, packets[i]);
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &to,
			.msg_namelen = size,
			.msg_iov = &vectors[i],
			.msg_iovlen = 1,
		};
	}
	done = sendmmsg(fd, messages, count, 0);
	if (done < 0 && errno != ENOBUFS)
		die("sendmmsg");
	return done > 0 ? done : 0;
}

static void flood(struct segment_fields *syn, int fd)
{
	unsigned long sent = 0;

	while (sent < settings.flood) {
		unsigned long left = settings.flood - sent;

		sent += flood_batch(syn, fd, sent, left < FLOOD_BATCH ? left : FLOOD_BATCH);
	}
	printf("sent %lu\n", sent);
}

int main(int argc, char **argv)
{
	struct segment_fields *syn = &settings.syn;
	int fd;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (settings.print) {
		printf("%u:%016llx\n", settings.epoch, (unsigned long long)tag_of(syn));
		return 0;
	}
	fd = open_raw(syn, IPPROTO_RAW);
	if (settings.flood)
		flood(syn, fd);
	else
		ask(syn, fd);
	close(fd);
	return 0;
}
