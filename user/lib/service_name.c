// SPDX-License-Identifier: Apache-2.0
#include "user/lib/service_name.h"

#include <string.h>
#include <shunt/limits.h>

#define CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"

/* Length of the next part of text, or 0. */
static size_t part(const char *text)
{
	return strspn(text, CHARACTERS);
}

bool service_name_is_valid(const char *text)
{
	size_t length = part(text);

	if (!length || strlen(text) > SHUNT_SERVICE_NAME_MAX)
		return false;
	text += length;
	if (*text == '/') {
		length = part(++text);
		if (!length)
			return false;
		text += length;
	}
	if (*text == ':') {
		length = part(++text);
		if (!length)
			return false;
		text += length;
	}
	return !*text;
}

bool service_name_matches(const char *name, const char *text)
{
	const char *slash = strchr(name, '/');
	size_t length = strlen(text);

	if (!strchr(text, '/') && slash)
		name = slash + 1;
	return strncmp(name, text, length) == 0 && (!name[length] || name[length] == ':');
}
