// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/objects.h"

#define CONTEXT CONTEXT_HEAD "metadata: {name: mmeng}\n"

static void a_full_context(void **state)
{
	const struct object_context *context;
	struct object_set set = {0};
	char text[ADDRESS_ENDPOINT_TEXT_SIZE];

	(void)state;
	add_good_text(&set, CONTEXT_HEAD
		      "metadata:\n"
		      "  name: mm.eng_1-x\n"
		      "  namespace: shop\n"
		      "  uid: 7a6b6758\n"
		      "  labels: {team: a}\n"
		      "spec:\n"
		      "  overrides:\n"
		      "  - {service: other/users, sha: 4f2a91c}\n"
		      "  - {service: pay, pod: pay-x1, onUnreachable: main}\n"
		      "  - {service: cart, address: \"[fd00::2]:8080\", onUnreachable: error}\n"
		      "  config: {new-checkout: \"on\", empty: \"\"}\n"
		      "  expires: \"2026-12-01T00:00:00Z\"\n"
		      "status: {anything: [goes]}\n");
	finish(&set);
	assert_int_equal(set.context_count, 1);
	context = &set.contexts[0];
	assert_string_equal(context->meta.name, "mm.eng_1-x");
	assert_int_equal(context->expires, 1796083200);
	assert_int_equal(context->override_count, 3);
	assert_string_equal(context->overrides[0].namespace, "other");
	assert_string_equal(context->overrides[0].service, "users");
	assert_int_equal(context->overrides[0].kind, OBJECT_OVERRIDE_SHA);
	assert_string_equal(context->overrides[0].target, "4f2a91c");
	assert_int_equal(context->overrides[0].on_unreachable, SHUNT_UNREACHABLE_ERROR);
	assert_string_equal(context->overrides[1].namespace, "shop");
	assert_int_equal(context->overrides[1].kind, OBJECT_OVERRIDE_POD);
	assert_int_equal(context->overrides[1].on_unreachable, SHUNT_UNREACHABLE_MAIN);
	assert_int_equal(context->overrides[2].kind, OBJECT_OVERRIDE_ADDRESS);
	assert_string_equal(address_format_endpoint(&context->overrides[2].address, text),
			    "[fd00::2]:8080");
	object_set_clear(&set);
}

static void small_contexts(void **state)
{
	static const struct {
		const char *text;
		size_t overrides;
		time_t expires;
	} cases[] = {
		{CONTEXT "spec: {}\n", 0, 0},
		{CONTEXT "spec: {overrides: null, config: null, expires: null}\n", 0, 0},
		{CONTEXT "spec: {overrides: [{service: users, sha: a, pod: null}]}\n", 1, 0},
		{CONTEXT "spec: {expires: 2026-12-01T00:00:00Z}\n", 0, 1796083200},
		{CONTEXT "spec: {expires: \"1970-01-01T00:00:00Z\"}\n", 0, 1},
		{"apiVersion: shunt.dev/v1alpha1\nkind: ContextList\nitems:\n"
		 "- metadata: {name: a}\n  spec: {}\n",
		 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};

		add_good_text(&set, cases[i].text);
		assert_int_equal(set.context_count, 1);
		assert_int_equal(set.contexts[0].override_count, cases[i].overrides);
		assert_int_equal(set.contexts[0].expires, cases[i].expires);
		if (cases[i].overrides)
			assert_string_equal(set.contexts[0].overrides[0].namespace, "default");
		object_set_clear(&set);
	}
}

/* Each text has one mistake. */
#define OVERRIDE(text) \
	CONTEXT "spec:\n  overrides:\n  - {service: shop/pay, pod: p}\n  - " text "\n"
