/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_LAYOUT_H
#define SHUNT_USER_AGENT_LAYOUT_H

#include <bpf/libbpf.h>
#include "user/lib/problems.h"

/*
 * Makes an object that is not loaded yet use the maps that are pinned under directory; those that
 * are missing will be made, as after a first start that was interrupted. -ESTALE, with the
 * reason in problems, where a pinned map is not laid out as the object needs it, or the programs are on
 * the other ends of the links: nothing was changed then. *moved is how many moved connections there shall be room for; it becomes how many there
 * is room for, which pinned maps keep.
 */
int layout_reuse_maps(struct bpf_object *object, const char *directory, __u32 *moved, bool at_pod,
		      struct problems *problems);

#endif
