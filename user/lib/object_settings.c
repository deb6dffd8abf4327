// SPDX-License-Identifier: Apache-2.0
#include "user/lib/object_settings.h"

#include <errno.h>
#include <string.h>
#include "user/lib/policy.h"

static const char *const spec_names[] = {"markers", "additionalMarkers", "fence", "markerSources",
					 "edges",   "targets",		 NULL};

size_t object_settings_list(struct field_reader *reader, const struct field *list, size_t most)
{
	size_t count = field_sequence(reader, list);

	if (count <= most)
		return count;
	field_problem(reader, list, "has %zu items; at most %zu are allowed", count, most);
	return 0;
}

/* All of IPv6 has all of IPv4 in it, as addresses are kept here: who meant that writes it. */
static bool is_ambiguous(const struct shunt_prefix *prefix)
{
	const struct shunt_prefix ipv4 = {.length = 96, .address = {{[10] = 0xff, [11] = 0xff}}};

	return prefix->length < ipv4.length && address_prefix_covers(prefix, &ipv4);
}

static bool read_prefix(struct field_reader *reader, const struct field *field,
			struct shunt_prefix *prefix)
{
	const char *text = field_required_string(reader, field);
	char meant[ADDRESS_PREFIX_TEXT_SIZE];
	int error;

	if (!text)
		return false;
	error = address_parse_prefix(text, prefix);
	if (error == -ERANGE)
		field_problem(reader, field, "%s has bits set beyond its length; the network is %s",
			      text, address_format_prefix(prefix, meant));
	else if (error)
		field_problem(reader, field,
			      "has to be an address or a network such as 10.0.0.0/24 or "
			      "fd00::/64, but is \"%s\"",
			      text);
	else if (is_ambiguous(prefix))
		field_problem(reader, field,
			      "%s has the addresses of IPv4 in it; write 2000::/3 and fc00::/7 "
			      "for IPv6, 0.0.0.0/0 for IPv4",
			      text);
	else
		return true;
	return false;
}

static size_t find_prefix(const struct shunt_prefix *items, size_t count,
			  const struct shunt_prefix *prefix)
{
	size_t i = 0;

	while (i < count && policy_compare_prefix(&items[i], prefix))
		i++;
	return i;
}

void object_settings_prefixes(struct field_reader *reader, const struct field *list,
			      struct shunt_prefix *items, size_t *count)
{
	size_t listed = field_sequence(reader, list);

	for (size_t i = 0; i < listed; i++) {
		struct field field = field_item(list, i);
		struct shunt_prefix *prefix = &items[*count];
		char text[ADDRESS_PREFIX_TEXT_SIZE];

		if (!read_prefix(reader, &field, prefix))
			continue;
		if (find_prefix(items, *count, prefix) < *count)
			field_problem(reader, &field, "%s is there already; remove one",
				      address_format_prefix(prefix, text));
		else
			++*count;
	}
}

void object_read_settings(struct field_reader *reader, const struct field *root,
			  struct object_settings *settings)
{
	struct field metadata = field_get(root, "metadata");
	struct field name = field_get(&metadata, "name");
	struct field spec = field_get(root, "spec");

	object_read_own_meta(reader, root, &settings->meta);
	if (settings->meta.name && strcmp(settings->meta.name, OBJECT_SETTINGS_NAME))
		field_problem(reader, &name, "has to be " OBJECT_SETTINGS_NAME ", but is \"%s\"",
			      settings->meta.name);
	if (!spec.node)
		field_problem(reader, &spec, "is missing");
	if (!field_mapping(reader, &spec))
		return;
	field_check_names(reader, &spec, spec_names);
	settings->markers = object_settings_markers(reader, &spec);
	object_settings_fence(reader, &spec, settings);
	object_settings_sources(reader, &spec, settings);
	object_settings_targets(reader, &spec, settings);
}
