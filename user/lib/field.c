// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/field.h"
#include "user/lib/text.h"

#define PATH_SIZE 512
#define REASON_SIZE 512

struct field field_get(const struct field *parent, const char *key)
{
	struct field field = {.parent = parent, .key = key};

	field.node = document_get(parent->node, key);
	if (document_is_null(field.node))
		field.node = NULL;
	return field;
}

struct field field_item(const struct field *parent, size_t index)
{
	struct field field = {.parent = parent, .index = index};

	field.node = &parent->node->items[index];
	if (document_is_null(field.node))
		field.node = NULL;
	return field;
}

/* Writes the path to the field and returns its length; what does not fit is cut off. */
static size_t write_path(const struct field *field, char path[PATH_SIZE])
{
	size_t used;
	int length;

	if (!field->parent) {
		path[0] = '\0';
		return 0;
	}
	used = write_path(field->parent, path);
	if (field->key)
		length = snprintf(path + used, PATH_SIZE - used, used ? ".%s" : "%s", field->key);
	else
		length = snprintf(path + used, PATH_SIZE - used, "[%zu]", field->index);
	used += length > 0 ? (size_t)length : 0;
	return used < PATH_SIZE ? used : PATH_SIZE - 1;
}

static const struct document_node *nearest_node(const struct field *field)
{
	while (!field->node && field->parent)
		field = field->parent;
	return field->node;
}

void field_problem(struct field_reader *reader, const struct field *field, const char *format, ...)
{
	const struct document_node *node = nearest_node(field);
	char path[PATH_SIZE], reason[REASON_SIZE];
	bool has_path = write_path(field, path) > 0;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	if (node && !node->line)
		problems_add(reader->problems, "%s: %s%s%s", reader->file, path,
			     has_path ? ": " : "", reason);
	else
		problems_add(reader->problems, "%s:%u:%u: %s%s%s", reader->file,
			     node ? node->line : 1, node ? node->column : 1, path,
			     has_path ? ": " : "", reason);
	if (!reader->error)
		reader->error = -EINVAL;
}

void field_no_memory(struct field_reader *reader)
{
	reader->error = -ENOMEM;
}

/* For a problem: what the field is instead of what it should be. */
static const char *describe(const struct document_node *node)
{
	if (node->type == DOCUMENT_MAPPING)
		return "a mapping";
	if (node->type == DOCUMENT_SEQUENCE)
		return "a list";
	switch (document_scalar_type(node)) {
	case DOCUMENT_NULL:
		return "null";
	case DOCUMENT_BOOLEAN:
		return "a boolean";
	case DOCUMENT_NUMBER:
		return "a number";
	case DOCUMENT_STRING:
		break;
	}
	return "a string";
}

bool field_mapping(struct field_reader *reader, const struct field *field)
{
	if (!field->node)
		return false;
	if (field->node->type == DOCUMENT_MAPPING)
		return true;
	field_problem(reader, field, "has to be a mapping, but is %s", describe(field->node));
	return false;
}

size_t field_sequence(struct field_reader *reader, const struct field *field)
{
	if (!field->node)
		return 0;
	if (field->node->type == DOCUMENT_SEQUENCE)
		return field->node->count;
	field_problem(reader, field, "has to be a list, but is %s", describe(field->node));
	return 0;
}

const char *field_string(struct field_reader *reader, const struct field *field)
{
	const struct document_node *node = field->node;
	const char *text;

	if (!node)
		return NULL;
	if (node->type != DOCUMENT_SCALAR) {
		field_problem(reader, field, "has to be a string, but is %s", describe(node));
		return NULL;
	}
	if (document_scalar_type(node) != DOCUMENT_STRING) {
		field_problem(reader, field, "has to be a string, but is %s; write \"%s\"",
			      describe(node), node->text);
		return NULL;
	}
	if (memchr(node->text, '\0', node->count)) {
		field_problem(reader, field, "must not contain a NUL character");
		return NULL;
	}
	text = arena_copy(reader->arena, node->text, node->count);
	if (!text)
		field_no_memory(reader);
	return text;
}

const char *field_required_string(struct field_reader *reader, const struct field *field)
{
	const char *text;

	if (!field->node) {
		field_problem(reader, field, "is missing");
		return NULL;
	}
	text = field_string(reader, field);
	if (text && !*text) {
		field_problem(reader, field, "is empty");
		return NULL;
	}
	return text;
}

bool field_equals(const struct field *field, const char *text)
{
	const struct document_node *node = field->node;
	size_t length = strlen(text);

	return node && node->type == DOCUMENT_SCALAR && node->count == length &&
	       !memcmp(node->text, text, length);
}

bool field_is_number(const struct field *field)
{
	return field->node && field->node->type == DOCUMENT_SCALAR &&
	       document_scalar_type(field->node) == DOCUMENT_NUMBER;
}

bool field_number(struct field_reader *reader, const struct field *field, long low, long high,
		  long *value)
{
	char *end;
	long number;

	if (!field->node)
		return false;
	if (!field_is_number(field)) {
		field_problem(reader, field, "has to be a number, but is %s",
			      describe(field->node));
		return false;
	}
	errno = 0;
	number = strtol(field->node->text, &end, 10);
	if (errno || *end || number < low || number > high) {
		field_problem(reader, field, "has to be a whole number from %ld to %ld, but is %s",
			      low, high, field->node->text);
		return false;
	}
	*value = number;
	return true;
}

bool field_boolean(struct field_reader *reader, const struct field *field, bool fallback)
{
	if (!field->node)
		return fallback;
	if (field->node->type != DOCUMENT_SCALAR ||
	    document_scalar_type(field->node) != DOCUMENT_BOOLEAN) {
		field_problem(reader, field, "has to be true or false, but is %s",
			      describe(field->node));
		return fallback;
	}
	/* The words for true are true, yes, y and on. */
	return strchr("tTyY", field->node->text[0]) || !strcasecmp(field->node->text, "on");
}

void field_check_names(struct field_reader *reader, const struct field *field,
		       const char *const *names)
{
	for (unsigned int i = 0; field->node && i < field->node->count; i++) {
		const struct document_node *key = &field->node->items[2 * i];
		struct field unknown = {.parent = field, .key = key->text, .node = key};
		const char *const *name = names;
		const char *closest;

		while (*name && (strlen(*name) != key->count || strcmp(*name, key->text)))
			name++;
		if (*name)
			continue;
		closest = text_closest(key->text, names);
		if (closest)
			field_problem(reader, &unknown, "unknown field; did you mean %s?", closest);
		else
			field_problem(reader, &unknown, "unknown field; remove it");
	}
}
