// SPDX-License-Identifier: Apache-2.0
/* Whose markers count, and whom the fence lets in. */
#include "tests/unit/objects.h"
#include "tests/unit/random_objects.h"

#define POD(namespace, name, labels, address, more)                                    \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: " name                       \
	", namespace: " namespace ", labels: {" labels "}}\nspec: {hostNetwork: " more \
				  "}\nstatus: {phase: Running, "                       \
				  "podIPs: [" address "]}\n"
#define FINISHED                                                                    \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: done, namespace: shop}\n" \
	"status: {phase: Succeeded, podIP: 10.1.0.9}\n"
#define SETTINGS(spec)                                                                     \
	"apiVersion: shunt.dev/v1alpha1\nkind: Settings\nmetadata: {name: default}\nspec:" \
	"\n" spec "\n"
#define PODS                                                                     \
	POD("shop", "a", "app: a", "{ip: 10.1.0.1}, {ip: \"fd00::1\"}", "false") \
	POD("shop", "b", "app: b", "{ip: 10.1.0.2}", "false")                    \
	POD("shop", "host", "app: b", "{ip: 10.8.0.1}", "true")                  \
	POD("shop", "odd", "app: b", "{ip: 127.0.0.1}", "false")                 \
	POD("ci", "c", "app: a", "{ip: 10.2.0.1}", "false")                      \
	POD("other", "d", "app: a", "{ip: 10.3.0.1}", "false") FINISHED

static const struct {
	const char *name;
	const char *spec;
	const char *rows;
} cases[] = {
	{"everybody's markers count", "  fence: {mode: observe}", ""},
	{"those of namespaces", "  markerSources: {namespaces: [shop, ci]}",
	 "source ::/0 ignored\nsource 10.1.0.1/32 obeyed\nsource 10.1.0.2/32 obeyed\n"
	 "source 10.2.0.1/32 obeyed\nsource fd00::1/128 obeyed\n"},
	{"and addresses", "  markerSources: {namespaces: [ci], addresses: [10.2.0.0/16, 10.4.0.1]}",
	 "source ::/0 ignored\nsource 10.2.0.0/16 obeyed\nsource 10.4.0.1/32 obeyed\n"},
	{"nobody's", "  markerSources: {}", "source ::/0 ignored\n"},
	{"signed ones of edges, and everybody's elsewhere",
	 "  edges: [{namespace: shop, labels: {app: a}}, {addresses: [10.4.0.0/24]}]",
	 "source ::/0 obeyed\nsource 10.1.0.1/32 signed\nsource 10.4.0.0/24 signed\n"
	 "source fd00::1/128 signed\n"},
	{"all pods of an edge's namespace", "  edges: [{namespace: shop}]",
	 "source ::/0 obeyed\nsource 10.1.0.1/32 signed\nsource 10.1.0.2/32 signed\n"
	 "source fd00::1/128 signed\n"},
	{"an edge without pods restricts all the same", "  edges: [{namespace: nowhere}]",
	 "source ::/0 obeyed\n"},
	{"a label's value has to be equal", "  edges: [{namespace: shop, labels: {app: c}}]",
	 "source ::/0 obeyed\n"},
	{"edges within sources, and outside",
	 "  markerSources: {namespaces: [shop], addresses: [10.4.0.0/16]}\n"
	 "  edges: [{namespace: shop, labels: {app: b}}, {addresses: [10.4.1.0/24, 10.5.0.0/16]}]",
	 "source ::/0 ignored\nsource 10.1.0.1/32 obeyed\nsource 10.1.0.2/32 signed\n"
	 "source 10.4.0.0/16 obeyed\nsource 10.4.1.0/24 signed\nsource 10.5.0.0/16 signed\n"
	 "source fd00::1/128 obeyed\n"},
	{"sources within edges have to sign too",
	 "  markerSources: {namespaces: [shop], addresses: [10.4.1.0/24]}\n"
	 "  edges: [{addresses: [10.4.0.0/16, 10.1.0.0/24]}]",
	 "source ::/0 ignored\nsource 10.1.0.0/24 signed\nsource 10.4.0.0/16 signed\n"
	 "source fd00::1/128 obeyed\n"},
	{"networks in networks in networks",
	 "  markerSources: {addresses: [10.0.0.0/8, 10.4.4.4, 10.4.0.0/16]}\n"
	 "  edges: [{addresses: [10.4.4.0/24, 10.0.0.0/16]}, {addresses: [10.4.4.4]}]",
	 "source ::/0 ignored\nsource 10.0.0.0/8 obeyed\nsource 10.0.0.0/16 signed\n"
	 "source 10.4.4.0/24 signed\n"},
	{"all of IPv4 is not all of IPv6", "  markerSources: {addresses: [0.0.0.0/0]}",
	 "source ::/0 ignored\nsource 0.0.0.0/0 obeyed\n"},
	{"the fence lets some in",
	 "  fence: {allowedSources: [fd00::/64, 10.1.0.0/16, 10.0.0.0/8]}",
	 "allowed 10.0.0.0/8\nallowed 10.1.0.0/16\nallowed fd00::/64\n"},
};

