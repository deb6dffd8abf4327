/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_CONFINE_CALLS_H
#define SHUNT_USER_AGENT_CONFINE_CALLS_H

#include <stdbool.h>

/*
 * Refuses with EPERM, from now on and in the threads to come, every system call that a running agent
 * does not need; the kernel's log says which was tried. No new privileges can be had either.
 * other_namespaces: it may enter network namespaces.
 * -EINVAL where the kernel has no filters of system calls.
 */
int confine_calls(bool other_namespaces);

#endif
