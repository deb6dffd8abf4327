/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the sentence on a failure. Only kube_problem*.c include this. */
#ifndef SHUNT_USER_MANAGER_KUBE_PROBLEM_PRINT_H
#define SHUNT_USER_MANAGER_KUBE_PROBLEM_PRINT_H

#include <stdio.h>
#include "user/manager/kube_path.h"
#include "user/manager/kube_problem.h"

/* A text of an object; "" where there is none. */
const char *kube_problem_field(const json_t *object, const char *key);

/* Whether these words are in what the server says. */
bool kube_problem_says(const struct kube_failure *failure, const char *words);

/* Printable, in one line and of bounded length, as a server may say anything. */
void kube_problem_text(FILE *out, const char *text, size_t length);

/* What the server says: a Status object's message, or a body that is plain text. */
void kube_problem_message(FILE *out, const struct kube_failure *failure);

/* "contexts.shunt.dev" */
void kube_problem_kind(FILE *out, const struct kube_path *path);

/* What a failure means and what to do, by its status. */
void kube_problem_advice(FILE *out, const struct kube_failure *failure,
			 const struct kube_path *path);

#endif
