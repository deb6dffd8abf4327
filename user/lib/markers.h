/* SPDX-License-Identifier: Apache-2.0 */
/* The names by which a request may name its context, and the kernel's table of them. */
#ifndef SHUNT_USER_LIB_MARKERS_H
#define SHUNT_USER_LIB_MARKERS_H

#include <stddef.h>
#include <linux/bpf.h>
#include <shunt/tables.h>

#define MARKERS_CARRIER_FIELD "x-ot-span-context"
#define MARKERS_OT_PREFIX "ot-baggage-"
#define MARKERS_UBERCTX_PREFIX "uberctx-"

struct marker {
	enum shunt_marker_form form;
	char name[SHUNT_MARKER_NAME_MAX + 1]; /* as written; OT and UBERCTX without their prefix */
};

/* In order of precedence: what is read where no Settings object says otherwise. */
#define MARKERS_DEFAULT_COUNT 9
extern const struct marker markers_default[MARKERS_DEFAULT_COUNT];

/*
 * Compiles a list of markers, the one that takes precedence first, into the kernel's table. Field
 * names and carrier items are turned to lower case. -EINVAL for a name that is empty or, with its
 * prefix, too long; -EEXIST for two equal ones; -ENOTUNIQ for two that differ only in case or in
 * their middle, where that is not told apart; -E2BIG for more than SHUNT_MARKERS_MAX, the fields
 * that hold cookies, baggage, tracestate and the carrier included. *bad, if not NULL, is then the
 * index of the marker that the error is about.
 */
int markers_compile(const struct marker *list, size_t count, struct shunt_markers *table,
		    size_t *bad);

/* The list that a table was compiled from, but for case. Returns its length. */
size_t markers_list(const struct shunt_markers *table, struct marker list[SHUNT_MARKERS_MAX]);

/* The header field that the marker is or is in. NULL for a query parameter, which is in none. */
const char *markers_field_name(const struct marker *marker, char text[SHUNT_MARKER_NAME_MAX + 1]);

/* Where names of the form are looked up. */
enum shunt_marker_place markers_place(enum shunt_marker_form form);

/* The length that a name of the form may have. */
size_t markers_name_max(enum shunt_marker_form form);

/* "header", "cookie" and so on, as in a Settings object. */
const char *markers_form_label(enum shunt_marker_form form);

/* The form of that label, or -1. */
int markers_form_find(const char *label);

#endif
