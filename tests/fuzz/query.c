// SPDX-License-Identifier: Apache-2.0
/*
 * Fuzz target: a text that a client of the API wrote, taken as a query, as a number, as a path and as
 * a list of entity tags. What is understood is what an obvious reading finds in it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include "fuzz.h"
#include "user/manager/api_state.h"

#define TEXT_MAX (2 * QUERY_MAX)
#define ETAG "\"7\""

/* What stands for the text's bytes, each escaped. */
static char *escape(const char *text)
{
	char *escaped = malloc(3 * strlen(text) + 1);

	must_hold(escaped);
	escaped[0] = '\0';
	for (size_t i = 0; text[i]; i++)
		sprintf(escaped + 3 * i, "%%%02x", (unsigned char)text[i]);
	return escaped;
}

/* Buffers have the size that is promised, so that the sanitizer sees what goes beyond. */
static void decode(const char *text, size_t length)
{
	char *decoded = malloc(length + 1), *again = malloc(length + 1), *escaped;
	size_t size;

	must_hold(decoded && again);
	if (!query_decode(text, length, decoded, length + 1)) {
		size = strlen(decoded) + 1;
		must_hold(size <= length + 1);
		must_hold(query_decode(text, length, again, size - 1) == -E2BIG);
		escaped = escape(decoded);
		must_hold(!query_decode(escaped, strlen(escaped), again, size));
		must_hold(strcmp(again, decoded) == 0);
		free(escaped);
	}
	free(again);
	free(decoded);
}

/* How many parts between "&" are not empty. */
static size_t count_parts(const char *text)
{
	size_t count = 0;

	for (size_t i = 0; text[i]; i++)
		count += text[i] != '&' && (!i || text[i - 1] == '&');
	return count;
}

static void parse(const char *text)
{
	static const char *const names[] = {"a", "limit", "context", NULL};
	char problem[QUERY_PROBLEM_SIZE] = "";
	struct query query = {0};
	size_t count = 0;
	int error = query_parse(text, names, &query, problem);

	must_hold((error == -E2BIG) == (strlen(text) > QUERY_MAX));
	must_hold(!error == !problem[0]);
	for (size_t i = 0; problem[i]; i++)
		must_hold(isprint((unsigned char)problem[i]));
	for (size_t i = 0; i < QUERY_NAMES_MAX; i++)
		count += query.values[i] && strlen(query.values[i]) <= strlen(text);
	must_hold(count == (error ? 0 : count_parts(text)));
	query_clear(&query);
}

static void number(const char *text)
{
	static const unsigned long long highs[] = {0, 7, 10, 500, ~0ull - 1, ~0ull};
	bool digits = *text && strspn(text, "0123456789") == strlen(text);

	for (size_t i = 0; i < sizeof(highs) / sizeof(highs[0]); i++) {
		unsigned long long read = 0, expected;
		int error = query_number(text, highs[i], &read);

		errno = 0;
		expected = strtoull(text, NULL, 10);
		must_hold(!error == (digits && !errno && expected <= highs[i]));
		must_hold(read == (error ? 0 : expected));
	}
}

static void route(const char *path)
{
	static const char *const methods[] = {"GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", ""};
	size_t found = 0, allowed = 0;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		char name[API_NAME_SIZE], allow[API_ALLOW_SIZE];
		const struct api_route *known = api_route_find(methods[i], path, name, allow);
		bool named = known && strstr(known->path, "{name}");

		found += known != NULL;
		allowed += !known && *allow;
		must_hold(named || !known || strcmp(known->path, path) == 0);
		must_hold(!named || (*name && strlen(name) < sizeof(name)));
		must_hold(!known || strcmp(known->method, methods[i]) == 0 ||
			  strcmp(methods[i], "HEAD") == 0);
	}
	/* The path is known with each method, or with none. */
	must_hold(!found == !allowed);
}

static void tags(const char *list)
{
	unsigned int status = api_precondition_hold(list, NULL, ETAG, false);
	char *more = malloc(strlen(list) + sizeof(", " ETAG));
	const char *first = list + strspn(list, " \t");

	must_hold(more);
	must_hold(status == 0 || status == 400 || status == 412);
	must_hold((status == 400) == (api_precondition_hold(NULL, list, ETAG, true) == 400));
	must_hold(status || api_precondition_hold(NULL, list, ETAG, true) == 304);
	must_hold(api_precondition_hold(list, NULL, NULL, false) == (status ? status : 412));
	sprintf(more, "%s, " ETAG, list);
	if (status != 400 && *first != '*')
		must_hold(api_precondition_hold(more, NULL, ETAG, false) == 0);
	free(more);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	char *text;

	if (size > TEXT_MAX)
		return 0;
	decode((const char *)data, size);
	text = strndup((const char *)data, size);
	must_hold(text);
	parse(text);
	number(text);
	route(text);
	tags(text);
	free(text);
	return 0;
}
