// SPDX-License-Identifier: Apache-2.0
#include "user/manager/kube_token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "user/lib/clock.h"

#define CHECK_NS (10 * CLOCK_SECOND)
#define TOKEN_MAX (64 * 1024)

/* It goes into a header field: no white space within, no control character. */
static bool is_token(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (*text <= ' ' || *text == 0x7f)
			return false;
	return true;
}

static void replace(struct kube_token *token, char *text)
{
	if (token->text)
		explicit_bzero(token->text, strlen(token->text));
	free(token->text);
	token->text = text;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* NULL where it cannot be read or holds no token. */
static char *read_token(int fd)
{
	char *text = malloc(TOKEN_MAX + 1);
	ssize_t length;

	if (!text)
		return NULL;
	length = read(fd, text, TOKEN_MAX);
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		length--;
	if (length > 0) {
		text[length] = '\0';
		if (strlen(text) == (size_t)length && is_token(text))
			return text;
	}
	free(text);
	return NULL;
}

static void look(struct kube_token *token)
{
	int fd = open(token->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	char *text;

	token->checked = clock_monotonic();
	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    (!token->text || !is_same(&status, &token->status))) {
		text = read_token(fd);
		if (text) {
			replace(token, text);
			token->status = status;
		}
	}
	close(fd);
}

int kube_token_init(struct kube_token *token, const char *text, const char *file)
{
	*token = (struct kube_token){.file = file};
	if (file)
		look(token);
	else if (text && is_token(text)) {
		token->text = strdup(text);
		return token->text ? 0 : -ENOMEM;
	}
	return 0;
}

const char *kube_token_get(struct kube_token *token)
{
	if (token->file && (!token->checked || clock_monotonic() - token->checked >= CHECK_NS))
		look(token);
	return token->text;
}

void kube_token_refused(struct kube_token *token)
{
	token->checked = 0;
}

void kube_token_clear(struct kube_token *token)
{
	replace(token, NULL);
}
