/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_AGENT_START_H
#define SHUNT_USER_AGENT_START_H

#include "user/agent/kernel.h"
#include "user/agent/options.h"

/*
 * The steps that come before the event loop runs. Each logs what fails and returns the exit status
 * for it, or 0.
 */

/* Makes the directory of pins and locks it against a second agent. The caller closes *lock. */
int start_lock(const struct options *options, int *lock);

/* Starts the kernel's part. The caller stops *kernel. */
int start_kernel(const struct options *options, struct kernel *kernel);

/* Does what --detach asks for, and logs what was done. */
int start_detach(const struct options *options);

#endif
