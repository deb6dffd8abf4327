// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include <shunt/markers.h>
#include "user/lib/object_read.h"
#include "user/lib/target.h"
#include "user/lib/text.h"

static const char *const spec_names[] = {"description", "overrides", "config",
					 "expires",	"signed",    NULL};
static const char *const override_names[] = {"service", "sha",		 "pod",
					     "address", "onUnreachable", NULL};

static void read_sha(struct field_reader *reader, const struct field *field,
		     struct object_override *out)
{
	out->kind = OBJECT_OVERRIDE_SHA;
	out->target = field_required_string(reader, field);
	if (out->target && !text_is_label_value(out->target))
		field_problem(reader, field,
			      "has to be the value of the pods' label " OBJECT_LABEL_SHA
			      ", 1 to 63 of A-Z a-z 0-9 - _ ., but is \"%s\"",
			      out->target);
}

static void read_pod(struct field_reader *reader, const struct field *field,
		     struct object_override *out)
{
	out->kind = OBJECT_OVERRIDE_POD;
	out->target = field_required_string(reader, field);
	if (out->target && !text_is_dns_name(out->target))
		field_problem(reader, field,
			      "has to be the name of a pod in the service's namespace, "
			      "but is \"%s\"",
			      out->target);
}

static void read_address(struct field_reader *reader, const struct field *field,
			 struct object_override *out)
{
	out->kind = OBJECT_OVERRIDE_ADDRESS;
	out->target = field_required_string(reader, field);
	if (!out->target)
		return;
	if (address_parse_endpoint(out->target, &out->address))
		field_problem(reader, field, "has to be ip:port or [ipv6]:port, but is \"%s\"",
			      out->target);
	else if (target_refuse_address(&out->address.address))
		field_problem(reader, field, "%s is no target: %s", out->target,
			      target_refusal_text(target_refuse_address(&out->address.address)));
}

static void read_target(struct field_reader *reader, const struct field *override,
			struct object_override *out)
{
	struct field sha = field_get(override, "sha");
	struct field pod = field_get(override, "pod");
	struct field address = field_get(override, "address");
	int given = !!sha.node + !!pod.node + !!address.node;

	if (given != 1) {
		field_problem(reader, override, "has %s of sha, pod and address; give exactly one",
			      given ? "several" : "none");
		return;
	}
	if (sha.node)
		read_sha(reader, &sha, out);
	else if (pod.node)
		read_pod(reader, &pod, out);
	else
		read_address(reader, &address, out);
}

static void read_on_unreachable(struct field_reader *reader, const struct field *override,
				struct object_override *out)
{
	struct field field = field_get(override, "onUnreachable");

	out->on_unreachable = SHUNT_UNREACHABLE_ERROR;
	if (field_equals(&field, "main"))
		out->on_unreachable = SHUNT_UNREACHABLE_MAIN;
	else if (field.node && !field_equals(&field, "error"))
		field_problem(reader, &field, "has to be error or main");
}

static bool is_same_service(const struct object_override *a, const struct object_override *b)
{
	return a->service && b->service && !strcmp(a->service, b->service) &&
	       !strcmp(a->namespace, b->namespace);
}

static void read_override(struct field_reader *reader, const struct field *override,
			  const struct object_context *context, struct object_override *out)
{
	struct field service = field_get(override, "service");

	if (!override->node) {
		field_problem(reader, override, "is empty; remove it");
		return;
	}
	if (!field_mapping(reader, override))
		return;
	field_check_names(reader, override, override_names);
	object_read_service_name(reader, &service, context->meta.namespace, &out->namespace,
				 &out->service);
	read_target(reader, override, out);
	read_on_unreachable(reader, override, out);
	for (const struct object_override *other = context->overrides; other < out; other++) {
		if (is_same_service(other, out))
			field_problem(reader, override,
				      "service %s/%s is overridden already, by overrides[%td]",
				      out->namespace, out->service, other - context->overrides);
	}
}

