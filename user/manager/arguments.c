// SPDX-License-Identifier: Apache-2.0
#include "user/manager/arguments.h"

#include <argp.h>
#include <stddef.h>
#include <string.h>
#include <netinet/in.h>
#include "user/lib/address.h"
#include "user/lib/text.h"

#define LISTEN_DEFAULT "127.0.0.1:9871"
#define KEEP_EXPIRED_DEFAULT "7d"
#define STORE_KUBERNETES "kubernetes"
#define KEY_PERIOD_DEFAULT "1h"

enum {
	KEY_STORE = 1000,
	KEY_MANIFESTS,
	KEY_KUBERNETES,
	KEY_KUBECONFIG,
	KEY_KUBE_CONTEXT,
	KEY_NAME,
	KEY_LISTEN,
	KEY_CERTIFICATE,
	KEY_KEY,
	KEY_CLIENT_CA,
	KEY_TOKENS,
	KEY_TOKEN_REVIEW,
	KEY_ANONYMOUS,
	KEY_KEEP_EXPIRED,
	KEY_KEYS,
	KEY_KEY_PERIOD,
	KEY_HASH_TOKEN,
};

static const struct argp_option descriptions[] = {
	{NULL, 0, NULL, 0, "Where contexts last:", 1},
	{"store", KEY_STORE, "FILE|kubernetes", 0,
	 "An SQLite file, made where it is missing, or Context objects in Kubernetes", 1},
	{"keep-expired", KEY_KEEP_EXPIRED, "TIME", 0,
	 "Remove contexts so long after they have expired, such as 12h or 30d "
	 "(default: " KEEP_EXPIRED_DEFAULT ")",
	 1},
	{NULL, 0, NULL, 0, "Where services and pods are known from, one of:", 2},
	{"manifests", KEY_MANIFESTS, "DIR", 0,
	 "A directory of YAML and JSON manifests, which is watched", 2},
	{"kubernetes", KEY_KUBERNETES, NULL, 0, "The Kubernetes API", 2},
	{NULL, 0, NULL, 0, "How Kubernetes is reached:", 3},
	{"kubeconfig", KEY_KUBECONFIG, "FILE", 0,
	 "Instead of $KUBECONFIG, the pod's service account or ~/.kube/config", 3},
	{"kube-context", KEY_KUBE_CONTEXT, "NAME", 0, "Instead of the kubeconfig's current one", 3},
	{NULL, 0, NULL, 0, "Whom to serve:", 4},
	{"listen", KEY_LISTEN, "ADDR:PORT", 0,
	 "Serve the API, agents and metrics there (default: " LISTEN_DEFAULT ")", 4},
	{"certificate", KEY_CERTIFICATE, "FILE", 0, "Serve TLS, with this certificate chain (PEM)",
	 4},
	{"key", KEY_KEY, "FILE", 0, "The certificate's private key (PEM)", 4},
	{"client-ca", KEY_CLIENT_CA, "FILE", 0,
	 "Take certificates of agents that these authorities signed (PEM); the common name is "
	 "node:NAME",
	 4},
	{"tokens", KEY_TOKENS, "FILE", 0,
	 "Bearer tokens, a line each: ROLE NAME sha256:HEX; ROLE is reader, editor, admin or agent",
	 4},
	{"token-review", KEY_TOKEN_REVIEW, NULL, 0,
	 "Let Kubernetes say whose a bearer token is; the groups shunt:readers, shunt:editors, "
	 "shunt:admins and shunt:agents give the role",
	 4},
	{"anonymous", KEY_ANONYMOUS, NULL, 0,
	 "Everybody who can connect is an administrator; with a loopback address only", 4},
	{"name", KEY_NAME, "NAME", 0,
	 "Of this manager, among those that share a store (default: the host's name)", 4},
	{NULL, 0, NULL, 0, "What passports and markers are signed with:", 5},
	{"keys", KEY_KEYS, "FILE", 0,
	 "The secret of which keys are made, 64 hexadecimal digits; made where it is missing "
	 "(default: the store's FILE.keys; with --store kubernetes: none)",
	 5},
	{"key-period", KEY_KEY_PERIOD, "TIME", 0,
	 "New passports have another key after so long, the same for all managers "
	 "(default: " KEY_PERIOD_DEFAULT ")",
	 5},
	{NULL, 0, NULL, 0, "Other:", -1},
	{"hash-token", KEY_HASH_TOKEN, NULL, 0,
	 "Read a token from standard input, print what stands for it in --tokens, and exit", -1},
	{0},
};

struct input {
	struct arguments *arguments;
	bool store;
	bool kubernetes;
};

static bool is_loopback(const struct shunt_address *address)
{
	struct in6_addr in6;

	memcpy(&in6, address->bytes, sizeof(in6));
	return IN6_IS_ADDR_LOOPBACK(&in6) ||
	       (address_is_ipv4(address) && address->bytes[12] == 127);
}

