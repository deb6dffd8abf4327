// SPDX-License-Identifier: Apache-2.0
#include "user/agent/options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/lib/address.h"
#include "user/lib/bpffs.h"

#define LISTEN_DEFAULT "127.0.0.1:9870"
#define CACHE_DEFAULT "/var/lib/shunt/tables"
#define KEYS_DEFAULT "/var/lib/shunt/keys"
#define MANAGERS_MAX 16
#define URL_MAX 1024
#define MOVED_MAX (1024 * 1024)
#define HISTORY_DEFAULT (16 * 1024)
#define HISTORY_MIN 256 /* readers that are slow for a moment miss nothing */
#define HISTORY_MAX (1024 * 1024)

enum {
	KEY_MANIFESTS = 1000,
	KEY_MANAGER,
	KEY_NODE,
	KEY_TOKEN_FILE,
	KEY_CA,
	KEY_CERTIFICATE,
	KEY_KEY,
	KEY_CACHE,
	KEY_KEYS,
	KEY_DRY_RUN,
	KEY_ATTACH,
	KEY_INTERFACE,
	KEY_UPLINK,
	KEY_MAX_MOVED,
	KEY_PROPAGATION,
	KEY_HISTORY,
	KEY_BPFFS,
	KEY_LISTEN,
	KEY_CGROUP,
	KEY_DETACH,
};

static const struct argp_option descriptions[] = {
	{NULL, 0, NULL, 0, "Where the tables come from, one of:", 1},
	{"manifests", KEY_MANIFESTS, "DIR", 0, "A directory of YAML and JSON manifests", 1},
	{"manager", KEY_MANAGER, "URL", 0,
	 "A shunt-manager; may be given several times: where one is away, the next one is tried",
	 1},
	{NULL, 0, NULL, 0, "With --manager:", 2},
	{"node", KEY_NODE, "NAME", 0, "This node's name (default: the host's name)", 2},
	{"token-file", KEY_TOKEN_FILE, "FILE", 0,
	 "The token to show, read again for every connection", 2},
	{"ca", KEY_CA, "FILE", 0,
	 "PEM certificates that vouch for the manager (default: the system's)", 2},
	{"certificate", KEY_CERTIFICATE, "FILE", 0, "PEM certificate to show", 2},
	{"key", KEY_KEY, "FILE", 0, "PEM key of that certificate", 2},
	{"cache", KEY_CACHE, "FILE", 0,
	 "Keep the tables there for after a reboot (default: " CACHE_DEFAULT "); `none` keeps none",
	 2},
	{NULL, 0, NULL, 0, "Others:", 3},
	{"keys", KEY_KEYS, "FILE", 0,
	 "With --manifests, the secret of which keys are made, 64 hexadecimal digits, the same on "
	 "all nodes; made where it is missing (default: " KEYS_DEFAULT
	 "); `none` takes one for this run only",
	 3},
	{"dry-run", KEY_DRY_RUN, NULL, 0,
	 "Keep the tables in memory only: nothing is loaded or attached, and nothing is redirected",
	 3},
	{"attach", KEY_ATTACH, "host|pod", 0,
	 "Attach to the host's ends of the pods' links, or to the pods' own: where packets jump "
	 "over "
	 "the host's ends, or there are none (default: host)",
	 3},
	{"interface", KEY_INTERFACE, "GLOB", 0,
	 "Attach to the links with such a name there; may be given several times (default: every "
	 "veth whose peer lives in another network namespace; with --attach pod also netkit, "
	 "macvlan and ipvlan links)",
	 3},
	{"uplink", KEY_UPLINK, "GLOB", 0,
	 "Attach the fence, by XDP, to the physical links with such a name too; may be given "
	 "several "
	 "times (default: none)",
	 3},
	{"max-moved", KEY_MAX_MOVED, "COUNT", 0,
	 "Room for so many moved connections at a time, where the tables are not there yet "
	 "(default: 102400)",
	 3},
	{"propagation", KEY_PROPAGATION, NULL, 0,
	 "Count on the links of pods that serve which requests come with a marker, and whether the "
	 "calls that are made meanwhile have one: packets that begin with a request cost more then",
	 3},
	{"history", KEY_HISTORY, "COUNT", 0,
	 "Keep so many events for `shunt trace`, at some 160 bytes each (default: 16384)", 3},
	{"bpffs", KEY_BPFFS, "DIR", 0,
	 "Where programs and maps are pinned (default: " BPFFS_DEFAULT ")", 3},
	{"listen", KEY_LISTEN, "ADDR:PORT", 0,
	 "Serve /metrics, /livez and /readyz there (default: " LISTEN_DEFAULT
	 ", with --dry-run: nowhere)",
	 3},
	{"cgroup", KEY_CGROUP, "DIR", 0,
	 "The cgroup v2 directory whose sockets are watched and steered (default: the root of the "
	 "hierarchy)",
	 3},
	{"detach", KEY_DETACH, NULL, 0, "Remove programs, links and maps, then exit", 3},
	{0},
};

