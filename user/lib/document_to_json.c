// SPDX-License-Identifier: Apache-2.0
#include "user/lib/document_to_json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 64 /* characters of a whole number in any base */

/* The digits behind the sign and the prefix of a base, without underscores; 0: no whole number. */
static int read_digits(const char *text, char digits[NUMBER_MAX])
{
	size_t used = 0;
	int base = 10;

	if (text[0] == '0' && text[1]) {
		base = strchr("xX", text[1]) ? 16 : text[1] == 'b' ? 2 : 8;
		text += base == 8 && text[1] != 'o' ? 1 : 2;
	}
	for (; *text; text++) {
		if (*text == '_')
			continue;
		if (used == NUMBER_MAX - 1)
			return 0;
		digits[used++] = *text;
	}
	digits[used] = '\0';
	return used ? base : 0;
}

/* False where it is no whole number, or one of more than 64 bits. */
static bool read_integer(const char *text, json_int_t *value)
{
	bool negative = *text == '-';
	char digits[NUMBER_MAX + 1], *end;
	int base = read_digits(text + (*text == '+' || negative), digits + 1);

	if (!base)
		return false;
	digits[0] = negative ? '-' : '+';
	errno = 0;
	*value = strtoll(digits, &end, base);
	return !errno && !*end;
}

static json_t *make_real(const char *text)
{
	const char *number = text + (*text == '+' || *text == '-');
	double value;

	/* .inf and .nan, which strtod() does not read either. */
	if (*number == '.' && !strpbrk(number, "0123456789"))
		return NULL;
	value = strtod(text, NULL);
	return isfinite(value) ? json_real(value) : NULL;
}

static json_t *convert_scalar(const struct document_node *node)
{
	json_int_t integer;

	switch (document_scalar_type(node)) {
	case DOCUMENT_NULL:
		return json_null();
	case DOCUMENT_BOOLEAN:
		return json_boolean(strchr("tTyY", node->text[0]) || !strcasecmp(node->text, "on"));
	case DOCUMENT_NUMBER:
		if (read_integer(node->text, &integer))
			return json_integer(integer);
		return make_real(node->text);
	case DOCUMENT_STRING:
		break;
	}
	return json_stringn(node->text, node->count);
}

static int add_items(const struct document_node *node, json_t *array)
{
	for (unsigned int i = 0; i < node->count; i++) {
		json_t *item;
		int error = document_to_json(&node->items[i], &item);

		if (error)
			return error;
		if (json_array_append_new(array, item))
			return -ENOMEM;
	}
	return 0;
}

static int add_pairs(const struct document_node *node, json_t *object)
{
	for (unsigned int i = 0; i < node->count; i++) {
		const struct document_node *key = &node->items[2 * i];
		json_t *value;
		int error;

		if (memchr(key->text, '\0', key->count))
			return -EINVAL;
		error = document_to_json(key + 1, &value);
		if (error)
			return error;
		if (json_object_set_new(object, key->text, value))
			return -EINVAL;
	}
	return 0;
}

int document_to_json(const struct document_node *node, json_t **json)
{
	json_t *made;
	int error;

	if (node->type == DOCUMENT_SCALAR) {
		made = convert_scalar(node);
		if (!made)
			return -EINVAL;
		*json = made;
		return 0;
	}
	made = node->type == DOCUMENT_MAPPING ? json_object() : json_array();
	if (!made)
		return -ENOMEM;
	error = node->type == DOCUMENT_MAPPING ? add_pairs(node, made) : add_items(node, made);
	if (error)
		json_decref(made);
	else
		*json = made;
	return error;
}