static void read_overrides(struct field_reader *reader, const struct field *spec,
			   struct object_context *context)
{
	struct field list = field_get(spec, "overrides");
	size_t count = field_sequence(reader, &list);
	struct object_override *items;

	if (count > OBJECT_OVERRIDES_MAX) {
		field_problem(reader, &list, "has %zu items; at most %d are allowed", count,
			      OBJECT_OVERRIDES_MAX);
		return;
	}
	items = arena_alloc(reader->arena, count * sizeof(*items));
	if (!items) {
		field_no_memory(reader);
		return;
	}
	context->overrides = items;
	for (size_t i = 0; i < count; i++) {
		struct field override = field_item(&list, i);

		read_override(reader, &override, context, &items[i]);
		context->override_count++;
	}
}

static void read_expires(struct field_reader *reader, const struct field *spec,
			 struct object_context *context)
{
	struct field field = field_get(spec, "expires");
	const char *text = field_string(reader, &field);

	if (!text)
		return;
	if (text_parse_time(text, &context->expires))
		field_problem(reader, &field,
			      "has to be an RFC 3339 time such as \"2026-12-01T00:00:00Z\", "
			      "but is \"%s\"",
			      text);
	else if (context->expires <= 0)
		context->expires = 1; /* long over, where 0 would be never */
}

/* Values for applications, carried for them: here they are only checked. */
static void check_config(struct field_reader *reader, const struct field *spec)
{
	struct field config = field_get(spec, "config");
	struct object_labels values = {0};

	object_read_labels(reader, &config, &values);
}

static void check_length(struct field_reader *reader, const struct field *field, size_t most)
{
	const struct document_node *node = field->node;

	if (node && node->type == DOCUMENT_SCALAR && node->count > most)
		field_problem(reader, field, "has %u bytes; at most %zu are allowed", node->count,
			      most);
}

/* What is there for people only. */
static void check_texts(struct field_reader *reader, const struct field *metadata,
			const struct field *spec)
{
	struct field description = field_get(spec, "description");
	struct field labels = field_get(metadata, "labels");
	struct field annotations = field_get(metadata, "annotations");
	struct field owner = field_get(&annotations, OBJECT_ANNOTATION_OWNER);
	struct object_labels texts = {0};

	object_read_labels(reader, &labels, &texts);
	object_read_labels(reader, &annotations, &texts);
	field_string(reader, &description);
	check_length(reader, &description, OBJECT_DESCRIPTION_MAX);
	check_length(reader, &owner, OBJECT_OWNER_MAX);
}

static void check_name(struct field_reader *reader, const struct field *field, const char *name)
{
	if (!name || text_is_context_name(name))
		return;
	if (text_ends_in_tag(name))
		field_problem(reader, field,
			      "ends like a signed marker, in \".\" and %d hexadecimal digits; "
			      "choose another name than \"%s\"",
			      SHUNT_MARKER_TAG_DIGITS, name);
	else
		field_problem(reader, field, "has to be 1 to 63 of a-z 0-9 - _ ., but is \"%s\"",
			      name);
}

void object_read_context(struct field_reader *reader, const struct field *root,
			 struct object_context *context)
{
	struct field metadata = field_get(root, "metadata");
	struct field name = field_get(&metadata, "name");
	struct field spec = field_get(root, "spec");
	struct field is_signed = field_get(&spec, "signed");

	object_read_own_meta(reader, root, &context->meta);
	check_name(reader, &name, context->meta.name);
	if (!spec.node)
		field_problem(reader, &spec, "is missing");
	if (!context->meta.namespace || !field_mapping(reader, &spec))
		return;
	field_check_names(reader, &spec, spec_names);
	read_overrides(reader, &spec, context);
	check_config(reader, &spec);
	check_texts(reader, &metadata, &spec);
	read_expires(reader, &spec, context);
	context->is_signed = field_boolean(reader, &is_signed, false);
}