/* Adds a text to a list that has room for more. */
static void add_text(const char ***list, size_t *count, const char *text, const char *option,
		     struct argp_state *state)
{
	const char **grown = reallocarray((void *)*list, *count + 1, sizeof(*grown));

	if (!grown) {
		argp_failure(state, EXIT_FAILURE, ENOMEM, "%s", option);
		return;
	}
	grown[(*count)++] = text;
	*list = grown;
}

static void add_glob(struct choice *choice, const char *glob, const char *option,
		     struct argp_state *state)
{
	const char **globs = (const char **)choice->globs;

	add_text(&globs, &choice->glob_count, glob, option, state);
	choice->globs = globs;
}

static void add_manager(struct options_manager *manager, char *url, struct argp_state *state)
{
	size_t scheme = strncmp(url, "https://", 8) == 0  ? 8
			: strncmp(url, "http://", 7) == 0 ? 7
							  : 0;
	size_t length = strlen(url);

	while (length > scheme && url[length - 1] == '/')
		url[--length] = '\0';
	if (!scheme || length == scheme || length > URL_MAX || strpbrk(url, " ?#@"))
		argp_error(state, "--manager: not an URL like https://HOST:PORT: %s", url);
	else if (manager->url_count == MANAGERS_MAX)
		argp_error(state, "--manager: more than %d", MANAGERS_MAX);
	else
		add_text(&manager->urls, &manager->url_count, url, "--manager", state);
}

static void set_node(struct options_manager *manager, const char *name, struct argp_state *state)
{
	size_t length = strlen(name);

	if (!length || length > OPTIONS_NODE_MAX ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") !=
		    length)
		argp_error(state, "--node: not a node's name: %s", name);
	else
		strcpy(manager->node, name);
}

static void set_cgroup(struct options *options, const char *path, struct argp_state *state)
{
	if (!path[0] || strlen(path) >= sizeof(options->cgroup))
		argp_error(state, "--cgroup: not a path: %s", path);
	else
		strcpy(options->cgroup, path);
}

static void set_attach(struct options *options, const char *end, struct argp_state *state)
{
	options->at_pod = strcmp(end, "pod") == 0;
	if (!options->at_pod && strcmp(end, "host") != 0)
		argp_error(state, "--attach: neither `host` nor `pod`: %s", end);
}

static void set_max_moved(struct options *options, const char *text, struct argp_state *state)
{
	char *end;
	unsigned long count = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || !count || count > MOVED_MAX)
		argp_error(state, "--max-moved: not a number from 1 to %d: %s", MOVED_MAX, text);
	else
		options->max_moved = count;
}

static void set_history(struct options *options, const char *text, struct argp_state *state)
{
	char *end;
	unsigned long count = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || count < HISTORY_MIN || count > HISTORY_MAX)
		argp_error(state, "--history: not a number from %d to %d: %s", HISTORY_MIN,
			   HISTORY_MAX, text);
	else
		options->history = count;
}

/* What goes only with --manager. */
static bool parse_manager(struct options_manager *manager, int key, char *value,
			  struct argp_state *state)
{
	switch (key) {
	case KEY_MANAGER:
		add_manager(manager, value, state);
		return true;
	case KEY_NODE:
		set_node(manager, value, state);
		return true;
	case KEY_TOKEN_FILE:
		manager->token_file = value;
		return true;
	case KEY_CA:
		manager->ca_file = value;
		return true;
	case KEY_CERTIFICATE:
		manager->certificate_file = value;
		return true;
	case KEY_KEY:
		manager->key_file = value;
		return true;
	case KEY_CACHE:
		manager->cache = value;
		return true;
	default:
		return false;
	}
}

