// SPDX-License-Identifier: Apache-2.0
#include "user/lib/netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <libmnl/libmnl.h>

#define SEQUENCE 1 /* the socket serves one request */
#define REPLY_SIZE 32768 /* what the kernel fills at most in a dump */

struct walk {
	netlink_visit visit;
	void *argument;
	int stopped;
};

static int on_message(const struct nlmsghdr *message, void *data)
{
	struct walk *walk = data;

	walk->stopped = walk->visit ? walk->visit(walk->argument, message) : 0;
	return walk->stopped ? MNL_CB_STOP : MNL_CB_OK;
}

static int receive(struct mnl_socket *socket, int dump, struct walk *walk)
{
	char *reply = malloc(REPLY_SIZE);
	int error = reply ? 0 : -ENOMEM;
	int more = MNL_CB_OK;

	while (!error && more == MNL_CB_OK) {
		ssize_t length = mnl_socket_recvfrom(socket, reply, REPLY_SIZE);

		if (length < 0) {
			error = -errno;
			break;
		}
		more = mnl_cb_run(reply, (size_t)length, SEQUENCE, mnl_socket_get_portid(socket),
				  on_message, walk);
		if (more == MNL_CB_ERROR)
			error = -errno;
		/* One answer has no message that ends it. */
		if (!dump)
			break;
	}
	free(reply);
	return error;
}

static int be_strict(struct mnl_socket *socket)
{
	int on = 1;

	return setsockopt(mnl_socket_get_fd(socket), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on,
			  sizeof(on))
		       ? -errno
		       : 0;
}

/* `what` is the message to send, but for what is filled in here. */
static int ask(const struct nlmsghdr *what, const void *header, size_t header_size, bool strict,
	       struct walk *walk)
{
	int dump = what->nlmsg_flags & NLM_F_DUMP;
	char buffer[256] = {0};
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct mnl_socket *socket;
	int error = 0;

	request->nlmsg_type = what->nlmsg_type;
	request->nlmsg_flags = (__u16)(NLM_F_REQUEST | what->nlmsg_flags);
	request->nlmsg_seq = SEQUENCE;
	memcpy(mnl_nlmsg_put_extra_header(request, header_size), header, header_size);
	socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!socket)
		return -errno;
	if (strict)
		error = be_strict(socket);
	if (error || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		error = error ? error : -errno;
	if (!error)
		error = receive(socket, dump, walk);
	mnl_socket_close(socket);
	return walk->stopped ? walk->stopped : error;
}

int netlink_get(__u16 type, const void *header, size_t header_size, int dump, netlink_visit visit,
		void *argument)
{
	const struct nlmsghdr what = {.nlmsg_type = type, .nlmsg_flags = dump ? NLM_F_DUMP : 0};
	struct walk walk = {.visit = visit, .argument = argument};

	return ask(&what, header, header_size, false, &walk);
}

int netlink_set(__u16 type, const void *header, size_t header_size)
{
	const struct nlmsghdr what = {.nlmsg_type = type, .nlmsg_flags = NLM_F_ACK};
	struct walk walk = {0};

	return ask(&what, header, header_size, false, &walk);
}

int netlink_dump_strictly(__u16 type, const void *header, size_t header_size, netlink_visit visit,
			  void *argument)
{
	const struct nlmsghdr what = {.nlmsg_type = type, .nlmsg_flags = NLM_F_DUMP};
	struct walk walk = {.visit = visit, .argument = argument};

	return ask(&what, header, header_size, true, &walk);
}

int netlink_change(struct nlmsghdr *request)
{
	struct walk walk = {0};
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int error;

	if (!socket)
		return -errno;
	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	request->nlmsg_seq = SEQUENCE;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		error = -errno;
	else
		error = receive(socket, 0, &walk);
	mnl_socket_close(socket);
	return error;
}
