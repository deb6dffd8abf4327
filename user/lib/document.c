// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>
#include "user/lib/array.h"
#include "user/lib/document.h"
#include "user/lib/document_json.h"
#include "user/lib/document_keys.h"

struct parser {
	yaml_parser_t yaml;
	const char *file;
	struct problems *problems;
	struct arena *arena;
	/* Children whose parent is not complete yet, innermost last. */
	struct document_node *pending;
	size_t pending_count;
	size_t pending_capacity;
	struct document_keys keys;
};

static int refuse(struct parser *parser, const yaml_mark_t *mark, const char *reason)
{
	problems_add(parser->problems, "%s:%zu:%zu: %s", parser->file, mark->line + 1,
		     mark->column + 1, reason);
	return -EINVAL;
}

/* The YAML parser's own complaint. Of bytes that are no text it knows the offset only. */
static int refuse_syntax(struct parser *parser)
{
	const yaml_parser_t *yaml = &parser->yaml;
	const char *reason = yaml->problem ? yaml->problem : "cannot be parsed";
	yaml_mark_t mark = yaml->problem_mark;

	if (yaml->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (yaml->error == YAML_READER_ERROR) {
		const unsigned char *text = yaml->input.string.start;
		size_t length = (size_t)(yaml->input.string.end - text);

		mark.line = mark.column = 0;
		for (size_t i = 0; i < yaml->problem_offset && i < length; i++) {
			mark.line += text[i] == '\n';
			mark.column = text[i] == '\n' ? 0 : mark.column + 1;
		}
	}
	return refuse(parser, &mark, reason);
}

static int next_event(struct parser *parser, yaml_event_t *event)
{
	return yaml_parser_parse(&parser->yaml, event) ? 0 : refuse_syntax(parser);
}

static int push(struct parser *parser, const struct document_node *node)
{
	int err = array_grow(&parser->pending, &parser->pending_capacity, parser->pending_count,
			     sizeof(*node));

	if (!err)
		parser->pending[parser->pending_count++] = *node;
	return err;
}

/* Moves the pending nodes from start on into the arena. */
static const struct document_node *pop(struct parser *parser, size_t start)
{
	size_t count = parser->pending_count - start;
	struct document_node *nodes = arena_alloc(parser->arena, count * sizeof(*nodes));

	if (nodes && count)
		memcpy(nodes, parser->pending + start, count * sizeof(*nodes));
	parser->pending_count = start;
	return nodes;
}

static int check_keys(struct parser *parser, const struct document_node *mapping)
{
	const struct document_node *first, *again;
	int err = document_keys_check(&parser->keys, mapping, &first, &again);

	if (err == -EINVAL)
		problems_add(parser->problems, "%s:%u:%u: key %s is there already, in line %u",
			     parser->file, again->line, again->column, again->text, first->line);
	return err;
}

static int read_node(struct parser *parser, const yaml_event_t *event, unsigned int depth,
		     struct document_node *node);

/* Reads the children of a sequence or mapping whose start was seen. */
static int read_children(struct parser *parser, unsigned int depth, struct document_node *node)
{
	size_t start = parser->pending_count;
	bool mapping = node->type == DOCUMENT_MAPPING;
	yaml_event_t event;
	int err;

	for (;;) {
		struct document_node child = {0};

		err = next_event(parser, &event);
		if (err)
			return err;
		if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT)
			break;
		err = read_node(parser, &event, depth + 1, &child);
		if (!err && mapping && (parser->pending_count - start) % 2 == 0 &&
		    child.type != DOCUMENT_SCALAR)
			err = refuse(parser, &event.start_mark, "a key has to be a scalar");
		yaml_event_delete(&event);
		if (!err)
			err = push(parser, &child);
		if (err)
			return err;
	}
	yaml_event_delete(&event);
	node->count = (unsigned int)((parser->pending_count - start) / (mapping ? 2 : 1));
	node->items = pop(parser, start);
	if (!node->items)
		return -ENOMEM;
	return mapping ? check_keys(parser, node) : 0;
}

static int read_scalar(struct parser *parser, const yaml_event_t *event, struct document_node *node)
{
	node->type = DOCUMENT_SCALAR;
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->count = (unsigned int)event->data.scalar.length;
	node->text = arena_copy(parser->arena, (const char *)event->data.scalar.value, node->count);
	return node->text ? 0 : -ENOMEM;
}

/* Reads the node that event starts. Expansion of aliases has no bound, so there are none. */
static int read_node(struct parser *parser, const yaml_event_t *event, unsigned int depth,
		     struct document_node *node)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	node->line = (unsigned int)event->start_mark.line + 1;
	node->column = (unsigned int)event->start_mark.column + 1;
	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		node->type = DOCUMENT_SEQUENCE;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		node->type = DOCUMENT_MAPPING;
	}
	if (anchor || event->type == YAML_ALIAS_EVENT)
		return refuse(parser, &event->start_mark,
			      "anchors and aliases are not supported; write the value out");
	if (tag)
		return refuse(parser, &event->start_mark,
			      "tags are not supported; quote what has to be a string");
	if (depth > DOCUMENT_DEPTH_MAX)
		return refuse(parser, &event->start_mark, "nested too deeply");
	if (event->type == YAML_SCALAR_EVENT)
		return read_scalar(parser, event, node);
	return read_children(parser, depth, node);
}

/* Reads the nodes of all documents of the stream onto the pending ones. */
static int read_stream(struct parser *parser)
{
	bool done = false;
	int err = 0;

	while (!done && !err) {
		struct document_node root = {0};
		yaml_event_t event;

		err = next_event(parser, &event);
		if (err)
			return err;
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			break;
		case YAML_STREAM_END_EVENT:
		case YAML_NO_EVENT:
			done = true;
			break;
		default:
			err = read_node(parser, &event, 1, &root);
			if (!err)
				err = push(parser, &root);
		}
		yaml_event_delete(&event);
	}
	return err;
}

static int parse(const char *file, const char *text, size_t length, struct document *document,
		 struct problems *problems)
{
	struct parser parser = {.file = file, .problems = problems, .arena = &document->arena};
	int err;

	if (!yaml_parser_initialize(&parser.yaml))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser.yaml, (const unsigned char *)text, length);
	err = read_stream(&parser);
	if (!err) {
		document->root_count = parser.pending_count;
		document->roots = pop(&parser, 0);
		err = document->roots ? 0 : -ENOMEM;
	}
	yaml_parser_delete(&parser.yaml);
	free(parser.pending);
	document_keys_clear(&parser.keys);
	return err;
}

int document_parse(const char *file, const char *text, size_t length, struct document *document,
		   struct problems *problems)
{
	struct document parsed = {0};
	char *rewritten;
	int err;

	if (length > DOCUMENT_BYTES_MAX) {
		problems_add(problems, "%s: larger than %u MiB; split it", file,
			     DOCUMENT_BYTES_MAX >> 20);
		return -EINVAL;
	}
	/* What is plain JSON is read many times sooner so; YAML's parser has the last word. */
	err = document_json_parse(text, length, document);
	if (err != -EINVAL)
		return err;
	err = document_json_rewrite(text, length, &rewritten, &length);
	if (err)
		return err;
	err = parse(file, rewritten ? rewritten : text, length, &parsed, problems);
	free(rewritten);
	if (err)
		document_clear(&parsed);
	else
		*document = parsed;
	return err;
}

void document_clear(struct document *document)
{
	if (!document)
		return;
	arena_clear(&document->arena);
	memset(document, 0, sizeof(*document));
}
