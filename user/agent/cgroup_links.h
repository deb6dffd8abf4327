/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_CGROUP_LINKS_H
#define SHUNT_USER_AGENT_CGROUP_LINKS_H

#include "user/lib/pins.h"

/*
 * Attaches one of pins_cgroup_programs to the cgroup v2 directory and pins the link under directory.
 * Where one is pinned, its program is replaced with no moment without one; where it is of another or
 * a removed cgroup, a new one takes its place.
 */
int cgroup_links_attach(const char *directory, const char *cgroup, enum pins_program program,
			int program_fd);

#endif
