// SPDX-License-Identifier: Apache-2.0
#include "user/cli/header.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/header_decode.h"
#include "user/cli/header_print.h"
#include "user/cli/header_sign.h"
#include "user/lib/log.h"

#define ROUTES_MAX 64

enum {
	KEY_FORM = 2000,
	KEY_ENDPOINT,
	KEY_DECODE,
	KEY_SIGNED,
};

struct input {
	struct globals *globals;
	struct header_request request;
	struct overrides_route routes[ROUTES_MAX];
	const char *line; /* to decode */
	bool is_signed;
	bool has_form;
};

static const struct argp_option descriptions[] = {
	{"form", KEY_FORM, "FORM", 0,
	 "header (default), cookie, query, baggage, tracestate, ot, uberctx, carrier, overrides or "
	 "all; may be given several times. A query parameter is no header: it goes into the URL",
	 0},
	{"signed", KEY_SIGNED, NULL, 0,
	 "Sign the name, for where only signed markers count. Asks the manager; where none is "
	 "named, the tables of this node",
	 0},
	{"endpoint", KEY_ENDPOINT, "SERVICE=ADDR:PORT", 0,
	 "An endpoint of the form overrides, as shop/users=10.77.4.2:8080; may be given several "
	 "times",
	 0},
	{"decode", KEY_DECODE, "LINE", 0,
	 "Print what a header field ('name: value'), a query or a URL means", 0},
	{0},
};

static void add_form(struct argp_state *state, struct input *input, const char *label)
{
	int form = markers_form_find(label);

	if (strcmp(label, "all") == 0)
		input->request.all = true;
	else if (form < 0)
		argp_error(state, "--form: not a known form: %s", label);
	else
		input->request.forms[form] = true;
	input->has_form = true;
}

static void add_endpoint(struct argp_state *state, struct input *input, const char *text)
{
	char problem[PROTO_PROBLEM_SIZE];

	if (input->request.route_count == ROUTES_MAX)
		argp_error(state, "--endpoint: at most %d can be given", ROUTES_MAX);
	if (overrides_parse_route(text, &input->routes[input->request.route_count], problem))
		argp_error(state, "--endpoint: %s", problem);
	input->request.route_count++;
}

static void set_name(struct argp_state *state, struct input *input, const char *name)
{
	if (input->request.name)
		argp_error(state, "only one NAME is expected");
	input->request.name = command_context_name(state, name);
}

/* What was given has to be what is needed. Without --form it says which forms are meant. */
static void check(struct argp_state *state, struct input *input)
{
	struct header_request *request = &input->request;
	bool *overrides = &request->forms[SHUNT_MARKER_OVERRIDES], names = request->all;

	if (input->line) {
		if (request->name || request->route_count || input->has_form || input->is_signed)
			argp_error(state, "--decode takes no NAME, --form, --endpoint or --signed");
		return;
	}
	if (!input->has_form) {
		*overrides = request->route_count > 0;
		request->forms[SHUNT_MARKER_HEADER] = request->name || !*overrides;
	}
	for (int form = 0; form < SHUNT_MARKER_FORM_COUNT; form++)
		names |= request->forms[form] && form != SHUNT_MARKER_OVERRIDES;
	if (names && !request->name)
		argp_error(state, "the NAME of a context is needed");
	if (!names && request->name)
		argp_error(state, "the form overrides takes no NAME: it lists endpoints itself");
	if (input->is_signed && !request->name)
		argp_error(state, "--signed needs the NAME of a context");
	if (*overrides && !request->route_count)
		argp_error(state, "the form overrides needs an --endpoint");
	if (!*overrides && !request->all && request->route_count)
		argp_error(state, "--endpoint is for the form overrides");
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, input->globals);
		return 0;
	case KEY_FORM:
		add_form(state, input, value);
		return 0;
	case KEY_ENDPOINT:
		add_endpoint(state, input, value);
		return 0;
	case KEY_DECODE:
		input->line = value;
		return 0;
	case KEY_SIGNED:
		input->is_signed = true;
		return 0;
	case ARGP_KEY_ARG:
		set_name(state, input, value);
		return 0;
	case ARGP_KEY_END:
		check(state, input);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int read_markers(const struct globals *globals, struct shunt_markers *table)
{
	struct shunt_settings settings;
	const char *failed;
	struct maps maps;
	int error;

	error = maps_open(globals->bpffs, &maps, &failed);
	if (error)
		return error;
	error = maps_read_settings(&maps, &settings);
	if (!error && settings.layout_version != SHUNT_LAYOUT_VERSION)
		error = -ESTALE;
	if (!error)
		error = maps_read_markers(&maps, table);
	maps_close(&maps);
	return error;
}

/* Those in force; the defaults where there is no agent, or no right to ask. Returns how many. */
static size_t get_markers(const struct globals *globals, struct marker list[SHUNT_MARKERS_MAX])
{
	struct shunt_markers table;
	int error = read_markers(globals, &table);

	if (!error)
		return markers_list(&table, list);
	if (error != -ENOENT && error != -EPERM && error != -EACCES)
		log_line("cannot read the tables at %s: %s; the default names are taken",
			 globals->bpffs,
			 error == -ESTALE ? "they are another version's" : strerror(-error));
	memcpy(list, markers_default, sizeof(markers_default));
	return MARKERS_DEFAULT_COUNT;
}

int header_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.args_doc = "NAME\n--endpoint SERVICE=ADDR:PORT...\n--decode LINE",
		.doc = "Print what to send with a request to name a context: "
		       "curl -H \"$(shunt header NAME)\". The names of headers and the like are "
		       "those that the agent on this node obeys, where they can be read, and "
		       "otherwise the default ones.",
		.children = command_all_children,
	};
	struct input input = {.globals = globals};
	struct marker markers[SHUNT_MARKERS_MAX];
	char text[KEYS_MARKER_SIZE];
	size_t count;
	int status;

	input.request.routes = input.routes;
	argp_parse(&argp, argc, argv, 0, NULL, &input);
	count = get_markers(globals, markers);
	if (input.line)
		return header_decode(globals, markers, count, input.line);
	input.request.marker = input.request.name;
	if (input.is_signed) {
		if (header_sign(globals, input.request.name, text))
			return EXIT_FAILURE;
		input.request.marker = text;
	}
	status = header_print(globals, markers, count, &input.request);
	explicit_bzero(text, sizeof(text));
	return status;
}
