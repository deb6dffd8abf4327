// SPDX-License-Identifier: Apache-2.0
/* What Settings say of the fence, of whose markers count, and of targets. */
#include "tests/unit/objects.h"

#define SETTINGS "apiVersion: shunt.dev/v1alpha1\nkind: Settings\nmetadata: {name: default}\n"

static void check_prefixes(const struct object_prefixes *prefixes, const char *expected)
{
	char text[ADDRESS_PREFIX_TEXT_SIZE], joined[512] = "";

	for (size_t i = 0; i < prefixes->count; i++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s",
			 i ? " " : "", address_format_prefix(&prefixes->items[i], text));
	assert_string_equal(joined, expected);
}

static void everything_is_read(void **state)
{
	const struct object_settings *settings;
	char text[ADDRESS_ENDPOINT_TEXT_SIZE];
	struct object_set set = {0};

	(void)state;
	add_good_text(&set, SETTINGS
		      "spec:\n"
		      "  fence:\n"
		      "    mode: observe\n"
		      "    allowedSources: [10.0.0.0/24, \"fd00::/64\", 10.1.2.3]\n"
		      "    services:\n"
		      "    - {service: shop/users, mode: enforce}\n"
		      "    - {service: pay, mode: \"off\"}\n"
		      "    - {service: cart, mode: off}\n"
		      "  markerSources: {namespaces: [shop, ci], addresses: [10.20.0.0/16]}\n"
		      "  edges:\n"
		      "  - {namespace: ingress, labels: {app: gateway}}\n"
		      "  - {addresses: [10.30.0.0/24, 10.31.0.1]}\n"
		      "  - {namespace: shop}\n"
		      "  targets:\n"
		      "  - {service: shop/users, address: \"10.9.8.7:8080\"}\n"
		      "  - {service: \"pay:http\", address: \"[fd00::7]:81\"}\n");
	assert_int_equal(set.settings_count, 1);
	settings = &set.settings[0];
	assert_int_equal(settings->fence, SHUNT_FENCE_OBSERVE);
	check_prefixes(&settings->fence_allowed, "10.0.0.0/24 fd00::/64 10.1.2.3/32");
	assert_int_equal(settings->fence_count, 3);
	assert_string_equal(settings->fences[0].namespace, "shop");
	assert_string_equal(settings->fences[0].service, "users");
	assert_int_equal(settings->fences[0].mode, SHUNT_FENCE_ENFORCE);
	assert_string_equal(settings->fences[1].namespace, "default");
	assert_int_equal(settings->fences[1].mode, SHUNT_FENCE_OFF);
	assert_int_equal(settings->fences[2].mode, SHUNT_FENCE_OFF);
	assert_true(settings->sources_listed);
	assert_int_equal(settings->source_namespace_count, 2);
	assert_string_equal(settings->source_namespaces[1], "ci");
	check_prefixes(&settings->source_addresses, "10.20.0.0/16");
	assert_int_equal(settings->edge_count, 2);
	assert_string_equal(settings->edges[0].namespace, "ingress");
	assert_int_equal(settings->edges[0].labels.count, 1);
	assert_string_equal(settings->edges[0].labels.items[0].value, "gateway");
	assert_int_equal(settings->edges[1].labels.count, 0);
	check_prefixes(&settings->edge_addresses, "10.30.0.0/24 10.31.0.1/32");
	assert_int_equal(settings->target_count, 2);
	assert_string_equal(settings->targets[0].service, "users");
	assert_null(settings->targets[0].port);
	assert_string_equal(settings->targets[1].namespace, "default");
	assert_string_equal(settings->targets[1].port, "http");
	assert_string_equal(address_format_endpoint(&settings->targets[1].endpoint, text),
			    "[fd00::7]:81");
	object_set_clear(&set);
}

