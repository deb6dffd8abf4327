/* SPDX-License-Identifier: Apache-2.0 */
/* The link of a trial_bed. All act in the network namespace that the process is in. */
#ifndef SHUNT_USER_LIB_TRIAL_LINK_H
#define SHUNT_USER_LIB_TRIAL_LINK_H

/* Makes a veth of this index, with its peer in the namespace of pod, whose id is set. */
int trial_link_make(int ifindex, int pod);

/* The index of the peer. */
int trial_link_find(int *ifindex);

int trial_link_up(int ifindex);

/* Waits until it carries packets, its peer being up. */
int trial_link_wait(int ifindex);

/* Gives it an address of the family with this index, usable at once. */
int trial_link_address(int ifindex, int family, const char *address);

/* Says that the address is behind it, which needs not be asked for: some who could answer that are not
 * ready to when they have their address. */
int trial_link_neighbour(int ifindex, int family, const char *address);

#endif