static void sources(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};
		char text[4096];

		print_message("# %s\n", cases[i].name);
		snprintf(text, sizeof(text), SETTINGS("%s") PODS, cases[i].spec);
		add_good_text(&set, text);
		check_tables(&set, 0, cases[i].rows, "");
		object_set_clear(&set);
	}
}

/* A few prefixes of one small network, each in one list, or in both. */
static void write_prefixes(FILE *out, unsigned int *seed, struct shunt_prefix *prefixes,
			   size_t *count)
{
	size_t wanted = pick(seed, 6);

	*count = 0;
	while (*count < wanted) {
		struct shunt_prefix prefix = {.length = 120 + pick(seed, 9)};
		char text[ADDRESS_PREFIX_TEXT_SIZE];
		bool known = false;

		address_parse("10.0.0.0", &prefix.address);
		prefix.address.bytes[15] =
			(__u8)(pick(seed, 256) & ~(0xffU >> (prefix.length - 120)));
		for (size_t i = 0; i < *count; i++)
			known |= !policy_compare_prefix(&prefixes[i], &prefix);
		if (known)
			continue;
		fprintf(out, "%s,", address_format_prefix(&prefix, text));
		prefixes[(*count)++] = prefix;
	}
}

static bool covered(const struct shunt_prefix *prefixes, size_t count,
		    const struct shunt_address *address)
{
	struct shunt_prefix single = address_prefix(address);
	bool found = false;

	for (size_t i = 0; i < count; i++)
		found |= address_prefix_covers(&prefixes[i], &single);
	return found;
}

/* As the kernel finds it. */
static __u32 look_up(const struct policy *policy, const struct shunt_address *address)
{
	const struct policy_source *longest = NULL;

	for (size_t i = 0; i < policy->source_count; i++)
		if (covered(&policy->sources[i].prefix, 1, address) &&
		    (!longest || policy->sources[i].prefix.length >= longest->prefix.length))
			longest = &policy->sources[i];
	assert_non_null(longest);
	return longest->flags;
}

static void each_address_is_worth_what_covers_it(void **state)
{
	(void)state;
	for (unsigned int world = 0; world < 300; world++) {
		struct shunt_prefix sources[8], edges[8];
		unsigned int seed = world + 1;
		struct problems warnings = {0};
		struct object_set set = {0};
		struct tables tables = {0};
		size_t source_count, edge_count, size;
		time_t next;
		char *text;
		FILE *out = open_memstream(&text, &size);

		fprintf(out, SETTINGS("  markerSources: {addresses: ["));
		write_prefixes(out, &seed, sources, &source_count);
		fprintf(out, "]}\n  edges: [{addresses: [");
		write_prefixes(out, &seed, edges, &edge_count);
		fprintf(out, "]}]\n");
		fclose(out);
		add_good_text(&set, text);
		free(text);
		finish(&set);
		assert_int_equal(resolve_tables(&set, 0, &tables, &next, &warnings), 0);
		for (unsigned int i = 0; i < 256; i++) {
			struct shunt_address address;
			__u32 expected = 0;

			address_parse("10.0.0.0", &address);
			address.bytes[15] = (__u8)i;
			if (covered(sources, source_count, &address))
				expected = SHUNT_SOURCE_OBEYED;
			if (covered(edges, edge_count, &address))
				expected = SHUNT_SOURCE_OBEYED | SHUNT_SOURCE_SIGNED;
			assert_int_equal(look_up(&tables.policy, &address), expected);
		}
		tables_clear(&tables);
		object_set_clear(&set);
	}
}