static void nothing_said_is_the_default(void **state)
{
	static const char *const texts[] = {
		SETTINGS "spec: {}\n",
		SETTINGS "spec: {fence: {}, edges: [], targets: []}\n",
		SETTINGS "spec: {fence: null, markerSources: null, edges: null, targets: null}\n",
		SETTINGS "spec: {fence: {mode: enforce, allowedSources: [], services: []}}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct object_settings *settings;
		struct object_set set = {0};

		add_good_text(&set, texts[i]);
		settings = &set.settings[0];
		assert_int_equal(settings->fence, SHUNT_FENCE_ENFORCE);
		assert_int_equal(settings->fence_count + settings->fence_allowed.count, 0);
		assert_false(settings->sources_listed);
		assert_int_equal(settings->edge_count + settings->edge_addresses.count, 0);
		assert_int_equal(settings->target_count, 0);
		object_set_clear(&set);
	}
}

/* All of nobody's markers count, which is not the same as not saying whose. */
static void sources_may_be_nobody(void **state)
{
	struct object_set set = {0};

	(void)state;
	add_good_text(&set, SETTINGS "spec: {markerSources: {}}\n");
	assert_true(set.settings[0].sources_listed);
	object_set_clear(&set);
}

#define FENCE(text) SETTINGS "spec:\n  fence: " text "\n"
#define SOURCES(text) SETTINGS "spec:\n  markerSources: " text "\n"
#define EDGE(text) SETTINGS "spec:\n  edges:\n  - " text "\n"
#define TARGET(text) SETTINGS "spec:\n  targets:\n  - " text "\n"
#define TWO_TARGETS(a, b) SETTINGS "spec:\n  targets:\n  - " a "\n  - " b "\n"
#define T "test.yaml:"

