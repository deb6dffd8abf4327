// SPDX-License-Identifier: Apache-2.0
#include <stdbool.h>
#include <string.h>
#include "user/manager/api_state.h"

#define MALFORMED 400
#define FAILED 412
#define NOT_MODIFIED 304

enum match {
	MATCH,
	NO_MATCH,
	NO_LIST, /* it cannot be understood */
};

static const char *skip_blank(const char *text)
{
	return text + strspn(text, " \t");
}

/*
 * Looks for an entity tag in a list of them; "*" matches whatever there is. Where weak is false, tags
 * that are weak never match, as If-Match wants it. etag is NULL where there is nothing.
 */
static enum match find_tag(const char *list, const char *etag, bool weak)
{
	enum match found = NO_MATCH;

	list = skip_blank(list);
	if (*list == '*')
		return *skip_blank(list + 1) ? NO_LIST : etag ? MATCH : NO_MATCH;
	for (;;) {
		bool is_weak = strncmp(list, "W/", 2) == 0;
		const char *tag = is_weak ? list + 2 : list;
		const char *end = *tag == '"' ? strchr(tag + 1, '"') : NULL;

		if (!end)
			return NO_LIST;
		end++;
		if (etag && (weak || !is_weak) && strlen(etag) == (size_t)(end - tag) &&
		    memcmp(etag, tag, (size_t)(end - tag)) == 0)
			found = MATCH;
		list = skip_blank(end);
		if (!*list)
			return found;
		if (*list != ',')
			return NO_LIST;
		/* Empty elements are to be ignored (RFC 9110, section 5.6.1.2). */
		list += strspn(list, ", \t");
		if (!*list)
			return found;
	}
}

unsigned int api_precondition_check(const struct httpd_request *request,
				    const struct catalog_context *current, bool reads)
{
	const char *if_match = httpd_header(request, "If-Match");
	const char *if_none_match = httpd_header(request, "If-None-Match");
	const char *etag = current ? current->etag : NULL;
	enum match match;

	if (if_match) {
		match = find_tag(if_match, etag, false);
		if (match != MATCH)
			return match == NO_LIST ? MALFORMED : FAILED;
	}
	if (if_none_match) {
		match = find_tag(if_none_match, etag, true);
		if (match == NO_LIST)
			return MALFORMED;
		if (match == MATCH)
			return reads ? NOT_MODIFIED : FAILED;
	}
	return 0;
}
