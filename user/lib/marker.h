/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_MARKER_H
#define SHUNT_USER_LIB_MARKER_H

/* The header whose value names a request's context, in lower case as `settings` has it. */
#define MARKER_HEADER "x-shunt-context"

#endif
