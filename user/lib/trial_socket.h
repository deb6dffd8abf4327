/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of a trial. All wait no longer than a limit, in ms; -ETIMEDOUT then. */
#ifndef SHUNT_USER_LIB_TRIAL_SOCKET_H
#define SHUNT_USER_LIB_TRIAL_SOCKET_H

#include <stddef.h>
#include <linux/types.h>

/* Each returns a socket or -errno. family is an index. */
int trial_socket_listen(int family, const char *address, __u16 port);
int trial_socket_accept(int listener, int limit);

/* The same; *own is the port of our end, where it failed too. */
int trial_socket_connect(int family, const char *address, __u16 port, int limit, __u16 *own);

int trial_socket_send(int socket, const char *text);

/* Reads what comes up to the end of a head, as zero-ended text. -ECONNRESET at an early end. */
int trial_socket_receive(int socket, char *text, size_t size, int limit);

#endif
