/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of a reflector share. It is always in one of three: a list is under way, a watch
 * is, or its timer runs until the next of these.
 */
#ifndef SHUNT_USER_MANAGER_KUBE_REFLECTOR_STATE_H
#define SHUNT_USER_MANAGER_KUBE_REFLECTOR_STATE_H

#include "user/manager/kube_known.h"
#include "user/manager/kube_list.h"
#include "user/manager/kube_problem.h"
#include "user/manager/kube_state.h"
#include "user/manager/kube_watch.h"

struct kube_reflector {
	struct kube *kube; /* NULL: it was stopped */
	struct kube_reflector *previous;
	struct kube_reflector *next;
	struct kube_reflector_options options;
	struct kube_reflector_events events;
	void *argument;
	const char *path; /* of the version that is served */
	char *request; /* path and query under way */
	struct fetch *fetch;
	uv_timer_t timer;
	struct kube_body body; /* of a page, or of a refusal */
	struct kube_watch watch;
	struct kube_known known;
	struct kube_known listed; /* by the list that is under way */
	char *version; /* resourceVersion that is known; NULL: a list is needed */
	char *page; /* what the list goes on with; NULL: from its start */
	char *problem; /* as it was told */
	unsigned int failures; /* in a row */
	uint64_t unserved; /* ms of the loop: since when known objects are not; 0: they are */
	bool renewed; /* it was tried with a new token */
	bool advanced; /* to another version since settled() */
	bool garbage; /* the watch's stream could not be read on */
	unsigned int status; /* of the watch; 0: not known yet */
	json_t *error; /* a Status that came within the watch */
	uint64_t started; /* ms of the loop: the watch */
	uint64_t lists;
	uint64_t watches;
	uint64_t failed;
	uint64_t types[KUBE_WATCH_TYPES];
};

/* Start what is next. */
void kube_reflector_list(struct kube_reflector *reflector);
void kube_reflector_watch(struct kube_reflector *reflector);

/* Goes on after so many milliseconds: with a watch where a version is known, else with a list. */
void kube_reflector_later(struct kube_reflector *reflector, unsigned int wait_ms);

/* Goes on at once where all was well so far, else after a while. */
void kube_reflector_again(struct kube_reflector *reflector);

/* Tells what is wrong, where that is new, and goes on after a while. */
void kube_reflector_fail(struct kube_reflector *reflector, const char *problem,
			 unsigned int retry_after_s);

/* The same for an answer that is a refusal. A token that may have rotated is tried first. */
void kube_reflector_refused(struct kube_reflector *reflector, struct fetch *fetch,
			    unsigned int status);

/* The refusal in reflector->body. The caller decrefs failure->body. */
void kube_reflector_read_failure(const struct kube_reflector *reflector, struct fetch *fetch,
				 unsigned int status, struct kube_failure *failure);

/* All is well again. */
void kube_reflector_well(struct kube_reflector *reflector);

/* Each may stop the reflector: reflector->kube is NULL then. */
void kube_reflector_put(struct kube_reflector *reflector, json_t *object);
void kube_reflector_removed(struct kube_reflector *reflector, const char *namespace,
			    const char *name);
void kube_reflector_settled(struct kube_reflector *reflector);

/* Replaces a text by a copy; NULL: by none. -ENOMEM. */
int kube_reflector_set(char **text, const char *copied);

/* Another list is needed. */
void kube_reflector_forget_version(struct kube_reflector *reflector);

#endif
