// SPDX-License-Identifier: Apache-2.0
#include "user/lib/object_settings.h"

#include <string.h>
#include "user/lib/target.h"
#include "user/lib/text.h"

static const char *const target_names[] = {"service", "address", NULL};

/* "namespace/name:port", without port or namespace where these need not be said. */
static void read_service(struct field_reader *reader, const struct field *field,
			 struct object_target *out)
{
	const char *text = field_required_string(reader, field);
	const char *slash = text ? strchr(text, '/') : NULL;
	const char *name = slash ? slash + 1 : text;
	size_t length = text ? strcspn(name, ":") : 0;

	if (!text)
		return;
	out->namespace =
		slash ? arena_copy(reader->arena, text, (size_t)(slash - text)) : "default";
	out->service = arena_copy(reader->arena, name, length);
	out->port = name[length] ? name + length + 1 : NULL;
	if (!out->namespace || !out->service)
		field_no_memory(reader);
	else if (!text_is_dns_label(out->namespace) || !text_is_dns_label(out->service) ||
		 (out->port && !text_is_dns_label(out->port)))
		field_problem(reader, field,
			      "has to be namespace/name, or namespace/name:port, each of a-z 0-9 "
			      "and -, but is \"%s\"",
			      text);
}

static void read_address(struct field_reader *reader, const struct field *field,
			 struct object_target *out)
{
	const char *text = field_required_string(reader, field);
	enum target_refusal refusal;

	if (!text)
		return;
	if (address_parse_endpoint(text, &out->endpoint)) {
		field_problem(reader, field, "has to be ip:port or [ipv6]:port, but is \"%s\"",
			      text);
		return;
	}
	refusal = target_refuse_address(&out->endpoint.address);
	if (refusal)
		field_problem(reader, field, "%s is no target: %s", text,
			      target_refusal_text(refusal));
}

static bool is_same(const struct object_target *a, const struct object_target *b)
{
	return !address_compare_endpoint(&a->endpoint, &b->endpoint) &&
	       !strcmp(a->service, b->service) && !strcmp(a->namespace, b->namespace) &&
	       (a->port && b->port ? !strcmp(a->port, b->port) : a->port == b->port);
}

static void read_target(struct field_reader *reader, const struct field *entry,
			struct object_settings *settings, struct object_target *out)
{
	struct field service = field_get(entry, "service");
	struct field address = field_get(entry, "address");

	if (!entry->node)
		field_problem(reader, entry, "is empty; remove it");
	if (!field_mapping(reader, entry))
		return;
	field_check_names(reader, entry, target_names);
	read_service(reader, &service, out);
	read_address(reader, &address, out);
	if (reader->error)
		return;
	for (size_t i = 0; i < settings->target_count; i++)
		if (is_same(&settings->targets[i], out))
			field_problem(reader, entry,
				      "is there already, as targets[%zu]; remove one", i);
	settings->target_count++;
}

void object_settings_targets(struct field_reader *reader, const struct field *spec,
			     struct object_settings *settings)
{
	struct field list = field_get(spec, "targets");
	size_t count = object_settings_list(reader, &list, OBJECT_TARGETS_MAX);
	struct object_target *items = arena_alloc(reader->arena, count * sizeof(*items));

	if (!items) {
		field_no_memory(reader);
		return;
	}
	settings->targets = items;
	for (size_t i = 0; i < count; i++) {
		struct field entry = field_item(&list, i);

		read_target(reader, &entry, settings, &items[settings->target_count]);
	}
}