#define AT "test.yaml:7:"
static const struct {
	const char *text;
	const char *problem;
} mistakes[] = {
	{CONTEXT, "test.yaml:1:1: spec: is missing"},
	{CONTEXT "spec: []\n", "test.yaml:4:7: spec: has to be a mapping, but is a list"},
	{CONTEXT "spce: {}\nspec: {}\n", "test.yaml:4:1: spce: unknown field; did you mean spec?"},
	{CONTEXT "spec: {override: []}\n",
	 "test.yaml:4:8: spec.override: unknown field; did you mean overrides?"},
	{CONTEXT "spec: {zzz: 1}\n", "test.yaml:4:8: spec.zzz: unknown field; remove it"},
	{CONTEXT "spec: {overrides: {}}\n",
	 "test.yaml:4:19: spec.overrides: has to be a list, but is a mapping"},
	{CONTEXT_HEAD "metadata: {name: a, lables: {}}\nspec: {}\n",
	 "test.yaml:3:21: metadata.lables: unknown field; did you mean labels?"},
	{CONTEXT_HEAD "metadata: {}\nspec: {}\n", "test.yaml:3:11: metadata.name: is missing"},
	{CONTEXT_HEAD "metadata: {name: MMeng}\nspec: {}\n",
	 "test.yaml:3:18: metadata.name: has to be 1 to 63 of a-z 0-9 - _ ., but is "
	 "\"MMeng\""},
	{CONTEXT_HEAD "metadata: {name: 12}\nspec: {}\n",
	 "test.yaml:3:18: metadata.name: has to be a string, but is a number; write "
	 "\"12\""},
	{OVERRIDE("null"), "test.yaml:6:3: spec.overrides[1]: is empty; remove it"},
	{OVERRIDE("users"), AT "5: spec.overrides[1]: has to be a mapping, but is a string"},
	{OVERRIDE("{sha: a}"), AT "5: spec.overrides[1].service: is missing"},
	{OVERRIDE("{service: \"\", sha: a}"), AT "15: spec.overrides[1].service: is empty"},
	{OVERRIDE("{service: a/b/c, sha: a}"),
	 AT "15: spec.overrides[1].service: has to be namespace/name or name, each of a-z "
	    "0-9 and -, but is \"a/b/c\""},
	{OVERRIDE("{service: shop/, sha: a}"),
	 AT "15: spec.overrides[1].service: has to be namespace/name or name, each of a-z "
	    "0-9 and -, but is \"shop/\""},
	{OVERRIDE("{service: Users, sha: a}"),
	 AT "15: spec.overrides[1].service: has to be namespace/name or name, each of a-z "
	    "0-9 and -, but is \"Users\""},
	{OVERRIDE("{service: users}"),
	 AT "5: spec.overrides[1]: has none of sha, pod and address; give exactly one"},
	{OVERRIDE("{service: users, sha: a, pod: b}"),
	 AT "5: spec.overrides[1]: has several of sha, pod and address; give exactly one"},
	{OVERRIDE("{service: users, sha: 1234567}"),
	 AT "27: spec.overrides[1].sha: has to be a string, but is a number; write "
	    "\"1234567\""},
	{OVERRIDE("{service: users, sha: a b}"),
	 AT "27: spec.overrides[1].sha: has to be the value of the pods' label "
	    "shunt.dev/sha, 1 to 63 of A-Z a-z 0-9 - _ ., but is \"a b\""},
	{OVERRIDE("{service: users, pod: shop/p}"),
	 AT "27: spec.overrides[1].pod: has to be the name of a pod in the service's "
	    "namespace, but is \"shop/p\""},
	{OVERRIDE("{service: users, address: 10.0.0.1}"),
	 AT "31: spec.overrides[1].address: has to be ip:port or [ipv6]:port, but is "
	    "\"10.0.0.1\""},
	{OVERRIDE("{service: users, address: \"127.0.0.1:80\"}"),
	 AT "31: spec.overrides[1].address: 127.0.0.1:80 is no target: it is a loopback "
	    "address"},
	{OVERRIDE("{service: users, sha: a, on_unreachable: main}"),
	 AT "30: spec.overrides[1].on_unreachable: unknown field; did you mean "
	    "onUnreachable?"},
	{OVERRIDE("{service: users, sha: a, onUnreachable: origin}"),
	 AT "45: spec.overrides[1].onUnreachable: has to be error or main"},
	{OVERRIDE("{service: users, Sha: a, pod: b}"),
	 AT "22: spec.overrides[1].Sha: unknown field; did you mean sha?"},
	{OVERRIDE("{service: shop/pay, sha: a}"),
	 AT "5: spec.overrides[1]: service shop/pay is overridden already, by "
	    "overrides[0]"},
	{CONTEXT "spec: {expires: tomorrow}\n",
	 "test.yaml:4:17: spec.expires: has to be an RFC 3339 time such as "
	 "\"2026-12-01T00:00:00Z\", but is \"tomorrow\""},
	{CONTEXT "spec: {config: {a: on}}\n",
	 "test.yaml:4:20: spec.config.a: has to be a string, but is a boolean; write "
	 "\"on\""},
	{CONTEXT "spec: {config: [a]}\n",
	 "test.yaml:4:16: spec.config: has to be a mapping, but is a list"},
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
		assert_int_equal(set.context_count, 0);
		problems_clear(&problems);
		object_set_clear(&set);
	}
}

static void every_mistake_is_listed(void **state)
{
	struct object_set set = {0};
	struct problems problems = {0};

	(void)state;
	assert_int_equal(add_text(&set,
				  CONTEXT "spec:\n"
					  "  overrides:\n"
					  "  - {service: USERS}\n"
					  "  - {service: pay, sha: 12, extra: 1}\n"
					  "  expires: never\n",
				  &problems),
			 -EINVAL);
	assert_int_equal(problems.count, 5);
	problems_clear(&problems);
	object_set_clear(&set);
}

static void overrides_and_problems_are_bounded(void **state)
{
	struct object_set set = {0};
	struct problems problems = {0};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	fputs(CONTEXT "spec:\n  overrides:\n", out);
	for (int i = 0; i < OBJECT_OVERRIDES_MAX; i++)
		fprintf(out, "  - {service: s%d, x: 1}\n", i);
	fflush(out);
	assert_int_equal(add_text(&set, text, &problems), -EINVAL);
	assert_int_equal(problems.count, PROBLEMS_MAX);
	assert_int_equal(problems.count + problems.dropped, 2 * OBJECT_OVERRIDES_MAX);
	problems_clear(&problems);

	fputs("  - {service: one-more, sha: a}\n", out);
	fclose(out);
	assert_int_equal(add_text(&set, text, &problems), -EINVAL);
	assert_int_equal(problems.count, 1);
	assert_string_equal(
		problems.texts[0],
		"test.yaml:6:3: spec.overrides: has 257 items; at most 256 are allowed");
	problems_clear(&problems);
	object_set_clear(&set);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_context),
		cmocka_unit_test(small_contexts),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(every_mistake_is_listed),
		cmocka_unit_test(overrides_and_problems_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
