/* SPDX-License-Identifier: Apache-2.0 */
/* Only manifest*.c include this. */
#ifndef SHUNT_USER_LIB_MANIFEST_CONTENT_H
#define SHUNT_USER_LIB_MANIFEST_CONTENT_H

#include "user/lib/manifest_files.h"

/* Reads a file of about this size. -EINVAL and others with the reasons in problems; -ENOMEM. */
int manifest_content_read(const char *path, size_t size, struct manifest_content **content,
			  struct problems *problems);

/* Safe on NULL. */
void manifest_content_free(struct manifest_content *content);

#endif
