// SPDX-License-Identifier: Apache-2.0
#include "user/manager/kube_problem_print.h"

#include <stdlib.h>
#include <string.h>
#include "user/lib/text.h"

#define MESSAGE_MAX 600 /* bytes of what a server says that are shown */

const char *kube_problem_field(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

bool kube_problem_says(const struct kube_failure *failure, const char *words)
{
	if (strstr(kube_problem_field(failure->body, "message"), words))
		return true;
	return failure->text && memmem(failure->text, failure->length, words, strlen(words));
}

void kube_problem_text(FILE *out, const char *text, size_t length)
{
	size_t shown = length > MESSAGE_MAX ? MESSAGE_MAX : length;
	char *copy = strndup(text, shown), *printable;

	for (char *c = copy; c && *c; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	printable = copy ? text_printable(copy) : NULL;
	if (printable)
		fprintf(out, "%s%s", printable, shown < length ? "..." : "");
	free(printable);
	free(copy);
}

void kube_problem_message(FILE *out, const struct kube_failure *failure)
{
	const char *message = kube_problem_field(failure->body, "message");
	size_t length = failure->length;

	while (length && strchr(" \r\n", failure->text[length - 1]))
		length--;
	if (message[0])
		kube_problem_text(out, message, strlen(message));
	else if (failure->text && length)
		kube_problem_text(out, failure->text, length);
	else
		fputs("without a reason", out);
}

void kube_problem_kind(FILE *out, const struct kube_path *path)
{
	fprintf(out, "%s%s%s", path->resource, path->group[0] ? "." : "", path->group);
}
