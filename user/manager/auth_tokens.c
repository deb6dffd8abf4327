// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include "user/lib/array.h"
#include "user/lib/log.h"
#include "user/manager/auth_state.h"

#define TOKENS_MAX 10000
#define HASH_PREFIX "sha256:"
#define SPACE " \t"

struct auth_token {
	enum auth_role role;
	uint8_t hash[AUTH_HASH_SIZE];
	char name[AUTH_NAME_SIZE];
};

enum auth_role auth_role_parse(const char *name, size_t length)
{
	static const struct {
		const char *name;
		enum auth_role role;
	} roles[] = {{"reader", AUTH_READER},
		     {"editor", AUTH_EDITOR},
		     {"admin", AUTH_ADMIN},
		     {"agent", AUTH_AGENT}};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strlen(roles[i].name) == length && !memcmp(roles[i].name, name, length))
			return roles[i].role;
	return AUTH_NONE;
}

void auth_hash_bytes(const char *token, size_t length, uint8_t hash[AUTH_HASH_SIZE])
{
	SHA256((const unsigned char *)token, length, hash);
}

void auth_hash(const char *token, char text[AUTH_HASH_TEXT_SIZE])
{
	uint8_t hash[AUTH_HASH_SIZE];
	int length = sprintf(text, HASH_PREFIX);

	auth_hash_bytes(token, strlen(token), hash);
	for (size_t i = 0; i < AUTH_HASH_SIZE; i++)
		length += sprintf(text + length, "%02x", hash[i]);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads "sha256:" and 64 hexadecimal digits. */
static bool read_hash(const char *text, size_t length, uint8_t hash[AUTH_HASH_SIZE])
{
	const size_t prefix = strlen(HASH_PREFIX);

	if (length != prefix + 2 * AUTH_HASH_SIZE || strncmp(text, HASH_PREFIX, prefix) != 0)
		return false;
	for (size_t i = 0; i < AUTH_HASH_SIZE; i++) {
		int high = hex_digit(text[prefix + 2 * i]);
		int low = hex_digit(text[prefix + 2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		hash[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool is_name(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isgraph((unsigned char)text[i]))
			return false;
	return length > 0 && length < AUTH_NAME_SIZE;
}

/* Returns what is wrong with a line, or NULL. Never says more of it than its place: it may be a token. */
static const char *read_line(const char *line, struct auth_token *token)
{
	const char *role = line, *name, *hash, *end;
	size_t role_length = strcspn(role, SPACE), name_length, hash_length;

	name = role + role_length + strspn(role + role_length, SPACE);
	name_length = strcspn(name, SPACE);
	hash = name + name_length + strspn(name + name_length, SPACE);
	hash_length = strcspn(hash, SPACE);
	end = hash + hash_length + strspn(hash + hash_length, SPACE);
	token->role = auth_role_parse(role, role_length);
	if (token->role == AUTH_NONE)
		return "has to begin with a role: reader, editor, admin or agent";
	if (!is_name(name, name_length))
		return "has to name the token's owner after the role, in up to 255 printable "
		       "ASCII characters";
	if (!read_hash(hash, hash_length, token->hash))
		return "has to give sha256: and 64 hexadecimal digits after the name, as "
		       "shunt-manager --hash-token prints them";
	if (*end)
		return "has to end after the hash";
	memcpy(token->name, name, name_length);
	return NULL;
}

static int add(struct auth_tokens *tokens, const struct auth_token *token, const char *file,
	       size_t line, struct problems *problems)
{
	for (size_t i = 0; i < tokens->count; i++) {
		if (memcmp(tokens->items[i].hash, token->hash, AUTH_HASH_SIZE) != 0)
			continue;
		problems_add(problems, "%s:%zu: the token is there already, of %s", file, line,
			     tokens->items[i].name);
		return -EINVAL;
	}
	if (tokens->count == TOKENS_MAX) {
		problems_add(problems, "%s:%zu: more than %d tokens", file, line, TOKENS_MAX);
		return -EINVAL;
	}
	if (array_grow(&tokens->items, &tokens->capacity, tokens->count, sizeof(*token)))
		return -ENOMEM;
	tokens->items[tokens->count++] = *token;
	return 0;
}

static int read_lines(FILE *stream, const char *file, struct auth_tokens *tokens,
		      struct problems *problems)
{
	char *line = NULL;
	size_t size = 0, number = 0;
	ssize_t length;
	int error = 0;

	while (error != -ENOMEM && (length = getline(&line, &size, stream)) >= 0) {
		struct auth_token token = {0};
		const char *start, *wrong;

		number++;
		if (length && line[length - 1] == '\n')
			line[--length] = '\0';
		start = line + strspn(line, SPACE);
		if (!*start || *start == '#')
			continue;
		wrong = strlen(line) == (size_t)length ? read_line(start, &token) : "has a NUL";
		if (wrong) {
			problems_add(problems, "%s:%zu: %s", file, number, wrong);
			error = -EINVAL;
			continue;
		}
		if (add(tokens, &token, file, number, problems))
			error = -EINVAL;
	}
	if (line)
		OPENSSL_cleanse(line, size);
	free(line);
	return ferror(stream) ? -EIO : error;
}

int auth_tokens_read(const char *file, struct auth_tokens *tokens, struct problems *problems)
{
	struct auth_tokens read = {0};
	FILE *stream = fopen(file, "re");
	struct stat status;
	int error;

	if (!stream || fstat(fileno(stream), &status)) {
		error = -errno;
		problems_add(problems, "%s: %s", file, strerror(-error));
		goto out;
	}
	if (status.st_mode & S_IWOTH) {
		problems_add(problems, "%s: may be written by everybody; chmod 600 it", file);
		error = -EINVAL;
		goto out;
	}
	if (status.st_mode & S_IROTH)
		log_line("%s: may be read by everybody; chmod 600 it", file);
	error = read_lines(stream, file, &read, problems);
	if (error && !problems->count)
		problems_add(problems, "%s: %s", file, strerror(-error));
out:
	if (stream)
		fclose(stream);
	if (error) {
		auth_tokens_clear(&read);
		return error;
	}
	auth_tokens_clear(tokens);
	*tokens = read;
	return 0;
}

void auth_tokens_clear(struct auth_tokens *tokens)
{
	free(tokens->items);
	*tokens = (struct auth_tokens){0};
}

bool auth_tokens_find(const struct auth_tokens *tokens, const uint8_t hash[AUTH_HASH_SIZE],
		      struct auth_identity *identity)
{
	const struct auth_token *found = NULL;

	for (size_t i = 0; i < tokens->count; i++)
		if (!CRYPTO_memcmp(tokens->items[i].hash, hash, AUTH_HASH_SIZE))
			found = &tokens->items[i];
	if (!found)
		return false;
	*identity = (struct auth_identity){.role = found->role};
	memcpy(identity->name, found->name, sizeof(identity->name));
	return true;
}
