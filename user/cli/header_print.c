// SPDX-License-Identifier: Apache-2.0
#include "user/cli/header_print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/log.h"
#include "user/lib/marker_line.h"

static const struct marker *find_first(const struct marker *markers, size_t count,
				       enum shunt_marker_form form)
{
	for (size_t i = 0; i < count; i++)
		if (markers[i].form == form)
			return &markers[i];
	return NULL;
}

static bool is_wanted(const struct header_request *request, enum shunt_marker_form form)
{
	if (!request->all)
		return request->forms[form];
	return form != SHUNT_MARKER_OVERRIDES || request->route_count > 0;
}

static int print_text(const struct marker_line *line)
{
	char *text = marker_line_text(line);
	int error = 0;

	if (!text)
		return -ENOMEM;
	if (puts(text) == EOF)
		error = -errno;
	free(text);
	return error;
}

static int add_json(json_t *lines, const struct marker *marker, const struct marker_line *line)
{
	char *text = marker_line_text(line);
	json_t *object;

	if (!text)
		return -ENOMEM;
	object = json_pack("{s:s, s:b, s:s, s:s, s:s}", "form", markers_form_label(marker->form),
			   "header", (int)line->is_field, "name", line->name, "value", line->value,
			   "line", text);
	free(text);
	return json_array_append_new(lines, object) ? -ENOMEM : 0;
}

/* Prints a marker's line, or adds it to the lines where these are not NULL. */
static int print_marker(const struct marker *marker, const struct header_request *request,
			json_t *lines)
{
	struct marker_line line;
	int error;

	if (marker->form == SHUNT_MARKER_OVERRIDES)
		error = marker_line_make_overrides(marker, request->routes, request->route_count,
						   &line);
	else
		error = marker_line_make(marker, request->marker, &line);
	if (error)
		return error;
	error = lines ? add_json(lines, marker, &line) : print_text(&line);
	marker_line_clear(&line);
	return error;
}

static int print_all(const struct marker *markers, size_t count,
		     const struct header_request *request, json_t *lines, size_t *printed)
{
	int error = 0;

	for (int form = 0; !error && form < SHUNT_MARKER_FORM_COUNT; form++) {
		const struct marker *marker = find_first(markers, count, form);

		if (!is_wanted(request, form) || (!marker && request->all))
			continue;
		if (!marker) {
			log_line("no marker of the form %s is obeyed; `shunt status` lists those "
				 "that are",
				 markers_form_label(form));
			return -ENOENT;
		}
		error = print_marker(marker, request, lines);
		++*printed;
	}
	return error;
}

/* One line is an object, several are an array of these. */
static int print_json(const struct header_request *request, json_t *lines)
{
	json_t *one = json_array_get(lines, 0);

	if (!request->all && json_array_size(lines) == 1) {
		json_incref(one);
		json_decref(lines);
		lines = one;
	}
	return command_print_json(lines, false);
}

int header_print(const struct globals *globals, const struct marker *markers, size_t count,
		 const struct header_request *request)
{
	json_t *lines = globals->json ? json_array() : NULL;
	size_t printed = 0;
	int error;

	error = print_all(markers, count, request, lines, &printed);
	if (!error && !printed) {
		log_line("no marker is obeyed");
		error = -ENOENT;
	} else if (error && error != -ENOENT) {
		log_line("cannot make the header: %s", strerror(-error));
	}
	if (error) {
		json_decref(lines);
		return EXIT_FAILURE;
	}
	error = lines ? print_json(request, lines) : fflush(stdout);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
