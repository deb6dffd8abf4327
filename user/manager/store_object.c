// SPDX-License-Identifier: Apache-2.0
#include "user/manager/store_object.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "user/lib/text.h"

const char *store_object_name(json_t *object)
{
	return json_string_value(json_object_get(json_object_get(object, "metadata"), "name"));
}

uint64_t store_object_revision(json_t *object)
{
	json_t *metadata = json_object_get(object, "metadata");
	const char *text = json_string_value(json_object_get(metadata, "resourceVersion"));
	char *end;
	uint64_t revision;

	if (!text || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	revision = strtoull(text, &end, 10);
	return errno || *end ? 0 : revision;
}

const char *store_object_check(json_t *object)
{
	const char *name = store_object_name(object);

	if (name && text_ends_in_tag(name))
		return "metadata.name ends like a signed marker, in \".\" and 16 hexadecimal "
		       "digits";
	if (!name || !text_is_context_name(name))
		return "metadata.name has to be 1 to 63 of a-z 0-9 - _ .";
	if (!json_is_object(json_object_get(object, "spec")))
		return "spec has to be an object";
	if (json_dumpb(object, NULL, 0, JSON_COMPACT) > STORE_OBJECT_BYTES_MAX)
		return "the object is larger than 1 MiB; use fewer overrides, labels or "
		       "annotations";
	return NULL;
}

static int copy_member(json_t *from, json_t *to, const char *key)
{
	json_t *value = json_object_get(from, key);

	if (!value || json_is_null(value) || (json_is_object(value) && !json_object_size(value)))
		return 0;
	return json_object_set_new(to, key, json_deep_copy(value));
}

json_t *store_object_wanted(json_t *object)
{
	static const char *const keys[] = {"name", "namespace", "labels", "annotations"};
	json_t *from = json_object_get(object, "metadata"), *metadata = json_object();
	json_t *wanted;
	int error = metadata ? 0 : -1;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		error |= copy_member(from, metadata, keys[i]);
	wanted = json_pack("{s:s, s:s, s:o}", "apiVersion", STORE_API_VERSION, "kind", "Context",
			   "metadata", metadata);
	/* An empty spec is kept: it has to be there. */
	error |= json_object_set_new(wanted, "spec",
				     json_deep_copy(json_object_get(object, "spec")));
	if (!error)
		return wanted;
	json_decref(wanted);
	return NULL;
}

/* A bare service is looked for in the object's namespace: that is part of what it means. */
bool store_object_same_spec(json_t *a, json_t *b)
{
	json_t *a_namespace = json_object_get(json_object_get(a, "metadata"), "namespace");
	json_t *b_namespace = json_object_get(json_object_get(b, "metadata"), "namespace");

	if (!a_namespace != !b_namespace || (a_namespace && !json_equal(a_namespace, b_namespace)))
		return false;
	return json_equal(json_object_get(a, "spec"), json_object_get(b, "spec"));
}

int store_object_fill(json_t *object, const struct store_object_facts *facts, json_t *status)
{
	json_t *metadata = json_object_get(object, "metadata");
	char revision[24];
	int error;

	snprintf(revision, sizeof(revision), "%" PRIu64, facts->revision);
	error = json_object_set_new(metadata, "uid", json_string(facts->uid));
	error |= json_object_set_new(metadata, "creationTimestamp", json_string(facts->created));
	error |= json_object_set_new(metadata, "generation",
				     json_integer((json_int_t)facts->generation));
	error |= json_object_set_new(metadata, "resourceVersion", json_string(revision));
	if (status)
		error |= json_object_set(object, "status", status);
	return error ? -ENOMEM : 0;
}

const char *store_object_time(uint64_t wall, char text[FORMAT_SIZE])
{
	/* Up to the fraction. */
	strcpy(strchr(format_timestamp(wall, text), '.'), "Z");
	return text;
}

int store_object_uid(char text[STORE_UID_SIZE])
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -EIO;
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	for (size_t i = 0, at = 0; i < sizeof(bytes); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[at++] = '-';
		at += (size_t)snprintf(text + at, STORE_UID_SIZE - at, "%02x", bytes[i]);
	}
	return 0;
}
