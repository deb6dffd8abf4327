// SPDX-License-Identifier: Apache-2.0
#include "user/manager/kube_body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 4096

int kube_body_add(struct kube_body *body, const void *bytes, size_t length, size_t limit)
{
	size_t wanted = body->capacity ? body->capacity : FIRST_CAPACITY;
	char *grown;

	if (length > limit || body->length > limit - length)
		return -EMSGSIZE;
	while (wanted < body->length + length)
		wanted *= 2;
	if (wanted != body->capacity) {
		grown = realloc(body->bytes, wanted);
		if (!grown)
			return -ENOMEM;
		body->bytes = grown;
		body->capacity = wanted;
	}
	memcpy(body->bytes + body->length, bytes, length);
	body->length += length;
	return 0;
}

/* Annotations may hold a NUL, and one object must not make a whole list unreadable. */
json_t *kube_json(const char *bytes, size_t length)
{
	return length ? json_loadb(bytes, length, JSON_ALLOW_NUL, NULL) : NULL;
}

void kube_body_clear(struct kube_body *body)
{
	free(body->bytes);
	*body = (struct kube_body){0};
}