/* Each text has one mistake. */
static const struct {
	const char *text;
	const char *problem;
} mistakes[] = {
	{FENCE("enforce"), T "5:10: spec.fence: has to be a mapping, but is a string"},
	{FENCE("{mod: off}"), T "5:11: spec.fence.mod: unknown field; did you mean mode?"},
	{FENCE("{mode: on}"), T "5:17: spec.fence.mode: has to be enforce, observe or off"},
	{FENCE("{mode: Enforce}"), T "5:17: spec.fence.mode: has to be enforce, observe or off"},
	{FENCE("{allowedSources: 10.0.0.1}"),
	 T "5:27: spec.fence.allowedSources: has to be a list, but is a string"},
	{FENCE("{allowedSources: [10.0.0.1/24]}"),
	 T "5:28: spec.fence.allowedSources[0]: 10.0.0.1/24 has bits set beyond its length; the "
	   "network is 10.0.0.0/24"},
	{FENCE("{allowedSources: [10.0.0.1, \"fd00::1/64\"]}"),
	 T "5:38: spec.fence.allowedSources[1]: fd00::1/64 has bits set beyond its length; the "
	   "network is fd00::/64"},
	{FENCE("{allowedSources: [10.0.0.0/33]}"),
	 T "5:28: spec.fence.allowedSources[0]: has to be an address or a network such as "
	   "10.0.0.0/24 or fd00::/64, but is \"10.0.0.0/33\""},
	{FENCE("{allowedSources: [\"::/0\"]}"),
	 T "5:28: spec.fence.allowedSources[0]: ::/0 has the addresses of IPv4 in it; write "
	   "2000::/3 and fc00::/7 for IPv6, 0.0.0.0/0 for IPv4"},
	{FENCE("{allowedSources: [10.0.0.1, 10.0.0.1/32]}"),
	 T "5:38: spec.fence.allowedSources[1]: 10.0.0.1/32 is there already; remove one"},
	{FENCE("{allowedSources: [null]}"), T "5:27: spec.fence.allowedSources[0]: is missing"},
	{FENCE("{services: [null]}"), T "5:21: spec.fence.services[0]: is empty; remove it"},
	{FENCE("{services: [{mode: observe}]}"),
	 T "5:22: spec.fence.services[0].service: is missing"},
	{FENCE("{services: [{service: a/b/c, mode: observe}]}"),
	 T "5:32: spec.fence.services[0].service: has to be namespace/name or name, each of a-z "
	   "0-9 and -, but is \"a/b/c\""},
	{FENCE("{services: [{service: a}]}"),
	 T "5:22: spec.fence.services[0].mode: has to be enforce, observe or off"},
	{FENCE("{services: [{service: a, mode: observe}, {service: default/a, mode: enforce}]}"),
	 T "5:51: spec.fence.services[1]: service default/a is there already, as services[0]; "
	   "remove one"},
	{SOURCES("[shop]"), T "5:18: spec.markerSources: has to be a mapping, but is a list"},
	{SOURCES("{namespace: [shop]}"),
	 T "5:19: spec.markerSources.namespace: unknown field; did you mean namespaces?"},
	{SOURCES("{namespaces: [Shop]}"),
	 T "5:32: spec.markerSources.namespaces[0]: has to be the name of a namespace, 1 to 63 of "
	   "a-z 0-9 and -, but is \"Shop\""},
	{SOURCES("{namespaces: [shop, ci, shop]}"),
	 T "5:42: spec.markerSources.namespaces[2]: shop is there already, as namespaces[0]; "
	   "remove one"},
	{SOURCES("{addresses: [shop]}"),
	 T "5:31: spec.markerSources.addresses[0]: has to be an address or a network such as "
	   "10.0.0.0/24 or fd00::/64, but is \"shop\""},
	{EDGE("null"), T "6:3: spec.edges[0]: is empty; remove it"},
	{EDGE("{}"), T "6:5: spec.edges[0]: has none of namespace and addresses; give exactly one"},
	{EDGE("{namespace: a, addresses: [10.0.0.1]}"),
	 T "6:5: spec.edges[0]: has both namespace and addresses; give exactly one"},
	{EDGE("{addresses: [10.0.0.1], labels: {a: b}}"),
	 T "6:37: spec.edges[0].labels: are of pods; give a namespace with them"},
	{EDGE("{namespace: a, labels: {b: 1}}"),
	 T "6:32: spec.edges[0].labels.b: has to be a string, but is a number; write \"1\""},
	{EDGE("{namespace: a, pods: b}"), T "6:20: spec.edges[0].pods: unknown field; remove it"},
	{EDGE("{addresses: [10.0.0.1]}\n  - {addresses: [10.0.0.1]}"),
	 T "7:18: spec.edges[1].addresses[0]: 10.0.0.1/32 is there already; remove one"},
	{TARGET("null"), T "6:3: spec.targets[0]: is empty; remove it"},
	{TARGET("{service: a}"), T "6:5: spec.targets[0].address: is missing"},
	{TARGET("{address: \"10.0.0.1:80\"}"), T "6:5: spec.targets[0].service: is missing"},
	{TARGET("{service: a/, address: \"10.0.0.1:80\"}"),
	 T "6:15: spec.targets[0].service: has to be namespace/name, or namespace/name:port, each "
	   "of a-z 0-9 and -, but is \"a/\""},
	{TARGET("{service: \"a:\", address: \"10.0.0.1:80\"}"),
	 T "6:15: spec.targets[0].service: has to be namespace/name, or namespace/name:port, each "
	   "of a-z 0-9 and -, but is \"a:\""},
	{TARGET("{service: a, address: 10.0.0.1}"),
	 T "6:27: spec.targets[0].address: has to be ip:port or [ipv6]:port, but is \"10.0.0.1\""},
	{TARGET("{service: a, address: \"169.254.169.254:80\"}"),
	 T "6:27: spec.targets[0].address: 169.254.169.254:80 is no target: it is a link-local "
	   "address"},
	{TWO_TARGETS("{service: a, address: \"10.0.0.1:80\"}",
		     "{service: default/a, address: \"10.0.0.1:80\"}"),
	 T "7:5: spec.targets[1]: is there already, as targets[0]; remove one"},
};

