// SPDX-License-Identifier: Apache-2.0
#include "user/lib/document_from_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_SIZE 32

static int convert(struct arena *arena, json_t *value, unsigned int depth,
		   struct document_node *node);

static int convert_array(struct arena *arena, json_t *array, unsigned int depth,
			 struct document_node *node)
{
	size_t count = json_array_size(array);
	struct document_node *items = arena_alloc(arena, count * sizeof(*items));
	int error = items ? 0 : -ENOMEM;

	for (size_t i = 0; !error && i < count; i++)
		error = convert(arena, json_array_get(array, i), depth + 1, &items[i]);
	node->type = DOCUMENT_SEQUENCE;
	node->count = (unsigned int)count;
	node->items = items;
	return error;
}

static void set_text(struct document_node *node, const char *text, size_t length, bool quoted)
{
	node->type = DOCUMENT_SCALAR;
	node->text = text;
	node->count = (unsigned int)length;
	node->quoted = quoted;
}

static int convert_object(struct arena *arena, json_t *object, unsigned int depth,
			  struct document_node *node)
{
	size_t count = json_object_size(object), i = 0;
	struct document_node *items = arena_alloc(arena, 2 * count * sizeof(*items));
	const char *key;
	json_t *value;
	int error = items ? 0 : -ENOMEM;

	if (error)
		return error;
	json_object_foreach(object, key, value)
	{
		set_text(&items[i], key, strlen(key), true);
		error = convert(arena, value, depth + 1, &items[i + 1]);
		if (error)
			return error;
		i += 2;
	}
	node->type = DOCUMENT_MAPPING;
	node->count = (unsigned int)count;
	node->items = items;
	return 0;
}

static int convert_number(struct arena *arena, const json_t *value, struct document_node *node)
{
	char *text = arena_alloc(arena, NUMBER_SIZE);
	int length;

	if (!text)
		return -ENOMEM;
	if (json_is_integer(value))
		length = snprintf(text, NUMBER_SIZE, "%" JSON_INTEGER_FORMAT,
				  json_integer_value(value));
	else
		length = snprintf(text, NUMBER_SIZE, "%.17g", json_real_value(value));
	set_text(node, text, (size_t)length, false);
	return 0;
}

static int convert(struct arena *arena, json_t *value, unsigned int depth,
		   struct document_node *node)
{
	if (depth > DOCUMENT_DEPTH_MAX)
		return -EINVAL;
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return convert_object(arena, value, depth, node);
	case JSON_ARRAY:
		return convert_array(arena, value, depth, node);
	case JSON_STRING:
		set_text(node, json_string_value(value), json_string_length(value), true);
		return 0;
	case JSON_INTEGER:
	case JSON_REAL:
		return convert_number(arena, value, node);
	case JSON_TRUE:
		set_text(node, "true", strlen("true"), false);
		return 0;
	case JSON_FALSE:
		set_text(node, "false", strlen("false"), false);
		return 0;
	case JSON_NULL:
		break;
	}
	set_text(node, "null", strlen("null"), false);
	return 0;
}

int document_from_json(json_t *value, struct document *document)
{
	struct document converted = {.root_count = 1};
	struct document_node *root = arena_alloc(&converted.arena, sizeof(*root));
	int error = root ? convert(&converted.arena, value, 1, root) : -ENOMEM;

	converted.roots = root;
	if (error)
		document_clear(&converted);
	else
		*document = converted;
	return error;
}
