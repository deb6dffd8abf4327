// SPDX-License-Identifier: Apache-2.0
#include "user/manager/kube_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool is_https(const char *server)
{
	return strncasecmp(server, "https://", strlen("https://")) == 0;
}

/* Whether the host after "http://" is this machine. */
static bool is_loopback(const char *server)
{
	static const char *const hosts[] = {"127.", "localhost", "[::1]"};
	const char *host = strstr(server, "://");

	for (size_t i = 0; host && i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (strncasecmp(host + 3, hosts[i], strlen(hosts[i])) == 0)
			return true;
	return false;
}

static int check_file(const char *file, const char *what, const char *source,
		      struct problems *problems)
{
	if (!file || access(file, R_OK) == 0)
		return 0;
	problems_add(problems, "%s: %s %s cannot be read: %s", source, what, file, strerror(errno));
	return -EINVAL;
}

int kube_config_check(const struct kube_config *config, const char *source,
		      struct problems *problems)
{
	const struct fetch_tls *tls = &config->tls;
	int error = 0;

	if (!is_https(config->server) &&
	    strncasecmp(config->server, "http://", strlen("http://"))) {
		problems_add(problems, "%s: server %s has to begin with https:// or http://",
			     source, config->server);
		return -EINVAL;
	}
	if ((config->token || config->token_file) && !is_https(config->server) &&
	    !is_loopback(config->server)) {
		problems_add(problems,
			     "%s: the token would be sent over plain HTTP to %s; write https://",
			     source, config->server);
		error = -EINVAL;
	}
	if (check_file(tls->ca_data ? NULL : tls->ca_file, "the CA", source, problems) ||
	    check_file(tls->certificate_data ? NULL : tls->certificate_file, "the certificate",
		       source, problems) ||
	    check_file(tls->key_data ? NULL : tls->key_file, "the key", source, problems) ||
	    check_file(config->token_file, "the token", source, problems))
		error = -EINVAL;
	if ((tls->certificate_file || tls->certificate_data) != (tls->key_file || tls->key_data)) {
		problems_add(problems,
			     "%s: a client certificate needs its key, and a key its "
			     "certificate",
			     source);
		error = -EINVAL;
	}
	return error;
}

static int load_home(const struct kube_options *options, struct kube_config *config,
		     struct problems *problems)
{
	const char *home = getenv("HOME");
	char *file;
	int error;

	if (!home || !*home) {
		problems_add(problems, "no Kubernetes API server is known: name a kubeconfig, or "
				       "run in a pod with a service account");
		return -EINVAL;
	}
	if (asprintf(&file, "%s/.kube/config", home) < 0)
		return -ENOMEM;
	if (access(file, F_OK) == 0) {
		error = kube_config_read(file, options->context, config, problems);
	} else {
		problems_add(problems,
			     "no Kubernetes API server is known: there is no %s, $KUBECONFIG is "
			     "not set, and this is no pod with a service account",
			     file);
		error = -EINVAL;
	}
	free(file);
	return error;
}

int kube_config_load(const struct kube_options *options, struct kube_config *config,
		     struct problems *problems)
{
	const char *files = options->kubeconfig ? options->kubeconfig : getenv("KUBECONFIG");

	if (files && *files)
		return kube_config_read(files, options->context, config, problems);
	if (getenv("KUBERNETES_SERVICE_HOST"))
		return kube_config_pod(KUBE_SERVICE_ACCOUNT, config, problems);
	return load_home(options, config, problems);
}

void kube_config_clear(struct kube_config *config)
{
	arena_clear(&config->arena);
	*config = (struct kube_config){0};
}
