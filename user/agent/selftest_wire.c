// SPDX-License-Identifier: Apache-2.0
#include "user/agent/selftest_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/filter.h>
#include "user/lib/address.h"

#define RECEIVE_BYTES 4096 /* answers are few */
#define MAPPED_PREFIX 12 /* bytes before the IPv4 address of an IPv4-mapped one */
#define IPV4_HEADER_MAX 60
#define TAKEN (IPV4_HEADER_MAX + WIRE_SEGMENT_SIZE) /* bytes of a packet */

static const int families[WIRE_FAMILIES] = {AF_INET, AF_INET6};

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Returns the length of what it writes. A raw socket of IPv6 refuses a port. */
static socklen_t encode(const struct shunt_address *address, __u16 port, union socket_address *to)
{
	*to = (union socket_address){0};
	if (!address_is_ipv4(address)) {
		to->v6.sin6_family = AF_INET6;
		to->v6.sin6_port = htons(port);
		memcpy(&to->v6.sin6_addr, address->bytes, sizeof(to->v6.sin6_addr));
		return sizeof(to->v6);
	}
	to->v4.sin_family = AF_INET;
	to->v4.sin_port = htons(port);
	memcpy(&to->v4.sin_addr, address->bytes + MAPPED_PREFIX, sizeof(to->v4.sin_addr));
	return sizeof(to->v4);
}

static struct shunt_endpoint decode(const union socket_address *from)
{
	struct shunt_address address = {.bytes = {[10] = 0xff, [11] = 0xff}};

	if (from->any.sa_family == AF_INET6) {
		memcpy(address.bytes, &from->v6.sin6_addr, sizeof(address.bytes));
		return address_with_port(&address, ntohs(from->v6.sin6_port));
	}
	memcpy(address.bytes + MAPPED_PREFIX, &from->v4.sin_addr, sizeof(from->v4.sin_addr));
	return address_with_port(&address, ntohs(from->v4.sin_port));
}

static int attach(int fd, struct sock_filter *code, unsigned short length)
{
	struct sock_fprog program = {.len = length, .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno : 0;
}

/* From now on, and what came before is dropped: it would keep the loop awake. */
static int take_nothing(int fd)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	int error = attach(fd, code, sizeof(code) / sizeof(code[0]));
	__u8 byte;

	while (!error && recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) >= 0)
		;
	return error;
}

/* A raw socket of IPv4 sees packets from the IP header on, one of IPv6 from the TCP header on. */
static int take_port(int fd, int family, __u16 port)
{
	struct sock_filter code[] = {
		family == AF_INET ? (struct sock_filter)BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0)
				  : (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, TAKEN),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	return attach(fd, code, sizeof(code) / sizeof(code[0]));
}

/*
 * The kernel copies a packet for every raw socket that it might be for, before it asks the filter.
 * Bound to a loopback address, which answers to nobody, the socket is asked for next to none. Where
 * that cannot be done, the filter does it alone.
 */
static void park(int fd, int family)
{
	union socket_address idle = {0};

	idle.any.sa_family = (sa_family_t)family;
	if (family == AF_INET)
		idle.v4.sin_addr.s_addr = htonl(0x7ffffffe);
	else
		idle.v6.sin6_addr = in6addr_loopback;
	bind(fd, &idle.any, family == AF_INET ? sizeof(idle.v4) : sizeof(idle.v6));
}

static int open_raw(int family)
{
	int bytes = RECEIVE_BYTES, error;
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);

	if (fd < 0)
		return -errno;
	error = take_nothing(fd);
	if (!error && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)))
		error = -errno;
	if (error) {
		close(fd);
		return error;
	}
	park(fd, family);
	return fd;
}

int wire_open(struct wire *wire)
{
	*wire = (struct wire){.raw = {-1, -1}, .reservation = -1};
	for (int i = 0; i < WIRE_FAMILIES; i++) {
		int fd = open_raw(families[i]);

		if (fd < 0 && fd != -EAFNOSUPPORT) {
			wire_close(wire);
			return fd;
		}
		wire->raw[i] = fd < 0 ? -1 : fd;
	}
	return 0;
}

