// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "user/manager/api_state.h"

#define PROBLEM_JSON "application/problem+json"

static const char *title_of(unsigned int status)
{
	static const struct {
		unsigned int status;
		const char *title;
	} titles[] = {
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{409, "Conflict"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{415, "Unsupported Media Type"},
		{422, "Unprocessable Content"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{503, "Service Unavailable"},
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

static json_t *lines_json(const struct problems *lines)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < lines->count; i++)
		json_array_append_new(array, json_string(lines->texts[i]));
	return array;
}

/* "about:blank": the status says it all, and title is its phrase (RFC 9457, section 4.2.1). */
static json_t *make(unsigned int status, const char *detail, const char *path,
		    const struct problems *lines)
{
	json_t *problem = json_pack("{s:s, s:s, s:i, s:s*}", "type", "about:blank", "title",
				    title_of(status), "status", (int)status, "detail", detail);

	if (problem && path && *path)
		json_object_set_new(problem, "instance", json_string(path));
	if (problem && lines && lines->count)
		json_object_set_new(problem, "problems", lines_json(lines));
	return problem;
}

static char *print(json_t *problem)
{
	char *text = problem ? json_dumps(problem, JSON_COMPACT) : NULL;

	json_decref(problem);
	return text;
}

void api_problem(struct api_call *call, unsigned int status, const struct problems *lines,
		 const char *format, ...)
{
	va_list arguments;
	char *detail, *text;

	if (!call->request)
		return;
	va_start(arguments, format);
	if (vasprintf(&detail, format, arguments) < 0)
		detail = NULL;
	va_end(arguments);
	text = print(make(status, detail, httpd_path(call->request), lines));
	free(detail);
	api_reply(call, status, PROBLEM_JSON, text ? text : "{}", text ? strlen(text) : 2);
	free(text);
}

void api_problem_request(struct httpd_request *request, unsigned int status, const char *detail)
{
	char *text = print(make(status, detail, httpd_path(request), NULL));

	httpd_reply(request, status, PROBLEM_JSON, text ? text : "{}", text ? strlen(text) : 2);
	free(text);
}
