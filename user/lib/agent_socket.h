/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Unix socket that an agent answers `shunt` on. Contexts and addresses are nobody's business who
 * is not root on the node.
 */
#ifndef SHUNT_USER_LIB_AGENT_SOCKET_H
#define SHUNT_USER_LIB_AGENT_SOCKET_H

#include <stddef.h>

#define AGENT_SOCKET_DIRECTORY "/run/shunt"
#define AGENT_SOCKET_PATH_SIZE 108

/* Where the agent of a directory of pins has it: /run/shunt/NAME.sock. -ENAMETOOLONG. */
int agent_socket_path(const char *bpffs, char path[AGENT_SOCKET_PATH_SIZE]);

/*
 * Listens there, for root only; the directory is made where it is missing, and what another agent left
 * is removed. -EADDRINUSE where one still answers.
 */
int agent_socket_listen(const char *path, int *fd);

/* -ENOENT or -ECONNREFUSED where no agent is. */
int agent_socket_connect(const char *path, int *fd);

#endif
