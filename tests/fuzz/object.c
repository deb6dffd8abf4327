// SPDX-License-Identifier: Apache-2.0
/*
 * Fuzz target: a Context of JSON text, as clients send it. What is refused has a reason, and what is
 * accepted is accepted again, and the same, when it is written anew.
 */
#include <jansson.h>
#include "fuzz.h"
#include "user/lib/text.h"
#include "user/manager/catalog.h"

static json_t *read_text(const char *text, size_t length)
{
	struct problems problems = {0};
	json_t *object = catalog_read("input", text, length, &problems);

	must_hold(!object == !!problems.count);
	for (size_t i = 0; i < problems.count; i++)
		must_hold(!strncmp(problems.texts[i], "input", strlen("input")));
	problems_clear(&problems);
	return object;
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	json_t *object = read_text((const char *)data, size), *again;
	const char *name;
	char *text;

	if (!object)
		return 0;
	name = json_string_value(json_object_get(json_object_get(object, "metadata"), "name"));
	must_hold(name && text_is_context_name(name));
	must_hold(json_is_object(json_object_get(object, "spec")));
	text = json_dumps(object, JSON_COMPACT);
	must_hold(text);
	again = read_text(text, strlen(text));
	must_hold(json_equal(object, again));
	json_decref(again);
	json_decref(object);
	free(text);
	return 0;
}
