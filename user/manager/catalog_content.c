// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/sha.h>
#include "user/lib/base64.h"
#include "user/lib/document_from_json.h"
#include "user/manager/catalog_state.h"

#define ETAG_BYTES 15 /* of the digest: 20 characters of base64 */
#define PROBLEM_MAX 4096 /* characters of a status' message */

_Static_assert(CATALOG_ETAG_SIZE >= BASE64_TEXT_SIZE(ETAG_BYTES) + 2, "with quotes and NUL");

static char *join(const struct problems *problems)
{
	char *joined = malloc(PROBLEM_MAX + 1);
	size_t used = 0;

	if (!joined)
		return NULL;
	joined[0] = '\0';
	for (size_t i = 0; i < problems->count && used < PROBLEM_MAX; i++)
		used += (size_t)snprintf(joined + used, PROBLEM_MAX + 1 - used, "%s%s",
					 used ? "; " : "", problems->texts[i]);
	return joined;
}

static int read_document(json_t *object, const char *name, struct object_set *set,
			 struct problems *problems)
{
	struct document document = {0};
	int error = document_from_json(object, &document);

	if (error == -EINVAL)
		problems_add(problems, "%s: nested too deeply", name);
	if (error)
		return error;
	error = object_set_add(set, document.roots, name, problems);
	document_clear(&document);
	if (!error && set->context_count != 1) {
		problems_add(problems, "%s: is no Context of a version that is known", name);
		error = -EINVAL;
	}
	return error;
}

int catalog_read_object(json_t *object, const char *name, struct object_context **context,
			char **problem)
{
	struct problems problems = {0};
	struct object_set set = {0};
	int error = read_document(object, name, &set, &problems);

	if (!error) {
		*context = object_context_copy(&set.contexts[0], NULL);
		error = *context ? 0 : -ENOMEM;
	} else if (error == -EINVAL) {
		*problem = join(&problems);
		error = *problem ? -EINVAL : -ENOMEM;
	}
	problems_clear(&problems);
	object_set_clear(&set);
	return error;
}

static int make_etag(json_t *object, char etag[CATALOG_ETAG_SIZE])
{
	json_t *metadata = json_object_get(object, "metadata");
	json_t *what = json_pack("{s:O?, s:O?, s:O?}", "spec", json_object_get(object, "spec"),
				 "labels", json_object_get(metadata, "labels"), "annotations",
				 json_object_get(metadata, "annotations"));
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char encoded[BASE64_TEXT_SIZE(ETAG_BYTES)];
	char *text = what ? json_dumps(what, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	json_decref(what);
	if (!text)
		return -ENOMEM;
	SHA256((const unsigned char *)text, strlen(text), digest);
	free(text);
	base64_format(digest, ETAG_BYTES, encoded);
	snprintf(etag, CATALOG_ETAG_SIZE, "\"%s\"", encoded);
	return 0;
}

static char *copy_text(json_t *value)
{
	const char *text = json_string_value(value);

	return strdup(text ? text : "");
}

/* What changes with every write. */
static int read_state(struct catalog_content *made, json_t *object)
{
	json_t *metadata = json_object_get(object, "metadata");

	made->generation = json_integer_value(json_object_get(metadata, "generation"));
	made->version = copy_text(json_object_get(metadata, "resourceVersion"));
	made->text = json_dumps(object, JSON_COMPACT);
	return made->version && made->text ? make_etag(object, made->etag) : -ENOMEM;
}

/* What clients write. */
static int read_wanted(struct catalog_content *made, json_t *object, const char *name)
{
	json_t *metadata = json_object_get(object, "metadata");
	json_t *labels = json_object_get(metadata, "labels");
	json_t *annotations = json_object_get(metadata, "annotations");
	int error = catalog_read_object(object, name, &made->context, &made->problem);

	if (error && error != -EINVAL)
		return error;
	made->owner = copy_text(json_object_get(annotations, OBJECT_ANNOTATION_OWNER));
	made->labels = json_deep_copy(labels);
	return made->owner && (made->labels || !labels) ? 0 : -ENOMEM;
}

static void take_over(struct catalog_content *made, struct catalog_content *from)
{
	made->context = from->context;
	made->problem = from->problem;
	made->owner = from->owner;
	made->labels = from->labels;
	from->context = NULL;
	from->problem = from->owner = NULL;
	from->labels = NULL;
}

int catalog_content_read(struct catalog_content *content, json_t *object, const char *name)
{
	struct catalog_content made = {0};
	int error = read_state(&made, object);

	if (!error && strcmp(made.etag, content->etag) == 0)
		take_over(&made, content);
	else if (!error)
		error = read_wanted(&made, object, name);
	if (error) {
		catalog_content_clear(&made);
		return error;
	}
	catalog_content_clear(content);
	*content = made;
	return 0;
}

void catalog_content_clear(struct catalog_content *content)
{
	free(content->context);
	free(content->problem);
	free(content->owner);
	json_decref(content->labels);
	free(content->version);
	free(content->text);
}
