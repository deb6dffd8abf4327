// SPDX-License-Identifier: Apache-2.0
#include "user/lib/object_settings.h"

#include <string.h>

static const char *const fence_names[] = {"mode", "allowedSources", "services", NULL};
static const char *const service_names[] = {"service", "mode", NULL};

static const char *const modes[] = {
	[SHUNT_FENCE_OFF] = "off",
	[SHUNT_FENCE_OBSERVE] = "observe",
	[SHUNT_FENCE_ENFORCE] = "enforce",
};

/* As a text, whatever YAML takes it for: there, a bare off is a boolean. */
static __u8 read_mode(struct field_reader *reader, const struct field *field)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (field_equals(field, modes[i]))
			return (__u8)i;
	field_problem(reader, field, "has to be enforce, observe or off");
	return SHUNT_FENCE_ENFORCE;
}

static void check_unique(struct field_reader *reader, const struct field *entry,
			 const struct object_settings *settings, const struct object_fence *added)
{
	for (size_t i = 0; i < settings->fence_count; i++) {
		const struct object_fence *other = &settings->fences[i];

		if (!strcmp(other->service, added->service) &&
		    !strcmp(other->namespace, added->namespace))
			field_problem(
				reader, entry,
				"service %s/%s is there already, as services[%zu]; remove one",
				added->namespace, added->service, i);
	}
}

static void read_service(struct field_reader *reader, const struct field *entry,
			 struct object_settings *settings, struct object_fence *out)
{
	struct field service = field_get(entry, "service");
	struct field mode = field_get(entry, "mode");

	if (!entry->node)
		field_problem(reader, entry, "is empty; remove it");
	if (!field_mapping(reader, entry))
		return;
	field_check_names(reader, entry, service_names);
	object_read_service_name(reader, &service, "default", &out->namespace, &out->service);
	out->mode = read_mode(reader, &mode);
	if (!out->service || reader->error)
		return;
	check_unique(reader, entry, settings, out);
	settings->fence_count++;
}

static void read_services(struct field_reader *reader, const struct field *fence,
			  struct object_settings *settings)
{
	struct field list = field_get(fence, "services");
	size_t count = object_settings_list(reader, &list, OBJECT_FENCES_MAX);
	struct object_fence *items = arena_alloc(reader->arena, count * sizeof(*items));

	if (!items) {
		field_no_memory(reader);
		return;
	}
	settings->fences = items;
	for (size_t i = 0; i < count; i++) {
		struct field entry = field_item(&list, i);

		read_service(reader, &entry, settings, &items[settings->fence_count]);
	}
}

static void read_allowed(struct field_reader *reader, const struct field *fence,
			 struct object_settings *settings)
{
	struct field list = field_get(fence, "allowedSources");
	size_t count = object_settings_list(reader, &list, SHUNT_ALLOWED_MAX);
	struct shunt_prefix *items = arena_alloc(reader->arena, count * sizeof(*items));

	if (!items) {
		field_no_memory(reader);
		return;
	}
	settings->fence_allowed.items = items;
	if (count)
		object_settings_prefixes(reader, &list, items, &settings->fence_allowed.count);
}

void object_settings_fence(struct field_reader *reader, const struct field *spec,
			   struct object_settings *settings)
{
	struct field fence = field_get(spec, "fence");
	struct field mode = field_get(&fence, "mode");

	settings->fence = SHUNT_FENCE_ENFORCE;
	if (!field_mapping(reader, &fence))
		return;
	field_check_names(reader, &fence, fence_names);
	if (mode.node)
		settings->fence = read_mode(reader, &mode);
	read_allowed(reader, &fence, settings);
	read_services(reader, &fence, settings);
}
