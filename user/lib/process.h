/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_PROCESS_H
#define SHUNT_USER_LIB_PROCESS_H

/*
 * Keeps the keys and tokens that this process will hold to itself: what it makes is for its user
 * alone, it leaves no core, and other processes of its user may not look into its memory. To be called
 * first of all.
 */
void process_protect(void);

#endif
