/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequence numbers of real connections. Before a socket is connected, TCP_REPAIR lets its initial
 * number be set; the handshake is an ordinary one. Needs CAP_NET_ADMIN. Functions return 0 or -errno.
 */
#ifndef SHUNT_TESTS_NUMBERS_H
#define SHUNT_TESTS_NUMBERS_H

#include <stdint.h>

struct numbers {
	uint16_t port; /* local; 0: any */
	uint32_t initial; /* of the own SYN; not 0 */
};

/* Binds the socket, which is not connected yet, and sets its initial number. */
int numbers_set(int fd, int family, const struct numbers *own);

/* The number of the next byte that the connected socket gets. */
int numbers_expected(int fd, uint32_t *number);

#endif
