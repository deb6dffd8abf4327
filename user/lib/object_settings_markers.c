// SPDX-License-Identifier: Apache-2.0
#include "user/lib/object_settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/markers.h"
#include "user/lib/markers_name.h"
#include "user/lib/text.h"

/* Of both lists together, before it is known whether they fit. */
#define ENTRIES_MAX (2 * SHUNT_MARKERS_MAX)

static const char *const entry_names[] = {"form", "name", NULL};
static const char *const form_labels[] = {
#define X(name, label, text) label,
	SHUNT_MARKER_FORMS(X)
#undef X
		NULL,
};

/* The markers in order of precedence, and the field that each was read from. */
struct entries {
	struct marker items[ENTRIES_MAX];
	struct field fields[ENTRIES_MAX]; /* no node in those of the defaults */
	size_t count;
};

static bool read_form(struct field_reader *reader, const struct field *entry,
		      enum shunt_marker_form *form)
{
	struct field field = field_get(entry, "form");
	const char *text = field_required_string(reader, &field);
	int found = text ? markers_form_find(text) : -1;
	const char *closest;

	if (found >= 0) {
		*form = (enum shunt_marker_form)found;
		return true;
	}
	if (!text)
		return false;
	closest = text_closest(text, form_labels);
	if (closest)
		field_problem(reader, &field, "unknown form %s; did you mean %s?", text, closest);
	else
		field_problem(reader, &field,
			      "unknown form %s; write header, cookie, query, baggage, tracestate, "
			      "ot, uberctx, carrier or overrides",
			      text);
	return false;
}

static bool read_entry(struct field_reader *reader, const struct field *entry,
		       struct marker *marker)
{
	struct field field = field_get(entry, "name");
	char problem[MARKERS_NAME_PROBLEM_SIZE];
	const char *name;
	bool has_form;

	if (!entry->node)
		field_problem(reader, entry, "is empty; remove it");
	if (!field_mapping(reader, entry))
		return false;
	field_check_names(reader, entry, entry_names);
	has_form = read_form(reader, entry, &marker->form);
	name = field_required_string(reader, &field);
	if (!has_form || !name)
		return false;
	if (!markers_name_is_valid(marker->form, name, problem)) {
		field_problem(reader, &field, "%s", problem);
		return false;
	}
	snprintf(marker->name, sizeof(marker->name), "%s", name);
	return true;
}

/* list has to outlive the entries, which refer to it. */
static void read_list(struct field_reader *reader, const struct field *list,
		      struct entries *entries)
{
	size_t count = field_sequence(reader, list);

	if (count > SHUNT_MARKERS_MAX) {
		field_problem(reader, list, "has %zu items; at most %d are allowed", count,
			      SHUNT_MARKERS_MAX);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct field entry = field_item(list, i);

		entries->fields[entries->count] = entry;
		if (read_entry(reader, &entry, &entries->items[entries->count]))
			entries->count++;
	}
}

static void add_defaults(struct entries *entries)
{
	memcpy(entries->items, markers_default, sizeof(markers_default));
	entries->count = MARKERS_DEFAULT_COUNT;
}

/* "markers[2]", or "a default": where an entry comes from. */
static void describe_place(const struct entries *entries, size_t index, char *text, size_t size)
{
	const struct field *field = &entries->fields[index];

	if (field->node)
		snprintf(text, size, "%s[%zu]", field->parent->key, field->index);
	else
		snprintf(text, size, "a default");
}

/* The first entry with which the refused one cannot be in a table. */
static size_t find_other(const struct entries *entries, size_t refused, int error)
{
	for (size_t i = 0; i < refused; i++) {
		struct marker both[] = {entries->items[i], entries->items[refused]};
		struct shunt_markers table;

		if (markers_compile(both, 2, &table, NULL) == error)
			return i;
	}
	return refused;
}

static void refuse(struct field_reader *reader, const struct entries *entries, size_t refused,
		   int error)
{
	const struct field *field = &entries->fields[refused];
	const struct marker *marker = &entries->items[refused], *other_marker;
	size_t other;
	char place[64];

	if (error == -E2BIG) {
		field_problem(reader, field,
			      "is one too many: there is room for %d names, those of the fields "
			      "cookie, baggage, tracestate and " MARKERS_CARRIER_FIELD
			      " included where they are read; remove some",
			      SHUNT_MARKERS_MAX);
		return;
	}
	other = find_other(entries, refused, error);
	other_marker = &entries->items[other];
	describe_place(entries, other, place, sizeof(place));
	if (error == -EEXIST)
		field_problem(reader, field, "%s %s is there already, as %s; remove one",
			      markers_form_label(marker->form), marker->name, place);
	else
		field_problem(reader, field,
			      "%s %s cannot be told apart from %s %s, %s: names of one length "
			      "have to differ in their first or last 8 characters, and not only "
			      "in case",
			      markers_form_label(marker->form), marker->name,
			      markers_form_label(other_marker->form), other_marker->name, place);
}

static const struct shunt_markers *compile(struct field_reader *reader,
					   const struct entries *entries)
{
	struct shunt_markers *table = arena_alloc(reader->arena, sizeof(*table));
	size_t refused;
	int error;

	if (!table) {
		field_no_memory(reader);
		return NULL;
	}
	error = markers_compile(entries->items, entries->count, table, &refused);
	if (!error)
		return table;
	refuse(reader, entries, refused, error);
	return NULL;
}

const struct shunt_markers *object_settings_markers(struct field_reader *reader,
						    const struct field *spec)
{
	struct field markers = field_get(spec, "markers");
	struct field additional = field_get(spec, "additionalMarkers");
	struct entries entries = {0};

	if (markers.node)
		read_list(reader, &markers, &entries);
	else
		add_defaults(&entries);
	read_list(reader, &additional, &entries);
	return reader->error ? NULL : compile(reader, &entries);
}
