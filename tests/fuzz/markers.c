// SPDX-License-Identifier: Apache-2.0
/*
 * Fuzz target: a list of markers, and a request. The input is lines of a form's digit and a name,
 * an empty line, and the request's head. What is taken is what the reference takes.
 */
#include "fuzz.h"
#include "reference.h"

struct list {
	struct marker at[SHUNT_MARKERS_MAX];
	size_t count;
};

/* Reads the list; *rest is what stands behind it. Carriers have a target of their own. */
static void read_list(struct list *list, struct text *rest)
{
	memset(list, 0, sizeof(*list));
	while (rest->length && list->count < SHUNT_MARKERS_MAX) {
		struct text line = text_cut(rest, '\n');
		struct marker *marker = &list->at[list->count];

		if (!line.length)
			return;
		if (*line.at < '0' || *line.at > '6' || line.length > sizeof(marker->name))
			continue;
		marker->form = *line.at - '0';
		memcpy(marker->name, line.at + 1, line.length - 1);
		list->count++;
	}
}

static bool text_is(struct text text, const char *prefix, const char *name, bool any_case)
{
	char whole[2 * sizeof(((struct marker *)0)->name)];

	snprintf(whole, sizeof(whole), "%s%s", prefix, name);
	if (text.length != strlen(whole))
		return false;
	return any_case ? !strncasecmp(text.at, whole, text.length)
			: !memcmp(text.at, whole, text.length);
}

/* A member "name=value" of that form's field, or of the query. */
static void read_member(struct reference *reference, const struct list *list, int form,
			struct text member)
{
	char decoded[REFERENCE_VALUE_MAX + 1];
	struct text name, value = member;

	if (!memchr(member.at, '=', member.length))
		return;
	name = text_trim(text_cut(&value, '='));
	if (form == SHUNT_MARKER_QUERY && memchr(name.at, '%', name.length)) {
		if (!text_decode(name, decoded))
			return;
		name = (struct text){decoded, strlen(decoded)};
	}
	if (form == SHUNT_MARKER_BAGGAGE)
		value = text_cut(&value, ';');
	value = text_trim(value);
	if (form == SHUNT_MARKER_COOKIE && value.length >= 2 && value.at[0] == '"' &&
	    value.at[value.length - 1] == '"')
		value = (struct text){value.at + 1, value.length - 2};
	for (size_t i = 0; i < list->count; i++) {
		if ((int)list->at[i].form == form && text_is(name, "", list->at[i].name, false))
			reference_value(reference, i, value);
	}
}

static void read_members(struct reference *reference, const struct list *list, int form,
			 char separator, struct text members)
{
	while (members.length)
		read_member(reference, list, form, text_cut(&members, separator));
}

static void read_field(struct reference *reference, const struct list *list, struct text field)
{
	static const struct {
		const char *name;
		char separator;
		int form;
	} containers[] = {
		{"cookie", ';', SHUNT_MARKER_COOKIE},
		{"baggage", ',', SHUNT_MARKER_BAGGAGE},
		{"tracestate", ',', SHUNT_MARKER_TRACESTATE},
	};
	struct text value = field, name = text_cut(&value, ':');

	for (size_t i = 0; i < list->count; i++) {
		int form = list->at[i].form;
		const char *prefix = form == SHUNT_MARKER_OT	    ? MARKERS_OT_PREFIX
				     : form == SHUNT_MARKER_UBERCTX ? MARKERS_UBERCTX_PREFIX
								    : "";

		if ((form == SHUNT_MARKER_HEADER || *prefix) &&
		    text_is(name, prefix, list->at[i].name, true))
			reference_value(reference, i, text_trim(value));
	}
	for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++) {
		if (text_is(name, "", containers[i].name, true))
			read_members(reference, list, containers[i].form, containers[i].separator,
				     value);
	}
}

static void read_head(struct reference *reference, const struct list *list, struct text head)
{
	struct text line = text_cut(&head, '\n'), target = line;

	text_cut(&target, ' ');
	target = text_cut(&target, ' ');
	target = text_cut(&target, '#');
	text_cut(&target, '?');
	read_members(reference, list, SHUNT_MARKER_QUERY, '&', target);
	while (head.length) {
		line = text_cut(&head, '\n');
		line.length--; /* CR */
		read_field(reference, list, line);
	}
}

/* What the parser bounds and the reference does not: white space, and members. */
static bool within_bounds(struct text head)
{
	size_t members = 0, spaces = 0;

	for (size_t i = 0; i < head.length; i++) {
		members += !!memchr("&;,", head.at[i], 3);
		spaces = head.at[i] == ' ' || head.at[i] == '\t' ? spaces + 1 : 0;
		if (members >= 250 || spaces >= HTTP_SPACES_MAX)
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct text head = {(const char *)data, size};
	struct reference reference = {};
	struct shunt_markers markers;
	struct shunt_head parsed;
	struct list list;

	read_list(&list, &head);
	if (markers_compile(list.at, list.count, &markers, NULL))
		return 0;
	head_bytes_set(head_bytes(), head.at, head.length, "=");
	http_head_reset(&parsed);
	parsed.length = head_room(head.length);
	if (http_parse(head_bytes(), &parsed, &markers) != HTTP_DONE)
		return 0;
	fuzz_context_is_sound(&parsed);
	head.length = parsed.position;
	if (!within_bounds(head))
		return 0;
	read_head(&reference, &list, head);
	must_hold(!strcmp(parsed.context, reference.context));
	must_hold(!*reference.context || parsed.rank == reference.rank);
	must_hold(!*reference.context || parsed.form == list.at[reference.rank].form);
	must_hold(!(parsed.flags & SHUNT_HEAD_SIGNED) == !reference.is_signed);
	must_hold(parsed.tag == reference.tag);
	must_hold(!(parsed.flags & SHUNT_HEAD_INVALID) == !reference.invalid);
	must_hold(!(parsed.flags & SHUNT_HEAD_DISAGREE) == !reference.disagree);
	return 0;
}
