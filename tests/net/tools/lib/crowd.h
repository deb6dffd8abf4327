/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many HTTP/1.1 connections of one client at once, to nginx as lib/servers.sh sets it up. Each answer
 * must be of a right server, and say the context that the request named. Functions return 0 or -errno;
 * crowd->problem says what went wrong.
 */
#ifndef SHUNT_TESTS_CROWD_H
#define SHUNT_TESTS_CROWD_H

#include "turns.h"

#include <sys/socket.h>

#define CROWD_ANSWER_MAX 512

enum member_state {
	MEMBER_IDLE,
	MEMBER_CONNECTING,
	MEMBER_WAITING, /* for an answer */
};

struct member {
	int fd;
	enum member_state state;
	int length;
	char answer[CROWD_ANSWER_MAX];
};

struct crowd {
	struct sockaddr_storage server;
	socklen_t server_size;
	int epoll;
	unsigned int first_port; /* local, of the first connection; the others have those behind */
	unsigned int window; /* connections that have something under way at a time, at most */
	unsigned int under_way;
	unsigned int count;
	struct member *members;
	unsigned int round; /* the turn of member n is number n + round */
	struct turn turns[TURNS_MAX];
	int turns_count;
	char problem[1024];
};

/* @host is a numeric address of either family. The kernel's search for free ports takes long where most
 * are taken, so connections are bound to ports from @first_port on. */
int crowd_init(struct crowd *crowd, const char *host, const char *port, unsigned int window,
	       unsigned int first_port);

/* Opens @count more connections and makes one request on each; contexts take turns. */
int crowd_open(struct crowd *crowd, unsigned int count);

/* Makes a request on every connection, each with the turn that is next to its last. */
int crowd_request(struct crowd *crowd);

/* Ends the latest @count connections, or as many as there are, with a FIN or a RST each. */
void crowd_end(struct crowd *crowd, unsigned int count, bool reset);

void crowd_free(struct crowd *crowd);

#endif
