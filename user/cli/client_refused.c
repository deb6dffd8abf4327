// SPDX-License-Identifier: Apache-2.0
/* Problems as RFC 9457 has them: title, status, detail; and "problems", a list of lines. */
#include <errno.h>
#include <string.h>
#include "user/cli/client.h"
#include "user/cli/visible.h"
#include "user/lib/log.h"

static int to_error(long status)
{
	switch (status) {
	case 401:
	case 403:
		return -EACCES;
	case 404:
		return -ENOENT;
	case 409:
	case 412:
		return -EAGAIN;
	case 429:
	case 503:
		return -EBUSY;
	default:
		return status >= 500 ? -EIO : -EINVAL;
	}
}

static const char *advise(long status)
{
	switch (status) {
	case 401:
		return "; give a token with --token-file FILE, SHUNT_TOKEN or config.yaml";
	case 429:
		return "; try again in a while";
	default:
		return "";
	}
}

static const char *get_text(const json_t *body, const char *name)
{
	const char *text = json_string_value(json_object_get(body, name));

	return text && *text ? text : NULL;
}

/* A detail may say the only line there is already. */
static void print_lines(const char *subject, const json_t *lines, const char *detail)
{
	char text[VISIBLE_SIZE];
	const json_t *line;
	size_t i;

	json_array_foreach(lines, i, line)
	{
		const char *value = json_string_value(line);

		if (value && (!detail || !strstr(detail, value)))
			log_line("%s: %s", subject, visible(value, text));
	}
}

int client_refused(const char *subject, const struct client_response *response)
{
	const json_t *lines = json_object_get(response->body, "problems");
	const char *title = get_text(response->body, "title");
	const char *detail = get_text(response->body, "detail");
	char title_text[VISIBLE_SIZE], detail_text[VISIBLE_SIZE];

	if (title || detail)
		log_line("%s: %s%s%s%s", subject, title ? visible(title, title_text) : "",
			 title && detail ? ": " : "", detail ? visible(detail, detail_text) : "",
			 advise(response->status));
	else
		log_line("%s: the manager answered with status %ld%s", subject, response->status,
			 response->status >= 200 && response->status < 300
				 ? ", but not with what was expected; is it one of this version?"
				 : advise(response->status));
	print_lines(subject, lines, detail);
	return to_error(response->status);
}
