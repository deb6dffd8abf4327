// SPDX-License-Identifier: Apache-2.0
#include "user/manager/publisher_query.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/text.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* Decodes length characters; false where they are malformed, hold a NUL or do not fit. */
static bool decode(const char *from, size_t length, char *to, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		char c = from[i];

		if (c == '%') {
			int high = i + 2 < length ? hex_digit(from[i + 1]) : -1;
			int low = i + 2 < length ? hex_digit(from[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (!c || used + 1 == size)
			return false;
		to[used++] = c;
	}
	to[used] = '\0';
	return true;
}

static bool parse_number(const char *text, uint64_t *number)
{
	uint64_t value = 0;

	for (const char *c = text; *c; c++) {
		uint64_t digit = (uint64_t)(*c - '0');

		if (*c < '0' || *c > '9' || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return *text != '\0';
}

static const char *take_node(struct publisher_query *query, const char *value)
{
	if (*query->node)
		return "node is there twice";
	if (!text_is_dns_name(value))
		return "node is no DNS name of 1 to 253 characters";
	strcpy(query->node, value);
	return NULL;
}

static const char *take_instance(struct publisher_query *query, const char *value)
{
	if (*query->instance)
		return "instance is there twice";
	if (!sync_is_instance(value))
		return "instance is no name that a manager gives itself";
	strcpy(query->instance, value);
	return NULL;
}

static const char *take_generation(struct publisher_query *query, const char *value)
{
	if (query->generation)
		return "generation is there twice";
	return parse_number(value, &query->generation) ? NULL : "generation is no number";
}

static const struct {
	const char *name;
	const char *(*take)(struct publisher_query *query, const char *value);
} fields[] = {
	{"node", take_node},
	{"instance", take_instance},
	{"generation", take_generation},
};

/* "name=value", length characters. Names that are not known are for later versions. */
static const char *take_field(struct publisher_query *query, const char *text, size_t length)
{
	char value[PUBLISHER_NODE_NAME_MAX + 1];

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		size_t name = strlen(fields[i].name);

		if (length <= name || strncmp(text, fields[i].name, name) || text[name] != '=')
			continue;
		if (length == name + 1 && fields[i].take != take_node)
			return NULL;
		if (!decode(text + name + 1, length - name - 1, value, sizeof(value)))
			return "a value is malformed or too long";
		return fields[i].take(query, value);
	}
	return NULL;
}

const char *publisher_query_parse(const char *text, struct publisher_query *query)
{
	struct publisher_query parsed = {0};
	const char *problem = NULL;

	while (text && *text && !problem) {
		size_t length = strcspn(text, "&");

		problem = take_field(&parsed, text, length);
		text += length + (text[length] == '&');
	}
	if (!problem)
		*query = parsed;
	return problem;
}
