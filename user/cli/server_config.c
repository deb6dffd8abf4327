// SPDX-License-Identifier: Apache-2.0
#include "user/cli/server_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "user/lib/field.h"

static const char *const names[] = {"server", "token",	     "tokenFile", "ca",
				    "key",    "certificate", NULL};

static void read_text(struct field_reader *reader, const struct field *root, const char *name,
		      char **text)
{
	struct field field = field_get(root, name);
	const char *value;

	if (!field.node)
		return;
	value = field_required_string(reader, &field);
	if (!value)
		return;
	*text = strdup(value);
	if (!*text)
		field_no_memory(reader);
}

static void read_path(struct field_reader *reader, const struct field *root, const char *name,
		      char **path)
{
	const char *slash = strrchr(reader->file, '/');
	char *joined;

	read_text(reader, root, name, path);
	if (!*path || **path == '/' || !slash)
		return;
	if (asprintf(&joined, "%.*s/%s", (int)(slash - reader->file), reader->file, *path) < 0) {
		field_no_memory(reader);
		return;
	}
	free(*path);
	*path = joined;
}

static void read_fields(struct field_reader *reader, const struct field *root,
			struct server_config *config)
{
	struct field token = field_get(root, "token"), token_file = field_get(root, "tokenFile");

	if (!field_mapping(reader, root))
		return;
	field_check_names(reader, root, names);
	read_text(reader, root, "server", &config->url);
	read_text(reader, root, "token", &config->token);
	read_path(reader, root, "tokenFile", &config->token_file);
	read_path(reader, root, "ca", &config->ca);
	read_path(reader, root, "certificate", &config->certificate);
	read_path(reader, root, "key", &config->key);
	if (token.node && token_file.node)
		field_problem(reader, &token_file, "there is a token already; remove one of them");
}

int server_config_read(const char *path, struct server_config *config, struct problems *problems)
{
	struct server_config read = {0};
	struct document document = {0};
	struct field_reader reader = {.file = path, .problems = problems};
	struct stat status;
	int error;

	if (stat(path, &status)) {
		if (errno != ENOENT && errno != ENOTDIR) {
			error = -errno;
			problems_add(problems, "%s: cannot be read: %s", path, strerror(errno));
			return error;
		}
		*config = read;
		return 0;
	}
	error = document_load(path, &document, problems);
	if (error)
		return error;
	reader.arena = &document.arena;
	if (document.root_count > 1) {
		problems_add(problems, "%s: has several documents; only one is allowed", path);
		reader.error = -EINVAL;
	} else if (document.root_count == 1 && !document_is_null(&document.roots[0])) {
		struct field root = {.node = &document.roots[0]};

		read_fields(&reader, &root, &read);
	}
	document_clear(&document);
	if (reader.error) {
		server_config_clear(&read);
		return reader.error;
	}
	read.exposed = read.token && status.st_mode & (S_IRWXG | S_IRWXO);
	*config = read;
	return 0;
}

void server_config_clear(struct server_config *config)
{
	if (config->token)
		explicit_bzero(config->token, strlen(config->token));
	free(config->url);
	free(config->token);
	free(config->token_file);
	free(config->ca);
	free(config->certificate);
	free(config->key);
	*config = (struct server_config){0};
}
