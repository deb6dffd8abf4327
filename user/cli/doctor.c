// SPDX-License-Identifier: Apache-2.0
#include "user/cli/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/cli/doctor_checks.h"
#include "user/lib/address.h"
#include "user/lib/array.h"
#include "user/lib/log.h"

#define LISTEN_DEFAULT "127.0.0.1:9870"

enum {
	KEY_INTERFACE = 2000,
	KEY_CGROUP,
	KEY_LISTEN,
};

static const struct argp_option options[] = {
	{"interface", KEY_INTERFACE, "GLOB", 0,
	 "As it was given to shuntd; may be repeated (default: every veth into another network "
	 "namespace)",
	 0},
	{"cgroup", KEY_CGROUP, "DIR", 0,
	 "As it was given to shuntd (default: the root of cgroup v2)", 0},
	{"listen", KEY_LISTEN, "ADDR:PORT", 0, "Where shuntd serves (default: " LISTEN_DEFAULT ")",
	 0},
	{0},
};

struct arguments {
	struct globals *globals;
	struct doctor *doctor;
	const char **globs;
	size_t capacity;
};

static void add_glob(struct arguments *arguments, const char *glob, const struct argp_state *state)
{
	struct choice *choice = &arguments->doctor->choice;

	if (array_grow(&arguments->globs, &arguments->capacity, choice->glob_count,
		       sizeof(*arguments->globs)))
		argp_failure(state, EXIT_FAILURE, ENOMEM, "--interface");
	arguments->globs[choice->glob_count++] = glob;
	choice->globs = arguments->globs;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	struct doctor *doctor = arguments->doctor;

	switch (key) {
	case ARGP_KEY_INIT:
		command_init(state, arguments->globals);
		return 0;
	case KEY_INTERFACE:
		add_glob(arguments, value, state);
		return 0;
	case KEY_CGROUP:
		doctor->cgroup = value;
		return 0;
	case KEY_LISTEN:
		if (address_parse_endpoint(value, &doctor->listen))
			argp_error(state, "--listen: not an ADDR:PORT: %s", value);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What builds on something that is not there is not looked at: one cause is told once. */
static void check_all(struct doctor *doctor)
{
	if (!doctor_check_rights(doctor))
		return;
	doctor_check_kernel(doctor);
	doctor_check_mounts(doctor);
	doctor_check_pins(doctor);
	doctor_check_agent(doctor);
	if (doctor->has_maps) {
		doctor_check_attachments(doctor);
		doctor_check_links(doctor);
	}
	doctor_check_pods(doctor);
	if (doctor->has_maps) {
		doctor_check_tables(doctor);
		doctor_check_keys(doctor);
		doctor_check_trial(doctor);
	}
}

static int print(const struct globals *globals, const struct doctor_report *report)
{
	int error = 0;

	if (report->failed)
		log_line("%s", strerror(ENOMEM));
	if (globals->json) {
		error = command_print_json(report_to_json(report), false);
	} else {
		report_print(report);
		error = fflush(stdout);
	}
	if (error || report->failed)
		return COMMAND_EXIT_USAGE;
	return report_count(report, FINDING_FAULT) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int doctor_run(struct globals *globals, int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Check this node: the kernel, what shuntd left in it, what else is on the "
		       "links, and whether a request is really moved.\v"
		       "Each finding is ok, a note, a warning or a fault. The exit status is 0 "
		       "without a fault, 1 with one, and 2 where something could not be done.",
		.children = command_children,
	};
	struct doctor doctor = {.bpffs = globals->bpffs};
	struct arguments arguments = {.globals = globals, .doctor = &doctor};
	int status;

	address_parse_endpoint(LISTEN_DEFAULT, &doctor.listen);
	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	doctor.bpffs = globals->bpffs;
	check_all(&doctor);
	status = print(globals, &doctor.report);
	if (doctor.has_maps)
		maps_close(&doctor.maps);
	report_clear(&doctor.report);
	free(doctor.metrics);
	free(arguments.globs);
	return status;
}
