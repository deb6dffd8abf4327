// SPDX-License-Identifier: Apache-2.0
#include "user/lib/markers.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const struct marker markers_default[MARKERS_DEFAULT_COUNT] = {
	{SHUNT_MARKER_HEADER, "x-shunt-context"}, {SHUNT_MARKER_COOKIE, "shunt_context"},
	{SHUNT_MARKER_QUERY, "shunt_context"},	  {SHUNT_MARKER_BAGGAGE, "shunt-context"},
	{SHUNT_MARKER_TRACESTATE, "shunt"},	  {SHUNT_MARKER_OT, "shunt-context"},
	{SHUNT_MARKER_UBERCTX, "shunt-context"},  {SHUNT_MARKER_CARRIER, "shunt-context"},
	{SHUNT_MARKER_OVERRIDES, "overrides"},
};

/* How each form is entered: the place of its name, and the field that holds such places. */
static const struct form {
	const char *prefix; /* of the name; NULL: none */
	const char *container; /* NULL: none */
	__u8 place, holds, container_holds;
} forms[SHUNT_MARKER_FORM_COUNT] = {
	[SHUNT_MARKER_HEADER] = {.place = SHUNT_PLACE_FIELD},
	[SHUNT_MARKER_COOKIE] = {.place = SHUNT_PLACE_COOKIE,
				 .container = "cookie",
				 .container_holds = SHUNT_HOLDS_COOKIES},
	[SHUNT_MARKER_QUERY] = {.place = SHUNT_PLACE_QUERY},
	[SHUNT_MARKER_BAGGAGE] = {.place = SHUNT_PLACE_BAGGAGE,
				  .container = "baggage",
				  .container_holds = SHUNT_HOLDS_BAGGAGE},
	[SHUNT_MARKER_TRACESTATE] = {.place = SHUNT_PLACE_TRACESTATE,
				     .container = "tracestate",
				     .container_holds = SHUNT_HOLDS_TRACESTATE},
	[SHUNT_MARKER_OT] = {.place = SHUNT_PLACE_FIELD, .prefix = MARKERS_OT_PREFIX},
	[SHUNT_MARKER_UBERCTX] = {.place = SHUNT_PLACE_FIELD, .prefix = MARKERS_UBERCTX_PREFIX},
	[SHUNT_MARKER_CARRIER] = {.place = SHUNT_PLACE_CARRIER,
				  .container = MARKERS_CARRIER_FIELD,
				  .container_holds = SHUNT_HOLDS_CARRIER},
	[SHUNT_MARKER_OVERRIDES] = {.place = SHUNT_PLACE_CARRIER,
				    .holds = SHUNT_HOLDS_OVERRIDES,
				    .container = MARKERS_CARRIER_FIELD,
				    .container_holds = SHUNT_HOLDS_CARRIER},
};

static const char *const labels[SHUNT_MARKER_FORM_COUNT] = {
#define X(name, label, text) [SHUNT_MARKER_##name] = label,
	SHUNT_MARKER_FORMS(X)
#undef X
};

const char *markers_form_label(enum shunt_marker_form form)
{
	return labels[form];
}

int markers_form_find(const char *label)
{
	for (int form = 0; form < SHUNT_MARKER_FORM_COUNT; form++) {
		if (!strcmp(labels[form], label))
			return form;
	}
	return -1;
}

const char *markers_field_name(const struct marker *marker, char text[SHUNT_MARKER_NAME_MAX + 1])
{
	const struct form *form = &forms[marker->form];

	if (form->place == SHUNT_PLACE_QUERY)
		return NULL;
	if (form->container)
		snprintf(text, SHUNT_MARKER_NAME_MAX + 1, "%s", form->container);
	else
		snprintf(text, SHUNT_MARKER_NAME_MAX + 1, "%s%.*s",
			 form->prefix ? form->prefix : "", SHUNT_MARKER_NAME_MAX, marker->name);
	return text;
}

enum shunt_marker_place markers_place(enum shunt_marker_form form)
{
	return forms[form].place;
}

size_t markers_name_max(enum shunt_marker_form form)
{
	return SHUNT_MARKER_NAME_MAX - (forms[form].prefix ? strlen(forms[form].prefix) : 0);
}

static bool ignores_case(const struct shunt_marker *entry)
{
	return entry->place == SHUNT_PLACE_FIELD || entry->place == SHUNT_PLACE_CARRIER;
}

/* A name's eight bytes from `from`, as shunt_marker_slot() wants them. */
static __u64 word(const struct shunt_marker *entry, size_t from)
{
	__u64 value = 0;

	for (size_t i = 0; i < 8 && from + i < entry->length; i++)
		value |= (__u64)((__u8)entry->name[from + i] | 0x20) << (8 * i);
	return value;
}

static __u64 hash(const struct shunt_marker *entry)
{
	return shunt_marker_hash(entry->place, entry->length, word(entry, 0),
				 word(entry, entry->length < 8 ? 0 : entry->length - 8));
}

/* Adds an entry to the list. -EEXIST where its place has the name already, -ENOTUNIQ where it has
 * one that the hash cannot tell from it under any seed. */
