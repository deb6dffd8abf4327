/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What passports and markers are signed with. One secret is kept, the root; everything else is
 * derived from it, so that those who have the root agree without a word: on the keys of passports by
 * the clock, on the tags of markers by the context's name. Nothing of it is ever logged.
 */
#ifndef SHUNT_USER_LIB_KEYS_H
#define SHUNT_USER_LIB_KEYS_H

#include <linux/bpf.h>
#include <shunt/tables.h>
#include "user/lib/problems.h"

#define KEYS_ROOT_SIZE 32
#define KEYS_PERIOD_MS_DEFAULT (60 * 60 * 1000)
#define KEYS_MARKER_SIZE (SHUNT_CONTEXT_NAME_MAX + 1 + SHUNT_MARKER_TAG_DIGITS + 1)

struct keys {
	__u8 root[KEYS_ROOT_SIZE];
};

/* A root that nobody else has. -EIO where the kernel gives no random bytes. */
int keys_make(struct keys *keys);

/*
 * Reads the root of a file that has it as 64 hexadecimal digits, and makes the file with a new one,
 * mode 0600, where it is missing, with its directory; of several that make it at once, one wins.
 * -EPERM where others than its owner may read it (but a group may read root's, where we are not
 * root), -EINVAL where it holds something else, or the error of a system call, each with a line in
 * problems that names the file and the remedy.
 */
int keys_load(const char *path, struct keys *keys, struct problems *problems);

/*
 * The keys of passports at the time now_ms (since 1970), where every epoch is the current one for
 * period_ms, and *next_ms: until when they are. An epoch is valid for half a period before it becomes
 * current, and for half a period afterwards, so that no two nodes need to change at once.
 */
void keys_at(const struct keys *keys, __u64 now_ms, __u64 period_ms, struct shunt_keys *out,
	     __u64 *next_ms);

/* What signed markers of a context carry; never 0. */
__u64 keys_tag(const struct keys *keys, const char *context);

/* Writes "NAME.TAG", which is what a signed marker's value is, and returns text. */
const char *keys_format_marker(const char *context, __u64 tag, char text[KEYS_MARKER_SIZE]);

/* Overwrites the root. */
void keys_forget(struct keys *keys);

#endif