/* The address that packets to the endpoint are sent from. */
static int find_source(const struct shunt_endpoint *remote, int family,
		       struct shunt_address *source)
{
	union socket_address to, own = {0};
	socklen_t length = encode(&remote->address, remote->port, &to), own_length = sizeof(own);
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), error = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, &to.any, length) || getsockname(fd, &own.any, &own_length))
		error = -errno;
	else
		*source = decode(&own).address;
	close(fd);
	return error;
}

/*
 * A TCP socket that is bound but neither listens nor connects: nobody else gets its port, and the
 * kernel answers what comes for it, a SYN-ACK too, with a RST.
 */
static int reserve(const struct shunt_address *source, int family, __u16 *port)
{
	union socket_address own;
	socklen_t length = encode(source, 0, &own);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -errno;
	if (bind(fd, &own.any, length) || getsockname(fd, &own.any, &length)) {
		error = -errno;
		close(fd);
		return error;
	}
	*port = decode(&own).port;
	return fd;
}

int wire_begin(struct wire *wire, const struct shunt_endpoint *remote,
	       struct shunt_connection *connection)
{
	int index = address_is_ipv4(&remote->address) ? 0 : 1, error;
	int raw = wire->raw[index], family = families[index];
	struct shunt_address source;
	union socket_address own;
	socklen_t length;
	__u16 port = 0;

	if (raw < 0)
		return -EAFNOSUPPORT;
	error = find_source(remote, family, &source);
	if (error)
		return error;
	wire->reservation = reserve(&source, family, &port);
	if (wire->reservation < 0)
		return wire->reservation;
	wire->family = index;
	wire->remote = *remote;
	length = encode(&source, 0, &own);
	error = bind(raw, &own.any, length) ? -errno : take_port(raw, family, port);
	if (error) {
		wire_end(wire);
		return error;
	}
	*connection = (struct shunt_connection){source, remote->address, port, remote->port};
	return 0;
}

int wire_send(const struct wire *wire, const __u8 *segment, size_t length)
{
	union socket_address to;
	socklen_t to_length = encode(&wire->remote.address, 0, &to);
	ssize_t sent = sendto(wire->raw[wire->family], segment, length, 0, &to.any, to_length);

	return sent < 0 ? -errno : 0;
}

int wire_receive(const struct wire *wire, __u8 segment[WIRE_SEGMENT_SIZE])
{
	union socket_address from = {0};
	socklen_t from_length = sizeof(from);
	struct shunt_address sender;
	__u8 packet[TAKEN];
	size_t skip = 0;
	ssize_t length;

	length = recvfrom(wire->raw[wire->family], packet, sizeof(packet), 0, &from.any,
			  &from_length);
	if (length < 0)
		return -errno;
	if (families[wire->family] == AF_INET)
		skip = length ? (size_t)(packet[0] & 0xf) * 4 : 0;
	sender = decode(&from).address;
	if ((size_t)length <= skip || address_compare(&sender, &wire->remote.address))
		return 0;
	length -= (ssize_t)skip;
	if (length > WIRE_SEGMENT_SIZE)
		length = WIRE_SEGMENT_SIZE;
	memcpy(segment, packet + skip, (size_t)length);
	return (int)length;
}

void wire_end(struct wire *wire)
{
	int raw = wire->raw[wire->family];

	if (wire->reservation < 0)
		return;
	/* Of what may go wrong here, nothing is worse than packets that are ignored. */
	take_nothing(raw);
	park(raw, families[wire->family]);
	close(wire->reservation);
	wire->reservation = -1;
}

void wire_close(struct wire *wire)
{
	wire_end(wire);
	for (int i = 0; i < WIRE_FAMILIES; i++) {
		if (wire->raw[i] >= 0)
			close(wire->raw[i]);
		wire->raw[i] = -1;
	}
}
