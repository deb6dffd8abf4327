/* SPDX-License-Identifier: Apache-2.0 */
/* Small checks and readings of text that a person wrote. */
#ifndef SHUNT_USER_LIB_TEXT_H
#define SHUNT_USER_LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* 1 to 63 of a-z 0-9 - _ ., not ending like a signed marker. */
bool text_is_context_name(const char *text);

/* Whether it ends in "." and a signed marker's tag: 16 of 0-9 a-f. */
bool text_ends_in_tag(const char *text);

/* A Kubernetes label value that is not empty: 1 to 63 of A-Z a-z 0-9 - _ . with alphanumeric ends. */
bool text_is_label_value(const char *text);

/* A DNS label (RFC 1123): 1 to 63 of a-z 0-9 - with alphanumeric ends. */
bool text_is_dns_label(const char *text);

/* DNS labels joined by dots, at most 253 characters: the name of a pod. */
bool text_is_dns_name(const char *text);

/* Reads an RFC 3339 date and time, to seconds since 1970; a fraction is cut off. -EINVAL. */
int text_parse_time(const char *text, time_t *time);

/* Reads a whole number of s, m, h, d or w, as "90s" or "3d", to seconds, from 1 on. -EINVAL. */
int text_parse_duration(const char *text, unsigned long *seconds);

/*
 * A copy for a terminal or a document, to be freed: what is no printable ASCII character is written
 * as \xNN. NULL for want of memory.
 */
char *text_printable(const char *text);

/* The one of the NULL-ended candidates that word was most likely meant to be, or NULL. */
const char *text_closest(const char *word, const char *const *candidates);

#endif
