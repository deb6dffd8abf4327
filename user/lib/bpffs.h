/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of pins, on a BPF file system. */
#ifndef SHUNT_USER_LIB_BPFFS_H
#define SHUNT_USER_LIB_BPFFS_H

#include <stdbool.h>

#define BPFFS_DEFAULT "/sys/fs/bpf/shunt"

/* Whether path exists and is on a BPF file system. */
bool bpffs_holds(const char *path);

/*
 * Makes sure that directory exists, for root only, on a BPF file system. Missing parents are made.
 * The BPF file system is mounted at its usual place where directory is below that and nothing is
 * mounted there. -EMEDIUMTYPE where directory would be on another kind of file system.
 */
int bpffs_prepare(const char *directory);

/*
 * Takes an exclusive lock that ends with the process, or when *lock is closed. directory stands for
 * what is locked, as a BPF file system holds no ordinary file. -EWOULDBLOCK where another has it,
 * -ENOENT where there is no such directory.
 */
int bpffs_lock(const char *directory, int *lock);

#endif