/* The option that makes no sense without --manager, or NULL. */
static const char *find_stray(const struct options_manager *manager)
{
	return manager->node[0]		   ? "--node"
	       : manager->token_file	   ? "--token-file"
	       : manager->ca_file	   ? "--ca"
	       : manager->certificate_file ? "--certificate"
	       : manager->key_file	   ? "--key"
	       : manager->cache		   ? "--cache"
					   : NULL;
}

static void finish_manifests(struct options *options)
{
	/* One that only tries leaves no file behind. */
	if (!options->keys && !options->dry_run)
		options->keys = KEYS_DEFAULT;
	else if (options->keys && strcmp(options->keys, "none") == 0)
		options->keys = NULL;
}

static void finish_manager(struct options *options, struct argp_state *state)
{
	struct options_manager *manager = &options->manager;
	char host[OPTIONS_NODE_MAX + 1] = "";

	if (!manager->certificate_file != !manager->key_file)
		argp_error(state, "--certificate and --key go together");
	if (!manager->node[0]) {
		if (gethostname(host, sizeof(host) - 1))
			argp_failure(state, EXIT_FAILURE, errno, "cannot read the host's name");
		set_node(manager, host, state);
	}
	/* One that only tries does not take the place of one that works. */
	if (!manager->cache && !options->dry_run)
		manager->cache = CACHE_DEFAULT;
	else if (manager->cache && strcmp(manager->cache, "none") == 0)
		manager->cache = NULL;
}

static void finish(struct options *options, struct argp_state *state)
{
	const char *stray = find_stray(&options->manager);

	if (options->detach)
		return;
	if (options->manifests && options->manager.url_count)
		argp_error(state, "--manifests and --manager exclude each other");
	else if (!options->manifests && !options->manager.url_count)
		argp_error(state, "--manifests or --manager is needed");
	else if (stray && options->manifests)
		argp_error(state, "%s goes with --manager only", stray);
	else if (options->keys && !options->manifests)
		argp_error(state, "--keys goes with --manifests only");
	else if (options->manifests)
		finish_manifests(options);
	else if (options->manager.url_count)
		finish_manager(options, state);
	if (!options->dry_run)
		options->listens = true;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_MANIFESTS:
		options->manifests = value;
		return 0;
	case KEY_KEYS:
		options->keys = value;
		return 0;
	case KEY_ATTACH:
		set_attach(options, value, state);
		return 0;
	case KEY_INTERFACE:
		add_glob(&options->choice, value, "--interface", state);
		return 0;
	case KEY_UPLINK:
		add_glob(&options->uplinks, value, "--uplink", state);
		return 0;
	case KEY_MAX_MOVED:
		set_max_moved(options, value, state);
		return 0;
	case KEY_PROPAGATION:
		options->propagation = true;
		return 0;
	case KEY_HISTORY:
		set_history(options, value, state);
		return 0;
	case KEY_BPFFS:
		options->bpffs = value;
		return 0;
	case KEY_LISTEN:
		if (address_parse_endpoint(value, &options->listen))
			argp_error(state, "--listen: not an ADDR:PORT: %s", value);
		options->listens = true;
		return 0;
	case KEY_CGROUP:
		set_cgroup(options, value, state);
		return 0;
	case KEY_DETACH:
		options->detach = true;
		return 0;
	case KEY_DRY_RUN:
		options->dry_run = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", value);
		return 0;
	case ARGP_KEY_END:
		finish(options, state);
		return 0;
	default:
		return parse_manager(&options->manager, key, value, state) ? 0 : ARGP_ERR_UNKNOWN;
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
		       "leave everything redirecting. SIGHUP reads the manifests again, or "
		       "connects to the manager anew.",
	};

	*options = (struct options){
		.bpffs = BPFFS_DEFAULT, .max_moved = SHUNT_FLOWS_MAX, .history = HISTORY_DEFAULT};
	address_parse_endpoint(LISTEN_DEFAULT, &options->listen);
	argp_err_exit_status = OPTIONS_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, options);
}

void options_clear(struct options *options)
{
	free((void *)options->choice.globs);
	free((void *)options->uplinks.globs);
	free((void *)options->manager.urls);
	*options = (struct options){0};
}
