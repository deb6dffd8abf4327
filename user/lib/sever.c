// SPDX-License-Identifier: Apache-2.0
#include "user/lib/sever.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include "user/lib/address.h"
#include "user/lib/array.h"
#include "user/lib/netns.h"

#define SETTLE_MS 500 /* at most, until the resets are on their way */
#define SETTLE_STEP_MS 10

struct moved {
	struct shunt_connection connection;
	__s32 netns_id; /* of its client */
	bool ended;
};

struct walk {
	const struct maps *maps;
	struct moved *items;
	size_t count;
	size_t capacity;
};

/* Those that their client closed go away by themselves. */
static int on_flow(void *argument, const void *key, const void *value)
{
	const struct shunt_flow *flow = value;
	struct moved moved = {0};
	struct walk *walk = argument;
	struct shunt_link link;
	int error;

	if (flow->state == SHUNT_FLOW_CLOSED ||
	    bpf_map_lookup_elem(walk->maps->fds[PINS_LINKS], &flow->ifindex, &link))
		return 0;
	memcpy(&moved.connection, key, sizeof(moved.connection));
	moved.netns_id = link.netns_id;
	error = array_grow(&walk->items, &walk->capacity, walk->count, sizeof(moved));
	if (!error)
		walk->items[walk->count++] = moved;
	return error;
}

static void copy_address(__be32 to[4], const struct shunt_address *address)
{
	if (address_is_ipv4(address))
		memcpy(to, address->bytes + 12, 4);
	else
		memcpy(to, address->bytes, 16);
}

static struct inet_diag_req_v2 describe(const struct shunt_connection *connection)
{
	struct inet_diag_req_v2 request = {
		.sdiag_family = address_is_ipv4(&connection->client) ? AF_INET : AF_INET6,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = ~0u,
		.id.idiag_sport = htons(connection->client_port),
		.id.idiag_dport = htons(connection->remote_port),
		.id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE},
	};

	copy_address(request.id.idiag_src, &connection->client);
	copy_address(request.id.idiag_dst, &connection->remote);
	return request;
}

/* Aborts the client's socket and waits for the kernel's word that it is done. */
static int abort_socket(int diagnosis, const struct shunt_connection *connection)
{
	struct inet_diag_req_v2 request = describe(connection);
	char buffer[512] = {0};
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	const struct nlmsgerr *answer;
	ssize_t length;

	message->nlmsg_type = SOCK_DESTROY;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	memcpy(mnl_nlmsg_put_extra_header(message, sizeof(request)), &request, sizeof(request));
	if (send(diagnosis, message, message->nlmsg_len, 0) < 0)
		return -errno;
	length = recv(diagnosis, buffer, sizeof(buffer), 0);
	if (length < 0)
		return -errno;
	if (!mnl_nlmsg_ok(message, (int)length) || message->nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	answer = mnl_nlmsg_get_payload(message);
	return answer->error;
}

static int end_in(struct walk *walk, int fd)
{
	int diagnosis = -1;
	__s32 id;
	int error = netns_get_id(fd, &id);

	if (error)
		return error;

	for (size_t i = 0; i < walk->count; i++) {
		struct moved *moved = &walk->items[i];

		if (moved->netns_id != id || moved->ended)
			continue;
		if (diagnosis < 0)
			diagnosis = netns_socket(fd, AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
						 NETLINK_SOCK_DIAG);
		if (diagnosis < 0)
			return diagnosis;
		moved->ended = abort_socket(diagnosis, &moved->connection) == 0;
	}
	if (diagnosis >= 0)
		close(diagnosis);
	return 0;
}

static int on_netns(void *argument, const struct netns *netns)
{
	int error, fd;

	if (netns_open(netns, &fd))
		return 0;
	error = end_in(argument, fd);
	close(fd);
	return error;
}

static int is_open(void *argument, const void *key, const void *value)
{
	const struct shunt_flow *flow = value;

	(void)argument;
	(void)key;
	return flow->state != SHUNT_FLOW_CLOSED;
}

/* The programs note a reset that they have passed on. */
static void settle(const struct maps *maps)
{
	for (int waited = 0; waited < SETTLE_MS; waited += SETTLE_STEP_MS) {
		if (maps_each(maps->fds[PINS_FLOWS], BPF_F_LOCK, is_open, NULL) <= 0)
			return;
		poll(NULL, 0, SETTLE_STEP_MS);
	}
}

int sever_moved(const struct maps *maps, unsigned int *ended, unsigned int *left)
{
	struct walk walk = {.maps = maps};
	int error;

	*ended = *left = 0;
	error = maps_each(maps->fds[PINS_FLOWS], BPF_F_LOCK, on_flow, &walk);
	if (!error && walk.count)
		error = netns_each(on_netns, &walk);
	for (size_t i = 0; i < walk.count; i++)
		*(walk.items[i].ended ? ended : left) += 1;
	free(walk.items);
	if (*ended)
		settle(maps);
	return error;
}