/* Adds pods to a namespace, with addresses that nothing else has. */
static void add_many(struct object_set *set, const char *namespace, unsigned int network,
		     size_t count)
{
	size_t first = set->pod_count;

	set->pods = realloc(set->pods, (first + count) * sizeof(*set->pods));
	assert_non_null(set->pods);
	set->pod_capacity = set->pod_count = first + count;
	for (size_t i = 0; i < count; i++) {
		struct shunt_address *address = arena_alloc(&set->arena, sizeof(*address));
		char name[32];

		snprintf(name, sizeof(name), "p%06zu", i);
		*address = (struct shunt_address){{[10] = 0xff,
						   [11] = 0xff,
						   [12] = 10,
						   [13] = (__u8)(network + (i >> 16)),
						   [14] = (__u8)(i >> 8),
						   [15] = (__u8)i}};
		set->pods[first + i] = (struct object_pod){
			.meta = {.namespace = namespace,
				 .name = arena_copy(&set->arena, name, strlen(name)),
				 .file = "test"},
			.addresses = {.items = address, .count = 1},
		};
	}
}

static void check_bounded(const char *spec, size_t edges, size_t others, __u32 worst,
			  size_t is_signed, const char *warning)
{
	struct problems warnings = {0};
	struct object_set set = {0};
	struct tables tables = {0};
	size_t counted = 0;
	time_t next;

	add_good_text(&set, spec);
	add_many(&set, "edge", 10, edges);
	add_many(&set, "shop", 20, others);
	finish(&set);
	assert_int_equal(resolve_tables(&set, 0, &tables, &next, &warnings), 0);
	assert_int_equal(tables.policy.source_count, SHUNT_SOURCES_MAX);
	assert_int_equal(tables.policy.sources[0].prefix.length, 0);
	assert_int_equal(tables.policy.sources[0].flags, worst);
	for (size_t i = 0; i < tables.policy.source_count; i++) {
		counted += !!(tables.policy.sources[i].flags & SHUNT_SOURCE_SIGNED);
		assert_true(!i || policy_compare_prefix(&tables.policy.sources[i - 1].prefix,
							&tables.policy.sources[i].prefix) < 0);
	}
	assert_int_equal(counted, is_signed);
	assert_int_equal(warnings.count, 1);
	assert_string_equal(warnings.texts[0], warning);
	problems_clear(&warnings);
	tables_clear(&tables);
	object_set_clear(&set);
}

#define BOTH SETTINGS("  markerSources: {namespaces: [shop]}\n  edges: [{namespace: edge}]")
#define EDGES SETTINGS("  edges: [{namespace: edge}]")
#define TOO_MANY(count)                                                                          \
	"Settings: markerSources and edges come to " count " addresses, of which there is room " \
	"for 65536; "

static void what_is_left_out_does_not_count_for_more(void **state)
{
	const __u32 both = SHUNT_SOURCE_OBEYED | SHUNT_SOURCE_SIGNED;

	(void)state;
	/* Edges stay. */
	check_bounded(BOTH, 1000, 65000, 0, 1000,
		      TOO_MANY("66001") "markers from the others are ignored; name networks "
					"instead of namespaces");
	/* Edges alone are too many: no unsigned marker is obeyed. */
	check_bounded(BOTH, 65536, 10, 0, 65535,
		      TOO_MANY("65547") "only signed markers count, from everywhere; name networks "
					"instead of namespaces");
	check_bounded(EDGES, 66000, 10, both, 65536,
		      TOO_MANY("66001") "only signed markers count, from everywhere; name networks "
					"instead of namespaces");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources),
		cmocka_unit_test(each_address_is_worth_what_covers_it),
		cmocka_unit_test(what_is_left_out_does_not_count_for_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
