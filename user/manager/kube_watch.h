/* SPDX-License-Identifier: Apache-2.0 */
/* A watch's stream: one JSON event a line, however the bytes are cut. */
#ifndef SHUNT_USER_MANAGER_KUBE_WATCH_H
#define SHUNT_USER_MANAGER_KUBE_WATCH_H

#include "user/manager/kube_body.h"

#define KUBE_WATCH_LINE_MAX (16u * 1024 * 1024)

enum kube_watch_type {
	KUBE_WATCH_ADDED,
	KUBE_WATCH_MODIFIED,
	KUBE_WATCH_DELETED,
	KUBE_WATCH_BOOKMARK,
	KUBE_WATCH_ERROR, /* object is a Status */
	KUBE_WATCH_TYPES
};

/* object is borrowed. A result other than 0 ends the reading. */
typedef int (*kube_watch_event)(void *argument, enum kube_watch_type type, json_t *object);

/* All zero is a stream's start. */
struct kube_watch {
	struct kube_body line; /* what has come of one that is not whole */
};

/*
 * Takes the next bytes. What event() returned, or -EPROTO for a line that is no event, -EMSGSIZE for
 * one beyond KUBE_WATCH_LINE_MAX, -ENOMEM; the stream is then not to be read on.
 */
int kube_watch_feed(struct kube_watch *watch, const void *bytes, size_t length,
		    kube_watch_event event, void *argument);

/* Safe on a zeroed struct; it can be used for another stream then. */
void kube_watch_clear(struct kube_watch *watch);

/* "ADDED" */
const char *kube_watch_type_name(enum kube_watch_type type);

#endif
