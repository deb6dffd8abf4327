// SPDX-License-Identifier: Apache-2.0
/*
 * JSON as most programs print it: in ASCII. Whatever else is left to YAML's parser, which also has
 * the words for what is wrong.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/document_json.h"
#include "user/lib/document_keys.h"

struct reader {
	const char *next;
	const char *end;
	const char *line_start;
	unsigned int line;
	struct arena *arena;
	char *texts; /* room for all that are still to come: none is longer than what it is read from */
	/* Children whose parent is not complete yet, innermost last. */
	struct document_node *pending;
	size_t pending_count;
	size_t pending_capacity;
	struct document_keys keys;
};

static void skip_space(struct reader *reader)
{
	for (; reader->next < reader->end; reader->next++) {
		switch (*reader->next) {
		case '\n':
			reader->line++;
			reader->line_start = reader->next + 1;
			break;
		case ' ':
		case '\t':
			break;
		default:
			return;
		}
	}
}

/* The character that comes next, or NUL at the end. */
static char peek(const struct reader *reader)
{
	return reader->next < reader->end ? *reader->next : '\0';
}

static void begin_node(const struct reader *reader, struct document_node *node)
{
	*node = (struct document_node){
		.line = reader->line,
		.column = (unsigned int)(reader->next - reader->line_start) + 1,
	};
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* The printable ASCII character that \uXXXX stands for, as < and & are mostly printed; else -EINVAL. */
static int read_code(struct reader *reader)
{
	int high, low, code;

	if (reader->end - reader->next < 4 || memcmp(reader->next, "00", 2) != 0)
		return -EINVAL;
	high = hex_digit(reader->next[2]);
	low = hex_digit(reader->next[3]);
	code = high * 16 + low;
	if (high < 0 || low < 0 || code < ' ' || code > '~')
		return -EINVAL;
	reader->next += 4;
	return code;
}

/* The character of an escape whose backslash was read; -EINVAL. */
static int read_escape(struct reader *reader)
{
	static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char name = peek(reader);
	const char *found = name ? strchr(names, name) : NULL;

	reader->next++;
	if (found)
		return meant[found - names];
	return name == 'u' ? read_code(reader) : -EINVAL;
}

/* Reads a string from its quote on. */
static int read_string(struct reader *reader, struct document_node *node)
{
	char *to = reader->texts;

	begin_node(reader, node);
	for (reader->next++; reader->next < reader->end;) {
		char c = *reader->next++;
		int escaped;

		if (c == '"') {
			node->quoted = true;
			node->text = reader->texts;
			node->count = (unsigned int)(to - reader->texts);
			*to++ = '\0';
			reader->texts = to;
			return 0;
		}
		if (c < ' ' || c > '~')
			return -EINVAL;
		escaped = c == '\\' ? read_escape(reader) : c;
		if (escaped < 0)
			return escaped;
		*to++ = (char)escaped;
	}
	return -EINVAL;
}

/* Reads a number or a word. That a delimiter follows is seen by whoever reads on. */
static int read_plain(struct reader *reader, struct document_node *node)
{
	const char *end = document_json_plain_end(reader->next, reader->end);

	begin_node(reader, node);
	if (!end)
		return -EINVAL;
	node->text = reader->texts;
	node->count = (unsigned int)(end - reader->next);
	memcpy(reader->texts, reader->next, node->count);
	reader->texts[node->count] = '\0';
	reader->texts += node->count + 1;
	reader->next = end;
	return 0;
}

static int push(struct reader *reader, const struct document_node *node)
{
	int err = array_grow(&reader->pending, &reader->pending_capacity, reader->pending_count,
			     sizeof(*node));

	if (!err)
		reader->pending[reader->pending_count++] = *node;
	return err;
}

/* Moves the pending nodes from start on into the arena. */
static const struct document_node *pop(struct reader *reader, size_t start)
{
	size_t count = reader->pending_count - start;
	struct document_node *nodes = arena_alloc(reader->arena, count * sizeof(*nodes));

	if (nodes && count)
		memcpy(nodes, reader->pending + start, count * sizeof(*nodes));
	reader->pending_count = start;
	return nodes;
}

static int read_value(struct reader *reader, unsigned int depth);

/* Reads a key and the colon after it. */
static int read_key(struct reader *reader)
{
	struct document_node key;
	int err = peek(reader) == '"' ? read_string(reader, &key) : -EINVAL;

	if (err)
		return err;
	skip_space(reader);
	if (peek(reader) != ':')
		return -EINVAL;
	reader->next++;
	skip_space(reader);
	return push(reader, &key);
}

/* Reads the children from the brace or bracket on, up to the one that closes. */
static int read_children(struct reader *reader, unsigned int depth, char closing)
{
	int err = 0;

	reader->next++;
	skip_space(reader);
	if (peek(reader) == closing) {
		reader->next++;
		return 0;
	}
	for (;;) {
		if (closing == '}')
			err = read_key(reader);
		if (!err)
			err = read_value(reader, depth + 1);
		if (err)
			return err;
		skip_space(reader);
		if (peek(reader) != ',')
			break;
		reader->next++;
		skip_space(reader);
	}
	if (peek(reader) != closing)
		return -EINVAL;
	reader->next++;
	return 0;
}

static int read_collection(struct reader *reader, unsigned int depth, struct document_node *node)
{
	bool mapping = peek(reader) == '{';
	const struct document_node *first, *again;
	size_t start = reader->pending_count;
	int err;

	if (depth > DOCUMENT_DEPTH_MAX)
		return -EINVAL;
	begin_node(reader, node);
	err = read_children(reader, depth, mapping ? '}' : ']');
	if (err)
		return err;
	node->type = mapping ? DOCUMENT_MAPPING : DOCUMENT_SEQUENCE;
	node->count = (unsigned int)((reader->pending_count - start) / (mapping ? 2 : 1));
	node->items = pop(reader, start);
	if (!node->items)
		return -ENOMEM;
	return mapping ? document_keys_check(&reader->keys, node, &first, &again) : 0;
}

/* Reads a value onto the pending nodes. */
static int read_value(struct reader *reader, unsigned int depth)
{
	struct document_node node;
	int err;

	switch (peek(reader)) {
	case '{':
	case '[':
		err = read_collection(reader, depth, &node);
		break;
	case '"':
		err = read_string(reader, &node);
		break;
	default:
		err = read_plain(reader, &node);
	}
	return err ? err : push(reader, &node);
}

static int read_root(struct reader *reader, struct document *document)
{
	char first;
	int err;

	skip_space(reader);
	first = peek(reader);
	err = first == '{' || first == '[' ? read_value(reader, 1) : -EINVAL;
	if (err)
		return err;
	skip_space(reader);
	if (reader->next < reader->end)
		return -EINVAL;
	document->root_count = reader->pending_count;
	document->roots = pop(reader, 0);
	return document->roots ? 0 : -ENOMEM;
}

int document_json_parse(const char *text, size_t length, struct document *document)
{
	struct document parsed = {0};
	struct reader reader = {
		.next = text,
		.end = text + length,
		.line_start = text,
		.line = 1,
		.arena = &parsed.arena,
	};
	int err;

	if (!document_json_looks_so(text, length))
		return -EINVAL;
	reader.texts = arena_alloc(&parsed.arena, length + 1);
	err = reader.texts ? read_root(&reader, &parsed) : -ENOMEM;
	free(reader.pending);
	document_keys_clear(&reader.keys);
	if (err)
		document_clear(&parsed);
	else
		*document = parsed;
	return err;
}