static void mistakes_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct object_set set = {0};
		struct problems problems = {0};

		assert_int_equal(add_text(&set, mistakes[i].text, &problems), -EINVAL);
		print_problems(problems.count > 1 ? &problems : &(struct problems){0});
		assert_int_equal(problems.count, 1);
		assert_string_equal(problems.texts[0], mistakes[i].problem);
		assert_int_equal(set.settings_count, 0);
		problems_clear(&problems);
		object_set_clear(&set);
	}
}

/* So many items, each printed with its number, and what is said of them. */
static void check_count(const char *before, const char *item, int count, const char *after,
			const char *problem)
{
	struct object_set set = {0};
	struct problems problems = {0};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, SETTINGS "spec: {%s: [", before);
	for (int i = 0; i < count; i++)
		fprintf(out, item, i / 256, i % 256);
	fprintf(out, "]%s}\n", after);
	fclose(out);
	assert_int_equal(add_text(&set, text, &problems), problem ? -EINVAL : 0);
	print_problems(problem ? &(struct problems){0} : &problems);
	assert_int_equal(problems.count, !!problem);
	if (problem)
		assert_non_null(strstr(problems.texts[0], problem));
	free(text);
	problems_clear(&problems);
	object_set_clear(&set);
}

static void lists_are_bounded(void **state)
{
	(void)state;
	check_count("fence: {allowedSources", "10.0.%d.%d,", 1024, "}", NULL);
	check_count("fence: {allowedSources", "10.0.%d.%d,", 1025, "}",
		    "spec.fence.allowedSources: has 1025 items; at most 1024 are allowed");
	check_count("fence: {services", "{service: a%d-%d, mode: observe},", 1024, "}", NULL);
	check_count("fence: {services", "{service: a%d-%d, mode: observe},", 1025, "}",
		    "spec.fence.services: has 1025 items; at most 1024 are allowed");
	check_count("markerSources: {addresses", "10.0.%d.%d,", 1024, "}", NULL);
	check_count("markerSources: {addresses", "10.0.%d.%d,", 1025, "}",
		    "spec.markerSources.addresses: has 1025 items; at most 1024 are allowed");
	check_count("markerSources: {namespaces", "a%d-%d,", 64, "}", NULL);
	check_count("markerSources: {namespaces", "a%d-%d,", 65, "}",
		    "spec.markerSources.namespaces: has 65 items; at most 64 are allowed");
	check_count("edges", "{namespace: a%d-%d},", 64, "", NULL);
	check_count("edges", "{namespace: a%d-%d},", 65, "",
		    "spec.edges[64].namespace: is one namespace too many: markerSources and edges "
		    "may name 64 together; remove some");
	check_count("edges", "{namespace: a%d-%d},", 64, ", markerSources: {namespaces: [a0-63]}",
		    NULL);
	check_count("edges", "{namespace: a%d-%d},", 64, ", markerSources: {namespaces: [b]}",
		    "spec.edges[63].namespace: is one namespace too many");
	check_count("edges: [{addresses", "10.0.%d.%d,", 1025, "}]",
		    "spec.edges: has 1025 addresses; at most 1024 are allowed");
	check_count("edges", "{namespace: shop, labels: {a: b%d-%d}},", 257, "",
		    "spec.edges: has 257 items; at most 256 are allowed");
	check_count("targets", "{service: a, address: \"10.0.%d.%d:80\"},", 1024, "", NULL);
	check_count("targets", "{service: a, address: \"10.0.%d.%d:80\"},", 1025, "",
		    "spec.targets: has 1025 items; at most 1024 are allowed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(nothing_said_is_the_default),
		cmocka_unit_test(sources_may_be_nobody),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(lists_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
