/* SPDX-License-Identifier: Apache-2.0 */
/* The links of one network namespace other than ours. */
#ifndef SHUNT_USER_AGENT_NAMESPACE_LINKS_H
#define SHUNT_USER_AGENT_NAMESPACE_LINKS_H

#include "user/agent/namespaces.h"

/*
 * Enters the namespace of fd and brings its links to what is chosen; logs what is attached to and what
 * cannot be. -ENOTRECOVERABLE where there was no way back.
 */
int namespace_links_read(struct namespaces *namespaces, struct namespace *namespace, int fd);

void namespace_links_remove_element(const struct namespaces *namespaces,
				    struct namespace *namespace);

#endif
