/* SPDX-License-Identifier: Apache-2.0 */
/* A page of a list of objects. */
#ifndef SHUNT_USER_MANAGER_KUBE_LIST_H
#define SHUNT_USER_MANAGER_KUBE_LIST_H

#include <stddef.h>
#include <jansson.h>

#define KUBE_PAGE_OBJECTS 500
#define KUBE_PAGE_MAX (256u * 1024 * 1024) /* bytes */

/* All zero is empty. */
struct kube_page {
	json_t *root;
	json_t *items; /* an array, or NULL */
	const char *version; /* resourceVersion */
	const char *next; /* what to continue with; "" for the last page */
};

/*
 * Reads a page and gives its items the apiVersion and kind that they leave out. -EPROTO where it is
 * no list. On success the caller clears *page.
 */
int kube_page_read(const char *bytes, size_t length, struct kube_page *page);

void kube_page_clear(struct kube_page *page);

struct kube_reflector_options;

/* Path and query of a page (next NULL or "": the first), or of a watch; to be freed. */
char *kube_page_path(const char *path, const struct kube_reflector_options *options,
		     const char *next);
char *kube_watch_path(const char *path, const struct kube_reflector_options *options,
		      const char *version, unsigned int seconds);

#endif
