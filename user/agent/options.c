// SPDX-License-Identifier: Apache-2.0
#include "user/agent/options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/address.h"
#include "user/lib/bpffs.h"
#include "user/lib/version.h"

#define LISTEN_DEFAULT "127.0.0.1:9870"

const char *argp_program_version = "shuntd " SHUNT_VERSION;

enum {
	KEY_MANIFESTS = 1000,
	KEY_INTERFACE,
	KEY_BPFFS,
	KEY_LISTEN,
	KEY_CGROUP,
	KEY_DETACH,
};

static const struct argp_option descriptions[] = {
	{"manifests", KEY_MANIFESTS, "DIR", 0,
	 "Directory of YAML and JSON manifests that the tables come from", 0},
	{"interface", KEY_INTERFACE, "GLOB", 0,
	 "Attach to the links with such a name; may be given several times (default: every veth "
	 "whose peer lives in another network namespace)",
	 0},
	{"bpffs", KEY_BPFFS, "DIR", 0,
	 "Where programs and maps are pinned (default: " BPFFS_DEFAULT ")", 0},
	{"listen", KEY_LISTEN, "ADDR:PORT", 0,
	 "Serve /metrics, /livez and /readyz there (default: " LISTEN_DEFAULT ")", 0},
	{"cgroup", KEY_CGROUP, "DIR", 0,
	 "The cgroup v2 directory whose sockets are watched (default: the root of the hierarchy)",
	 0},
	{"detach", KEY_DETACH, NULL, 0, "Remove programs, links and maps, then exit", 0},
	{0},
};

static void add_glob(struct choice *choice, const char *glob, struct argp_state *state)
{
	const char **globs =
		reallocarray((void *)choice->globs, choice->glob_count + 1, sizeof(*globs));

	if (!globs) {
		argp_failure(state, EXIT_FAILURE, ENOMEM, "--interface");
		return;
	}
	globs[choice->glob_count++] = glob;
	choice->globs = globs;
}

static void set_cgroup(struct options *options, const char *path, struct argp_state *state)
{
	if (!path[0] || strlen(path) >= sizeof(options->cgroup))
		argp_error(state, "--cgroup: not a path: %s", path);
	else
		strcpy(options->cgroup, path);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_MANIFESTS:
		options->manifests = value;
		return 0;
	case KEY_INTERFACE:
		add_glob(&options->choice, value, state);
		return 0;
	case KEY_BPFFS:
		options->bpffs = value;
		return 0;
	case KEY_LISTEN:
		if (address_parse_endpoint(value, &options->listen))
			argp_error(state, "--listen: not an ADDR:PORT: %s", value);
		return 0;
	case KEY_CGROUP:
		set_cgroup(options, value, state);
		return 0;
	case KEY_DETACH:
		options->detach = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", value);
		return 0;
	case ARGP_KEY_END:
		if (!options->manifests && !options->detach)
			argp_error(state, "--manifests is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void options_parse(int argc, char **argv, struct options *options)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.doc = "Redirects single requests that name a context to its offloaded pods, in "
		       "the kernel.\v"
		       "Without --detach it stays in the foreground. SIGTERM and SIGINT stop it "
		       "and "
		       "leave everything redirecting, SIGHUP reads the manifests again.",
	};

	*options = (struct options){.bpffs = BPFFS_DEFAULT};
	address_parse_endpoint(LISTEN_DEFAULT, &options->listen);
	argp_err_exit_status = OPTIONS_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, options);
}

void options_clear(struct options *options)
{
	free((void *)options->choice.globs);
	*options = (struct options){0};
}
