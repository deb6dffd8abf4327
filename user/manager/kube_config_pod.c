// SPDX-License-Identifier: Apache-2.0
/* How a pod reaches the API server, as client-go does it (rest.InClusterConfig). */
#include "user/manager/kube_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *join(struct arena *arena, const char *format, const char *a, const char *b)
{
	int length = snprintf(NULL, 0, format, a, b);
	char *text = arena_alloc(arena, (size_t)length + 1);

	if (text)
		snprintf(text, (size_t)length + 1, format, a, b);
	return text;
}

/* The namespace, where there is one. */
static const char *read_namespace(struct arena *arena, const char *file)
{
	char text[256];
	ssize_t length;
	int fd;

	fd = open(file, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (fd >= 0)
		close(fd);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		length--;
	return length > 0 ? arena_copy(arena, text, (size_t)length) : "default";
}

static int fill(const char *directory, const char *host, const char *port,
		struct kube_config *config)
{
	struct arena *arena = &config->arena;
	const char *file = join(arena, "%s/%s", directory, "namespace");

	config->server =
		join(arena, strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port);
	config->tls.ca_file = join(arena, "%s/%s", directory, "ca.crt");
	config->token_file = join(arena, "%s/%s", directory, "token");
	config->namespace = file ? read_namespace(arena, file) : NULL;
	if (!config->server || !config->tls.ca_file || !config->token_file || !config->namespace)
		return -ENOMEM;
	return 0;
}

int kube_config_pod(const char *directory, struct kube_config *config, struct problems *problems)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST");
	const char *port = getenv("KUBERNETES_SERVICE_PORT_HTTPS");
	struct kube_config made = {0};
	int error;

	if (!port)
		port = getenv("KUBERNETES_SERVICE_PORT");
	if (!host || !*host || !port || !*port) {
		problems_add(problems, "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are "
				       "not set, as they are in a pod");
		return -EINVAL;
	}
	error = fill(directory, host, port, &made);
	if (!error)
		error = kube_config_check(&made, "service account", problems);
	if (error)
		kube_config_clear(&made);
	else
		*config = made;
	return error;
}
