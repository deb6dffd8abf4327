/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_TRIAL_PROCESS_H
#define SHUNT_USER_LIB_TRIAL_PROCESS_H

#include "user/lib/trial_bed.h"

/* Gives up the rights that the process does not need any more. Returns 0 or -errno. */
typedef int (*trial_confine)(void);

/*
 * Starts a process that makes a trial_bed and works off orders; *socket gets its reports. It ends with
 * the caller, or when the socket is closed, and is nobody's child to wait for where SIGCHLD is
 * ignored. confine may be NULL. No threads may run.
 */
int trial_process_start(const struct trial_programs *programs, trial_confine confine, int *socket);

#endif
