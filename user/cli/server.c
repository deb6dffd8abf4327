// SPDX-License-Identifier: Apache-2.0
#include "user/cli/server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/cli/server_config.h"
#include "user/lib/log.h"

enum {
	KEY_MANIFESTS = 1500,
	KEY_SERVER,
	KEY_TOKEN_FILE,
	KEY_CA,
	KEY_CERTIFICATE,
	KEY_KEY,
};

const struct argp_option server_option_table[] = {
	{"server", KEY_SERVER, "URL", 0, "The manager, as https://shunt.example.com:9871", 0},
	{"token-file", KEY_TOKEN_FILE, "FILE", 0, "The file of the token that says who asks", 0},
	{"ca", KEY_CA, "FILE", 0, "Certificates (PEM) that the manager's is checked against", 0},
	{"certificate", KEY_CERTIFICATE, "FILE", 0, "A client certificate (PEM)", 0},
	{"key", KEY_KEY, "FILE", 0, "The key of the client certificate (PEM)", 0},
	{"manifests", KEY_MANIFESTS, "DIR", 0,
	 "Work on contexts in a directory of manifests instead of a manager's", 0},
	{0},
};

int server_option(struct server_options *options, int key, const char *value)
{
	switch (key) {
	case KEY_MANIFESTS:
		options->manifests = value;
		return 0;
	case KEY_SERVER:
		options->url = value;
		return 0;
	case KEY_TOKEN_FILE:
		options->token_file = value;
		return 0;
	case KEY_CA:
		options->ca = value;
		return 0;
	case KEY_CERTIFICATE:
		options->certificate = value;
		return 0;
	case KEY_KEY:
		options->key = value;
		return 0;
	default:
		return -EINVAL;
	}
}

/* A variable that is set to nothing is not set. */
static const char *get_variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int config_path(char path[PATH_MAX])
{
	const char *base = get_variable("XDG_CONFIG_HOME"), *home = get_variable("HOME");
	int length;

	/* The specification has relative ones ignored. */
	if (base && *base == '/')
		length = snprintf(path, PATH_MAX, "%s/shunt/config.yaml", base);
	else if (home)
		length = snprintf(path, PATH_MAX, "%s/.config/shunt/config.yaml", home);
	else
		return -ENOENT;
	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int read_config(struct server_config *config)
{
	struct problems problems = {0};
	char path[PATH_MAX];
	int error;

	*config = (struct server_config){0};
	if (config_path(path))
		return 0;
	error = server_config_read(path, config, &problems);
	for (size_t i = 0; i < problems.count; i++)
		log_line("%s", problems.texts[i]);
	problems_clear(&problems);
	if (!error && config->exposed)
		log_line("%s has a token and can be read by others; run: chmod 600 %s", path, path);
	return error;
}

/* A header field's value: visible ASCII. White space around it is not part of it. */
static int take_token(const char *text, const char *source, char **token)
{
	size_t start = strspn(text, " \t\r\n"), length = strcspn(text + start, " \t\r\n");
	bool whole = !text[start + length + strspn(text + start + length, " \t\r\n")];

	for (size_t i = start; whole && i < start + length; i++)
		whole = text[i] > ' ' && text[i] <= '~';
	if (!whole || !length || length > SERVER_TOKEN_MAX) {
		log_line("%s: has to be one token, of visible ASCII characters", source);
		return -EINVAL;
	}
	*token = strndup(text + start, length);
	return *token ? 0 : -ENOMEM;
}

static int read_token(const char *path, char **token)
{
	char text[SERVER_TOKEN_MAX + 3]; /* a line end and a NUL */
	ssize_t length = -1;
	int fd, error;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0)
		length = read(fd, text, sizeof(text) - 1);
	error = -errno;
	if (fd >= 0)
		close(fd);
	if (length < 0) {
		log_line("the token cannot be read from %s: %s", path, strerror(-error));
		return error;
	}
	text[length] = '\0';
	error = take_token(text, path, token);
	explicit_bzero(text, sizeof(text));
	return error;
}

static int find_token(const struct server_options *options, const struct server_config *config,
		      char **token)
{
	if (options->token_file)
		return read_token(options->token_file, token);
	if (get_variable("SHUNT_TOKEN"))
		return take_token(get_variable("SHUNT_TOKEN"), "SHUNT_TOKEN", token);
	if (get_variable("SHUNT_TOKEN_FILE"))
		return read_token(get_variable("SHUNT_TOKEN_FILE"), token);
	if (config->token)
		return take_token(config->token, "token in config.yaml", token);
	return config->token_file ? read_token(config->token_file, token) : 0;
}

/* The first of the three that there is, or NULL; *error is set for want of memory. */
static char *choose(const char *option, const char *variable, const char *configured, int *error)
{
	const char *value = option ? option : get_variable(variable);
	char *copy;

	value = value ? value : configured;
	copy = value ? strdup(value) : NULL;
	if (value && !copy)
		*error = -ENOMEM;
	return copy;
}

static int check_url(char *url)
{
	size_t length;

	if (!url)
		return -EDESTADDRREQ;
	if (strncmp(url, "http://", 7) && strncmp(url, "https://", 8)) {
		log_line("the manager's URL has to begin with https:// or http://: %s", url);
		return -EINVAL;
	}
	/* What is before an @ would be a password. */
	if (strpbrk(url, "?#@ ")) {
		log_line("the manager's URL must have no ? # @ or space");
		return -EINVAL;
	}
	length = strlen(url);
	while (url[length - 1] == '/')
		url[--length] = '\0';
	return 0;
}

int server_find(const struct server_options *options, struct server *server)
{
	struct server_config config;
	struct server found = {0};
	int error;

	error = read_config(&config);
	if (error)
		return error;
	found.url = choose(options->url, "SHUNT_SERVER", config.url, &error);
	found.ca = choose(options->ca, "SHUNT_CA", config.ca, &error);
	found.certificate =
		choose(options->certificate, "SHUNT_CERTIFICATE", config.certificate, &error);
	found.key = choose(options->key, "SHUNT_KEY", config.key, &error);
	if (!error)
		error = check_url(found.url);
	if (!error)
		error = find_token(options, &config, &found.token);
	server_config_clear(&config);
	if (error)
		server_clear(&found);
	else
		*server = found;
	return error;
}

void server_clear(struct server *server)
{
	if (server->token)
		explicit_bzero(server->token, strlen(server->token));
	free(server->url);
	free(server->token);
	free(server->ca);
	free(server->certificate);
	free(server->key);
	*server = (struct server){0};
}
