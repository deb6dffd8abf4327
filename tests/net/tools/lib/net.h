/* SPDX-License-Identifier: Apache-2.0 */
/* TCP sockets with time limits. Functions return 0 (or a descriptor or size) or -errno. */
#ifndef SHUNT_TESTS_NET_H
#define SHUNT_TESTS_NET_H

#include "numbers.h"

#include <stddef.h>
#include <sys/types.h>

#define NET_NAME_MAX 64 /* "[v6]:port" and its end */

/* Both return a descriptor. @host is a numeric address of either family. @own: local port and initial
 * sequence number, or NULL for the kernel's choice. */
int net_connect(const char *host, const char *port, const struct numbers *own, int limit_ms);
int net_listen(const char *port);

/* The peer's address as "a.b.c.d:port" or "[v6]:port"; an IPv4-mapped one as IPv4. */
int net_peer(int fd, char name[NET_NAME_MAX]);

/* The socket's own port, in host byte order. */
int net_port(int fd);

/* Waits for bytes and reads what is there: 0 at the end, -ETIMEDOUT after @limit_ms. */
ssize_t net_read(int fd, void *buffer, size_t size, int limit_ms);

/* Writes all of it; -ETIMEDOUT where the peer takes nothing for @limit_ms. */
int net_write(int fd, const void *buffer, size_t size, int limit_ms);

/* The same, and no packet holds bytes of this write and of the next one. */
int net_write_packet(int fd, const void *buffer, size_t size, int limit_ms);

/* Waits until so many bytes can be read; reads none. */
int net_await(int fd, int size, int limit_ms);

/* Waits until the peer has acknowledged all that was written; -ECONNRESET where it never will. */
int net_drain(int fd, int limit_ms);

/* Closes with a RST. */
void net_reset(int fd);

#endif
