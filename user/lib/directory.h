/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHUNT_USER_LIB_DIRECTORY_H
#define SHUNT_USER_LIB_DIRECTORY_H

/*
 * Opens the directory that a file of this path is in, to be synced after the file was made there, and
 * makes it where it is missing, but none above it. Returns a descriptor, or a negative error.
 */
int directory_open(const char *path);

#endif