static void check_access(const struct input *input, struct argp_state *state)
{
	const struct arguments *arguments = input->arguments;

	if (!arguments->certificate_file != !arguments->key_file)
		argp_error(state, "--certificate and --key go together");
	if (arguments->client_ca_file && !arguments->certificate_file)
		argp_error(state, "--client-ca needs --certificate and --key");
	if (arguments->anonymous &&
	    (arguments->tokens_file || arguments->token_review || arguments->client_ca_file))
		argp_error(state, "--anonymous goes with no other way to tell who asks");
	if (arguments->anonymous && !is_loopback(&arguments->listen.address))
		argp_error(state, "--anonymous is for loopback addresses only");
	if (!arguments->anonymous && !arguments->tokens_file && !arguments->token_review)
		argp_error(state, "one of --tokens, --token-review and --anonymous is needed");
}

static void check(const struct input *input, struct argp_state *state)
{
	const struct arguments *arguments = input->arguments;

	if (arguments->hash_token)
		return;
	if (!input->store)
		argp_error(state, "--store is needed");
	if (!arguments->manifests == !input->kubernetes)
		argp_error(state, "one of --manifests and --kubernetes is needed");
	check_access(input, state);
	if ((arguments->kubeconfig || arguments->kube_context) &&
	    !arguments_need_kubernetes(arguments))
		argp_error(state,
			   "--kubeconfig and --kube-context are of use with Kubernetes only");
}

/* Options whose text is taken as it is. */
static const struct {
	int key;
	size_t offset;
} texts[] = {
	{KEY_MANIFESTS, offsetof(struct arguments, manifests)},
	{KEY_KUBECONFIG, offsetof(struct arguments, kubeconfig)},
	{KEY_KUBE_CONTEXT, offsetof(struct arguments, kube_context)},
	{KEY_CERTIFICATE, offsetof(struct arguments, certificate_file)},
	{KEY_KEY, offsetof(struct arguments, key_file)},
	{KEY_CLIENT_CA, offsetof(struct arguments, client_ca_file)},
	{KEY_TOKENS, offsetof(struct arguments, tokens_file)},
	{KEY_KEYS, offsetof(struct arguments, keys_file)},
};

static error_t parse_text(int key, const char *value, struct arguments *arguments)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].key != key)
			continue;
		*(const char **)((char *)arguments + texts[i].offset) = value;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void parse_value(int key, char *value, struct input *input, struct argp_state *state)
{
	struct arguments *arguments = input->arguments;

	if (key == KEY_STORE) {
		input->store = true;
		arguments->store_file = strcmp(value, STORE_KUBERNETES) == 0 ? NULL : value;
	} else if (key == KEY_NAME) {
		arguments->name = value;
		if (!text_is_dns_name(value))
			argp_error(state, "--name: has to be a DNS name of a-z 0-9 - and .: %s",
				   value);
	} else if (key == KEY_LISTEN) {
		if (address_parse_endpoint(value, &arguments->listen))
			argp_error(state, "--listen: not an ADDR:PORT: %s", value);
	} else if (key == KEY_KEY_PERIOD) {
		if (text_parse_duration(value, &arguments->key_period_s) ||
		    arguments->key_period_s > ARGUMENTS_PERIOD_MAX)
			argp_error(state, "--key-period: not a time such as 90s, 30m or 1d: %s",
				   value);
	} else if (text_parse_duration(value, &arguments->keep_expired_s)) {
		argp_error(state, "--keep-expired: not a time such as 30m, 12h or 7d: %s", value);
	}
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct input *input = state->input;

	switch (key) {
	case KEY_STORE:
	case KEY_NAME:
	case KEY_LISTEN:
	case KEY_KEEP_EXPIRED:
	case KEY_KEY_PERIOD:
		parse_value(key, value, input, state);
		return 0;
	case KEY_KUBERNETES:
		input->kubernetes = true;
		return 0;
	case KEY_TOKEN_REVIEW:
		input->arguments->token_review = true;
		return 0;
	case KEY_ANONYMOUS:
		input->arguments->anonymous = true;
		return 0;
	case KEY_HASH_TOKEN:
		input->arguments->hash_token = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument: %s", value);
		return 0;
	case ARGP_KEY_END:
		check(input, state);
		return 0;
	default:
		return parse_text(key, value, input->arguments);
	}
}

bool arguments_need_kubernetes(const struct arguments *arguments)
{
	return !arguments->store_file || !arguments->manifests || arguments->token_review;
}

void arguments_parse(int argc, char **argv, struct arguments *arguments)
{
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse,
		.doc = "Keeps contexts, resolves them, and gives every node's agent its tables.\v"
		       "It stays in the foreground and needs no privileges. Any number of managers "
		       "may serve from one store. SIGTERM and SIGINT stop it; agents go on with "
		       "what they have.",
	};
	struct input input = {.arguments = arguments};

	*arguments = (struct arguments){0};
	address_parse_endpoint(LISTEN_DEFAULT, &arguments->listen);
	text_parse_duration(KEEP_EXPIRED_DEFAULT, &arguments->keep_expired_s);
	text_parse_duration(KEY_PERIOD_DEFAULT, &arguments->key_period_s);
	argp_err_exit_status = ARGUMENTS_EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &input);
}
