/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_SEVER_H
#define SHUNT_USER_LIB_SEVER_H

#include "user/lib/maps.h"

/*
 * Ends the connections that were moved, which cannot go on without our programs: their sockets
 * are aborted as `ss --kill` does, so that clients see an error at once and, while the programs
 * are still there, all servers a reset. Waits a moment until these are on their way. *ended counts
 * the connections, *left those whose socket could not be found or ended.
 */
int sever_moved(const struct maps *maps, unsigned int *ended, unsigned int *left);

#endif
