/* SPDX-License-Identifier: Apache-2.0 */
/* Links as descriptors: a frame a read, a frame a write. Functions return one, or -errno. */
#ifndef SHUNT_TESTS_WIRE_H
#define SHUNT_TESTS_WIRE_H

/* The other end of a TAP device, which is made where it is not there. */
int wire_open_tap(const char *name);

/* What comes to a device, before its stack sees it, and what is to be sent by it. */
int wire_open_device(const char *name);

#endif
