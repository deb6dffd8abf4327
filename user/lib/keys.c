// SPDX-License-Identifier: Apache-2.0
#include "user/lib/keys.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <shunt/siphash.h>

#define LABEL_PASSPORT "shunt passport"
#define LABEL_MARKER "shunt marker"

int keys_make(struct keys *keys)
{
	return getrandom(keys->root, sizeof(keys->root), 0) == sizeof(keys->root) ? 0 : -EIO;
}

/* The first 16 bytes of HMAC-SHA-256 (RFC 2104) with the root, so that no key tells another. */
static struct shunt_key derive(const struct keys *keys, const void *label, size_t length)
{
	unsigned char made[EVP_MAX_MD_SIZE];
	struct shunt_key key;

	/* It fails where there is no memory left; a key that can be guessed is no way out. */
	if (!HMAC(EVP_sha256(), keys->root, sizeof(keys->root), label, length, made, NULL))
		abort();
	memcpy(&key, made, sizeof(key));
	for (size_t i = 0; i < 2; i++)
		key.words[i] = le64toh(key.words[i]);
	explicit_bzero(made, sizeof(made));
	return key;
}

static void set_epoch(const struct keys *keys, __u32 epoch, struct shunt_keys *out)
{
	struct {
		char label[sizeof(LABEL_PASSPORT) - 1];
		unsigned char epoch[4];
	} message = {LABEL_PASSPORT,
		     {epoch >> 24, epoch >> 16 & 255, epoch >> 8 & 255, epoch & 255}};

	out->epochs[epoch & 1] = epoch;
	out->keys[epoch & 1] = derive(keys, &message, sizeof(message));
}

void keys_at(const struct keys *keys, __u64 now_ms, __u64 period_ms, struct shunt_keys *out,
	     __u64 *next_ms)
{
	/* With a period of a second, the shortest, its 32 bits last until the year 2106. */
	__u32 epoch = (__u32)(now_ms / period_ms) + 1;
	__u64 start = now_ms - now_ms % period_ms, middle = start + period_ms / 2;

	*out = (struct shunt_keys){.current = now_ms < middle ? epoch : epoch + 1};
	set_epoch(keys, epoch, out);
	set_epoch(keys, epoch + 1, out);
	*next_ms = now_ms < middle ? middle : start + period_ms;
}

__u64 keys_tag(const struct keys *keys, const char *context)
{
	struct shunt_key key = derive(keys, LABEL_MARKER, sizeof(LABEL_MARKER) - 1);
	__u64 words[(SHUNT_CONTEXT_NAME_MAX + 1) / sizeof(__u64)] = {0}, tag;

	memcpy(words, context, strnlen(context, SHUNT_CONTEXT_NAME_MAX));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		words[i] = le64toh(words[i]);
	tag = shunt_siphash(&key, words, sizeof(words) / sizeof(words[0]));
	explicit_bzero(&key, sizeof(key));
	return tag ? tag : 1;
}

const char *keys_format_marker(const char *context, __u64 tag, char text[KEYS_MARKER_SIZE])
{
	snprintf(text, KEYS_MARKER_SIZE, "%.*s.%0*llx", SHUNT_CONTEXT_NAME_MAX, context,
		 SHUNT_MARKER_TAG_DIGITS, tag);
	return text;
}

void keys_forget(struct keys *keys)
{
	explicit_bzero(keys, sizeof(*keys));
}
