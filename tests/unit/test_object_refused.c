// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/objects.h"

#define SERVICE "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
#define POD "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"

static const struct {
	const char *text;
	const char *problem;
} wrong[] = {
	{"- a\n", "test.yaml:1:1: has to be an object with apiVersion and kind"},
	{"hello\n", "test.yaml:1:1: has to be an object with apiVersion and kind"},
	{"apiVersion: v1\n", "test.yaml:1:1: kind: is missing"},
	{"kind: Pod\n", "test.yaml:1:1: apiVersion: is missing"},
	{"apiVersion: v1\nkind: [Pod]\n", "test.yaml:2:7: kind: has to be a string, but is a list"},
	{"apiVersion: v1\nkind: Pod\n", "test.yaml:1:1: metadata.name: is missing"},
	{"apiVersion: v1\nkind: Pod\nmetadata: []\n",
	 "test.yaml:3:11: metadata: has to be a mapping, but is a list"},
	{"apiVersion: v1\nkind: Pod\nmetadata: {name: A_b}\n",
	 "test.yaml:3:18: metadata.name: has to be a DNS name of a-z 0-9 - and ., but is "
	 "\"A_b\""},
	{"apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: a.b}\n",
	 "test.yaml:3:32: metadata.namespace: has to be 1 to 63 of a-z 0-9 and -, but is "
	 "\"a.b\""},
	{"apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {x: true}}\n",
	 "test.yaml:3:33: metadata.labels.x: has to be a string, but is a boolean; write "
	 "\"true\""},
	{POD "status: {podIP: 10.0.0}\n",
	 "test.yaml:4:17: status.podIP: has to be an IPv4 or IPv6 address, but is "
	 "\"10.0.0\""},
	{POD "status: {podIPs: [{ip: x}]}\n",
	 "test.yaml:4:24: status.podIPs[0].ip: has to be an IPv4 or IPv6 address, but is "
	 "\"x\""},
	{POD "spec: {containers: [{}, {ports: [{name: a, containerPort: 70000}]}]}\n",
	 "test.yaml:4:59: spec.containers[1].ports[0].containerPort: has to be a whole "
	 "number from 1 to 65535, but is 70000"},
	{POD "spec: {hostNetwork: \"true\"}\n",
	 "test.yaml:4:21: spec.hostNetwork: has to be true or false, but is a string"},
	{SERVICE "spec: {ports: {http: 80}}\n",
	 "test.yaml:4:15: spec.ports: has to be a list, but is a mapping"},
	{SERVICE "spec: {ports: [{port: \"80\"}]}\n",
	 "test.yaml:4:23: spec.ports[0].port: has to be a number, but is a string"},
	{SERVICE "spec: {ports: [{name: http}]}\n",
	 "test.yaml:4:16: spec.ports[0].port: is missing"},
	{SERVICE "spec: {ports: [{port: 80, targetPort: \"8080\"}]}\n",
	 "test.yaml:4:39: spec.ports[0].targetPort: a port name needs a letter; write 8080 "
	 "without quotes"},
	{SERVICE "spec: {ports: [{port: 80}, {port: 81}]}\n",
	 "test.yaml:4:28: spec.ports[1]: of several ports each needs a name"},
	{SERVICE "spec: {ports: [{port: 80, name: a}, {port: 81, name: a}]}\n",
	 "test.yaml:4:37: spec.ports[1]: the name a is there already"},
	{SERVICE "spec: {ports: [{port: 80, name: a}, {port: 80, name: b}]}\n",
	 "test.yaml:4:37: spec.ports[1]: port 80 is there already"},
	{SERVICE "spec: {clusterIP: none}\n",
	 "test.yaml:4:19: spec.clusterIP: has to be an IPv4 or IPv6 address, but is "
	 "\"none\""},
	{"apiVersion: v1\nkind: List\nitems: {}\n",
	 "test.yaml:3:8: items: has to be a list, but is a mapping"},
	{"apiVersion: v1\nkind: List\nitems: [1]\n",
	 "test.yaml:3:9: items[0]: has to be an object with apiVersion and kind"},
	{"apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: \"\"}}]\n",
	 "test.yaml:3:27: items[0].metadata.name: is empty"},
	{"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\\u0000b\"}}",
	 "test.yaml:1:52: metadata.name: must not contain a NUL character"},
	{"apiVersion: shunt.dev/v1\nkind: Context\n",
	 "test.yaml:1:13: apiVersion: unknown version shunt.dev/v1; write "
	 "shunt.dev/v1alpha1"},
	{"apiVersion: shunt.dev/v1alpha1\nkind: Contxt\n",
	 "test.yaml:2:7: kind: unknown kind Contxt; in shunt.dev/v1alpha1 there are "
	 "Context and Settings"},
};

static void wrong_objects_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct object_set set = {0};
		struct problems problems = {0};

		assert_int_equal(add_text(&set, wrong[i].text, &problems), -EINVAL);
		assert_int_equal(problems.count, 1);
		assert_string_equal(problems.texts[0], wrong[i].problem);
		problems_clear(&problems);
		object_set_clear(&set);
	}
}

static void a_list_is_read_to_its_end(void **state)
{
	struct object_set set = {0};
	struct problems problems = {0};

	(void)state;
	assert_int_equal(add_text(&set,
				  "apiVersion: v1\nkind: PodList\nitems:\n"
				  "- metadata: {name: A}\n"
				  "- metadata: {name: b}\n"
				  "- metadata: {name: C}\n",
				  &problems),
			 -EINVAL);
	assert_int_equal(problems.count, 2);
	assert_int_equal(set.pod_count, 1);
	problems_clear(&problems);
	object_set_clear(&set);
}

static void doubles_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *problem; /* NULL: fine */
	} cases[] = {
		{"apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n"
		 "- metadata: {name: b}\n- metadata: {name: a}\n",
		 "test.yaml:6: Pod default/a is there already, at test.yaml:4; remove one"},
		{"apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n"
		 "- metadata: {name: a, namespace: shop}\n",
		 NULL},
		{"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: "
		 "{name: a}}\n- {apiVersion: v1, kind: Service, metadata: {name: a}}\n",
		 NULL},
		{"apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: a}\n"
		 "- metadata: {name: a, namespace: default}\n",
		 "test.yaml:5: Service default/a is there already, at test.yaml:4; remove one"},
		{CONTEXT_HEAD "metadata: {name: a}\nspec: {}\n---\n" CONTEXT_HEAD
			      "metadata: {name: a}\nspec: {}\n",
		 "test.yaml:6: Context a is there already, at test.yaml:1; remove or rename one"},
		{CONTEXT_HEAD "metadata: {name: a}\nspec: {}\n---\n" CONTEXT_HEAD
			      "metadata: {name: a, namespace: shop}\nspec: {}\n",
		 "test.yaml:6: Context a is there already, at test.yaml:1; remove or rename one "
		 "(namespaces share the names of contexts)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};
		struct problems problems = {0};

		add_good_text(&set, cases[i].text);
		assert_int_equal(object_set_finish(&set, &problems),
				 cases[i].problem ? -EINVAL : 0);
		assert_int_equal(problems.count, cases[i].problem ? 1 : 0);
		if (cases[i].problem)
			assert_string_equal(problems.texts[0], cases[i].problem);
		problems_clear(&problems);
		object_set_clear(&set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_objects_are_refused),
		cmocka_unit_test(a_list_is_read_to_its_end),
		cmocka_unit_test(doubles_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
