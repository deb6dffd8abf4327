// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/sync_rows.h"
#include "user/lib/text.h"

#define SHOWN_MAX 80 /* characters of a name that is refused */

int sync_rows_refuse(struct sync_rows *rows, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(rows->problem, SYNC_PROBLEM_SIZE, format, arguments);
	va_end(arguments);
	return -EBADMSG;
}

bool sync_is_instance(const char *text)
{
	size_t length = strlen(text);

	return length >= 1 && length <= SYNC_INSTANCE_MAX &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") ==
		       length;
}

/* "namespace/name:port", as the resolver makes it. A manifest may name a port in any characters. */
static bool is_service_name(const char *text)
{
	const char *slash = strchr(text, '/');
	const char *colon = slash ? strchr(slash, ':') : NULL;

	if (!colon || slash == text || colon == slash + 1 || !colon[1])
		return false;
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	}
	return strlen(text) <= SHUNT_SERVICE_NAME_MAX;
}

static int refuse_name(struct sync_rows *rows, const char *kind, const char *name)
{
	char *printable = text_printable(name);
	int error;

	error = sync_rows_refuse(rows, "\"%.*s\" is no %s", SHOWN_MAX,
				 printable ? printable : "(no memory to show it)", kind);
	free(printable);
	return error;
}

/* FNV-1a. */
static size_t slot_of(const char *name)
{
	__u32 hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return (hash ^ hash >> 16) & (SYNC_ROWS_NAMES - 1);
}

static int take_name(struct sync_rows *rows, struct sync_names *names, const char *name,
		     bool (*is_valid)(const char *text), const char *kind, const char **copy)
{
	const char **recent = &names->recent[slot_of(name)];
	const char *made;

	if (!*recent || strcmp(*recent, name)) {
		if (!is_valid(name))
			return refuse_name(rows, kind, name);
		made = arena_copy(&rows->changes.arena, name, strlen(name));
		if (!made)
			return -ENOMEM;
		*recent = made;
	}
	*copy = *recent;
	return 0;
}

int sync_rows_context(struct sync_rows *rows, const char *name, const char **copy)
{
	return take_name(rows, &rows->contexts, name, text_is_context_name, "name of a context",
			 copy);
}

int sync_rows_service(struct sync_rows *rows, const char *name, const char **copy)
{
	return take_name(rows, &rows->services, name, is_service_name,
			 "name of a service port, as namespace/name:port is", copy);
}
