// SPDX-License-Identifier: Apache-2.0
/* A cluster's and a user's fields in a kubeconfig. */
#include "user/manager/kube_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/base64.h"
#include "user/lib/field.h"

/* A path is relative to the directory of the file that it stands in. */
static const char *resolve_path(struct field_reader *reader, const char *path)
{
	const char *slash = strrchr(reader->file, '/');
	size_t prefix = slash ? (size_t)(slash - reader->file) + 1 : 0;
	char *joined;

	if (!path || path[0] == '/' || !prefix)
		return path;
	joined = arena_alloc(reader->arena, prefix + strlen(path) + 1);
	if (!joined) {
		field_no_memory(reader);
		return NULL;
	}
	memcpy(joined, reader->file, prefix);
	strcpy(joined + prefix, path);
	return joined;
}

/* NULL where it is absent or empty. */
static const char *read_text(struct field_reader *reader, const struct field *parent,
			     const char *key)
{
	struct field field = field_get(parent, key);
	const char *text = field_string(reader, &field);

	return text && text[0] ? text : NULL;
}

/* Decodes base64 as text. */
static const char *read_data(struct field_reader *reader, const struct field *parent,
			     const char *key)
{
	struct field field = field_get(parent, key);
	const char *text = read_text(reader, parent, key);
	size_t length = text ? strlen(text) : 0, size, bad;
	char *bytes;

	if (!text)
		return NULL;
	bytes = arena_alloc(reader->arena, BASE64_BYTES_MAX(length) + 1);
	if (!bytes) {
		field_no_memory(reader);
		return NULL;
	}
	if (base64_parse(text, length, (__u8 *)bytes, &size, &bad)) {
		field_problem(reader, &field, "is no base64");
		return NULL;
	}
	bytes[size] = '\0';
	return bytes;
}

static void refuse(struct field_reader *reader, const struct field *parent, const char *key,
		   const char *reason)
{
	struct field field = field_get(parent, key);

	if (field.node)
		field_problem(reader, &field, "%s", reason);
}

static void read_server(struct field_reader *reader, const struct field *root,
			struct kube_config *config)
{
	struct field field = field_get(root, "server");
	const char *server = field_required_string(reader, &field);
	size_t length = server ? strlen(server) : 0;

	while (length && server[length - 1] == '/')
		length--;
	if (!server)
		return;
	config->server = arena_copy(reader->arena, server, length);
	if (!config->server)
		field_no_memory(reader);
}

int kube_config_cluster(const struct document_node *cluster, const char *file,
			struct kube_config *config, struct problems *problems)
{
	struct field_reader reader = {.file = file, .arena = &config->arena, .problems = problems};
	struct field root = {.node = cluster};
	struct field insecure = field_get(&root, "insecure-skip-tls-verify");
	struct fetch_tls *tls = &config->tls;

	read_server(&reader, &root, config);
	tls->ca_file = resolve_path(&reader, read_text(&reader, &root, "certificate-authority"));
	tls->ca_data = read_data(&reader, &root, "certificate-authority-data");
	tls->server_name = read_text(&reader, &root, "tls-server-name");
	tls->insecure = field_boolean(&reader, &insecure, false);
	if (tls->insecure && (tls->ca_file || tls->ca_data))
		field_problem(&reader, &insecure,
			      "cannot be true where there is a certificate-authority as well");
	refuse(&reader, &root, "proxy-url", "proxies are not supported; remove it");
	return reader.error;
}

int kube_config_user(const struct document_node *user, const char *file, struct kube_config *config,
		     struct problems *problems)
{
	static const char *const plugin =
		"programs that make credentials are not run; write a token, tokenFile or "
		"client-certificate, for instance of a service account";
	struct field_reader reader = {.file = file, .arena = &config->arena, .problems = problems};
	struct field root = {.node = user};
	struct fetch_tls *tls = &config->tls;

	tls->certificate_file =
		resolve_path(&reader, read_text(&reader, &root, "client-certificate"));
	tls->certificate_data = read_data(&reader, &root, "client-certificate-data");
	tls->key_file = resolve_path(&reader, read_text(&reader, &root, "client-key"));
	tls->key_data = read_data(&reader, &root, "client-key-data");
	config->token_file = resolve_path(&reader, read_text(&reader, &root, "tokenFile"));
	/* As with client-go, the file counts where there are both. */
	config->token = config->token_file ? NULL : read_text(&reader, &root, "token");
	refuse(&reader, &root, "exec", plugin);
	refuse(&reader, &root, "auth-provider", plugin);
	refuse(&reader, &root, "username",
	       "API servers do not take passwords any more; write a token or client-certificate");
	refuse(&reader, &root, "as", "impersonation is not supported; remove it");
	return reader.error;
}
