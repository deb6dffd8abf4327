/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of the load generator. Functions return 0 or -errno. */
#ifndef SHUNT_TESTS_LOADED_H
#define SHUNT_TESTS_LOADED_H

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"
#include "turns.h"

#define LOADED_HEAD_MAX 2048
#define LOADED_REQUEST_MAX 512

struct load_result {
	uint64_t began; /* ns */
	double cpu_seconds;
	struct histogram
		latency; /* from a request's first byte to its answer's last, or from connecting */
	struct histogram first; /* the same of a connection's first request, from its first byte */
	struct histogram connect;
};

/* What all connections share. */
struct load {
	const char *host;
	const char *port;
	const char *path;
	unsigned int connections;
	double seconds;
	bool close; /* after each request */
	struct turn turns[TURNS_MAX];
	unsigned int turns_count;
	struct addrinfo *address;
	int epoll;
	char requests[TURNS_MAX][LOADED_REQUEST_MAX];
	size_t lengths[TURNS_MAX];
	uint64_t errors; /* connections that ended when they should not */
	uint64_t wrong; /* answers of another server, or not 200 */
	struct load_result *result; /* NULL: nothing is measured yet */
};

enum loaded_state {
	LOADED_CONNECTING,
	LOADED_HEAD, /* of the answer */
	LOADED_BODY,
	LOADED_ENDING, /* the server has to close */
};

struct loaded {
	unsigned int number;
	int fd;
	enum loaded_state state;
	unsigned int turn;
	bool used; /* a request of this connection was answered */
	uint64_t connecting, connected, sent; /* ns; sent: of the present request */
	uint64_t left; /* of the body */
	size_t head_length;
	char head[LOADED_HEAD_MAX + 1];
};

uint64_t load_now(void); /* ns */

/* Of all CPUs of the machine that were not idle, since it was booted. */
double load_cpu_seconds(void);

/* Makes the requests, and room for the sockets. */
int load_prepare(struct load *load);

int loaded_connect(struct load *load, struct loaded *connection);

/* Does what can be done on the connection, of which epoll said that something can. */
void loaded_serve(struct load *load, struct loaded *connection);

#endif