static int add(struct shunt_marker *entries, size_t *count, const char *prefix, const char *name,
	       struct shunt_marker entry)
{
	int length = snprintf(entry.name, sizeof(entry.name), "%s%s", prefix ? prefix : "", name);

	if (!*name || length > SHUNT_MARKER_NAME_MAX)
		return -EINVAL;
	if (*count == SHUNT_MARKERS_MAX)
		return -E2BIG;
	entry.length = length;
	for (int i = 0; i < length && ignores_case(&entry); i++)
		entry.name[i] = tolower((unsigned char)entry.name[i]);
	for (size_t i = 0; i < *count; i++) {
		if (entries[i].place == entry.place && !strcmp(entries[i].name, entry.name))
			return -EEXIST;
		if (hash(&entries[i]) == hash(&entry))
			return -ENOTUNIQ;
	}
	entries[(*count)++] = entry;
	return 0;
}

/* The field that holds a form's members, unless it is there already. */
static int add_container(struct shunt_marker *entries, size_t *count, const struct form *form)
{
	if (!form->container)
		return 0;
	for (size_t i = 0; i < *count; i++) {
		if (entries[i].place == SHUNT_PLACE_FIELD &&
		    entries[i].holds == form->container_holds)
			return 0;
	}
	/* -EEXIST where a marker of the form `header` has this name. */
	return add(
		entries, count, NULL, form->container,
		(struct shunt_marker){.place = SHUNT_PLACE_FIELD, .holds = form->container_holds});
}

static int add_marker(struct shunt_marker *entries, size_t *count, const struct marker *marker,
		      __u8 rank)
{
	const struct form *form = &forms[marker->form];
	int error = add_container(entries, count, form);

	if (error)
		return error;
	return add(entries, count, form->prefix, marker->name,
		   (struct shunt_marker){.place = form->place,
					 .holds = form->holds,
					 .form = marker->form,
					 .rank = rank});
}

/* By what a name in a place is told from most that are not in the table. A query's name may begin
 * with a percent-encoded character. */
static __u64 bits(const struct shunt_marker *entry)
{
	__u64 bit = SHUNT_MARKER_BIT(entry->name[0],
				     entry->place == SHUNT_PLACE_FIELD ? entry->length : 0);

	return entry->place == SHUNT_PLACE_QUERY ? bit | SHUNT_MARKER_BIT('%', 0) : bit;
}

/* Puts every entry into its slot; false where two need the same. */
static bool place_all(const struct shunt_marker *entries, size_t count, struct shunt_markers *table)
{
	memset(table->slots, 0, sizeof(table->slots));
	for (size_t i = 0; i < count; i++) {
		struct shunt_marker *to =
			&table->slots[shunt_marker_slot(table->seed, hash(&entries[i]))];

		if (to->place)
			return false;
		*to = entries[i];
	}
	return true;
}

/* The next of a sequence of numbers (Knuth's 64-bit linear congruential generator), made odd. */
static __u64 next_seed(__u64 seed)
{
	return (seed * 6364136223846793005ULL + 1442695040888963407ULL) | 1;
}

int markers_compile(const struct marker *list, size_t count, struct shunt_markers *table,
		    size_t *bad)
{
	struct shunt_marker entries[SHUNT_MARKERS_MAX];
	struct shunt_markers made = {0};
	size_t entry_count = 0;
	int error;

	for (size_t i = 0; i < count; i++) {
		error = add_marker(entries, &entry_count, &list[i], i);
		if (error) {
			if (bad)
				*bad = i;
			return error;
		}
	}
	made.count = entry_count;
	for (size_t i = 0; i < entry_count; i++)
		made.bits[entries[i].place] |= bits(&entries[i]);
	do {
		made.seed = next_seed(made.seed);
	} while (!place_all(entries, entry_count, &made));
	*table = made;
	return 0;
}

static bool names_context(const struct shunt_marker *entry)
{
	return entry->place && entry->rank < SHUNT_MARKERS_MAX &&
	       entry->form < SHUNT_MARKER_FORM_COUNT &&
	       (entry->holds == SHUNT_HOLDS_NAME || entry->holds == SHUNT_HOLDS_OVERRIDES);
}

size_t markers_list(const struct shunt_markers *table, struct marker list[SHUNT_MARKERS_MAX])
{
	size_t count = 0;

	for (size_t rank = 0; rank < SHUNT_MARKERS_MAX; rank++) {
		for (size_t i = 0; i < SHUNT_MARKER_SLOTS; i++) {
			const struct shunt_marker *entry = &table->slots[i];
			const char *prefix;

			if (!names_context(entry) || entry->rank != rank ||
			    count == SHUNT_MARKERS_MAX)
				continue;
			prefix = forms[entry->form].prefix;
			list[count].form = entry->form;
			snprintf(list[count].name, sizeof(list[count].name), "%.*s",
				 SHUNT_MARKER_NAME_MAX,
				 entry->name + (prefix ? strlen(prefix) : 0));
			count++;
		}
	}
	return count;
}
