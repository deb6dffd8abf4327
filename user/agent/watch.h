/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_WATCH_H
#define SHUNT_USER_AGENT_WATCH_H

/*
 * Attaches the sockops program to the cgroup v2 directory and pins the link under directory. Where
 * one is pinned, its program is replaced with no moment without one; where it is of another or a
 * removed cgroup, a new one takes its place.
 */
int watch_attach(const char *directory, const char *cgroup, int program_fd);

#endif
