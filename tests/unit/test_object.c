// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/objects.h"

static void lists_of_the_api_server_are_read(void **state)
{
	static const struct {
		const char *file;
		size_t services, pods, slices;
	} cases[] = {
		{DATA "pods-v1.34.json", 0, 3, 0},
		{DATA "services-v1.34.json", 4, 0, 0},
		{DATA "services-v1.20.json", 4, 0, 0},
		{DATA "endpointslices-v1.34.json", 0, 0, 1},
		{DATA "endpointslices-v1.20.json", 0, 0, 1},
		{DATA "cluster.yaml", 1, 2, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};

		add_good_file(&set, cases[i].file);
		finish(&set);
		assert_int_equal(set.service_count, cases[i].services);
		assert_int_equal(set.pod_count, cases[i].pods);
		assert_int_equal(set.slice_count, cases[i].slices);
		assert_int_equal(set.context_count, 0);
		object_set_clear(&set);
	}
}

static void check_address(const struct object_addresses *addresses, size_t i, const char *expected)
{
	char text[ADDRESS_TEXT_SIZE];

	assert_true(i < addresses->count);
	assert_string_equal(address_format(&addresses->items[i], text), expected);
}

static void fields_of_each_kind(void **state)
{
	struct object_set set = {0};
	const struct object_pod *pod;
	const struct object_service *service;

	(void)state;
	add_good_file(&set, DATA "cluster.yaml");
	finish(&set);

	pod = &set.pods[0];
	assert_string_equal(pod->meta.name, "users-0");
	assert_string_equal(pod->meta.namespace, "shop");
	assert_string_equal(pod->meta.file, DATA "cluster.yaml");
	assert_int_equal(pod->meta.line, 3);
	assert_int_equal(pod->addresses.count, 2);
	check_address(&pod->addresses, 0, "10.1.0.10");
	check_address(&pod->addresses, 1, "fd00:1::10");
	assert_int_equal(pod->ports.count, 1);
	assert_string_equal(pod->ports.items[0].name, "http");
	assert_int_equal(pod->ports.items[0].number, 8080);
	assert_true(pod->ready);
	assert_null(pod->offloaded_service);
	assert_string_equal(set.pods[1].offloaded_service, "users");
	assert_string_equal(set.pods[1].offloaded_sha, "4f2a91c");

	service = &set.services[0];
	assert_int_equal(service->cluster_ips.count, 2);
	check_address(&service->cluster_ips, 1, "fd00:2::146");
	assert_int_equal(service->selector.count, 1);
	assert_string_equal(service->selector.items[0].key, "app");
	assert_string_equal(service->selector.items[0].value, "users");
	assert_int_equal(service->port_count, 1);
	assert_string_equal(service->ports[0].target_name, "http");
	assert_int_equal(service->ports[0].number, 80);

	assert_string_equal(set.slices[0].service, "users");
	assert_int_equal(set.slices[0].addresses.count, 2);
	assert_int_equal(set.slices[1].addresses.count, 0);
	object_set_clear(&set);
}

/* The pod of a status: is it Ready, is it finished, how many addresses has it? */
static void pod_readiness(void **state)
{
	static const struct {
		const char *text;
		bool ready, finished;
		size_t addresses;
	} cases[] = {
		{"status: {phase: Running, podIP: 10.0.0.1, conditions: [{type: Ready, status: "
		 "\"True\"}]}",
		 true, false, 1},
		{"status: {phase: Running, podIP: 10.0.0.1, podIPs: null, conditions: [{type: "
		 "PodScheduled, status: \"False\"}, {type: Ready, status: \"True\"}]}",
		 true, false, 1},
		{"status: {phase: Running, podIP: 10.0.0.1, conditions: [{type: Ready, status: "
		 "\"False\"}]}",
		 false, false, 1},
		{"status: {phase: Pending, podIP: 10.0.0.1, conditions: [{type: Ready, status: "
		 "\"True\"}]}",
		 false, false, 1},
		{"status: {phase: Running, podIP: 10.0.0.1, conditions: null}", false, false, 1},
		{"status: {phase: Running, podIP: \"\", conditions: [{type: Ready, status: "
		 "\"True\"}]}",
		 false, false, 0},
		{"status: {phase: Succeeded, podIP: 10.0.0.1}", false, true, 1},
		{"status: {phase: Failed, podIP: 10.0.0.1}", false, true, 1},
		{"status: {}", false, false, 0},
		{"status: null", false, false, 0},
		{"spec: {containers: null}", false, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};
		char text[512];

		snprintf(text, sizeof(text), "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n%s\n",
			 cases[i].text);
		add_good_text(&set, text);
		assert_int_equal(set.pod_count, 1);
		assert_string_equal(set.pods[0].meta.namespace, "default");
		assert_int_equal(set.pods[0].ready, cases[i].ready);
		assert_int_equal(set.pods[0].finished, cases[i].finished);
		assert_int_equal(set.pods[0].addresses.count, cases[i].addresses);
		object_set_clear(&set);
	}
}

static void pod_that_is_being_deleted_is_not_ready(void **state)
{
	struct object_set set = {0};

	(void)state;
	add_good_text(&set, "apiVersion: v1\nkind: Pod\n"
			    "metadata: {name: p, deletionTimestamp: \"2026-11-22T01:31:17Z\"}\n"
			    "status: {phase: Running, podIP: 10.0.0.1,"
			    " conditions: [{type: Ready, status: \"True\"}]}\n");
	assert_false(set.pods[0].ready);
	object_set_clear(&set);
}

static void only_the_label_value_true_offloads(void **state)
{
	static const struct {
		const char *labels;
		const char *service; /* NULL: not offloaded */
		const char *sha;
	} cases[] = {
		{"{shunt.dev/offloaded: \"true\", shunt.dev/service: users, shunt.dev/sha: a1}",
		 "users", "a1"},
		{"{shunt.dev/offloaded: \"true\", shunt.dev/service: users}", "users", ""},
		{"{shunt.dev/offloaded: \"true\"}", "", ""},
		{"{shunt.dev/offloaded: \"false\", shunt.dev/service: users}", NULL, NULL},
		{"{shunt.dev/service: users, shunt.dev/sha: a1}", NULL, NULL},
		{"{}", NULL, NULL},
		{"null", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};
		char text[512];

		snprintf(text, sizeof(text),
			 "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: %s}\n",
			 cases[i].labels);
		add_good_text(&set, text);
		if (cases[i].service) {
			assert_string_equal(set.pods[0].offloaded_service, cases[i].service);
			assert_string_equal(set.pods[0].offloaded_sha, cases[i].sha);
		} else {
			assert_null(set.pods[0].offloaded_service);
		}
		object_set_clear(&set);
	}
}

static void slice_endpoints_that_are_ready_or_serving(void **state)
{
	static const struct {
		const char *conditions;
		size_t count;
	} cases[] = {
		{"{ready: true}", 1},
		{"{ready: false}", 0},
		{"{ready: false, serving: true, terminating: true}", 1},
		{"{ready: false, serving: false}", 0},
		{"{ready: null}", 1},
		{"{}", 1},
		{"null", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};
		char text[512];

		snprintf(text, sizeof(text),
			 "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
			 "metadata: {name: s, labels: {kubernetes.io/service-name: users}}\n"
			 "addressType: IPv4\n"
			 "endpoints: [{addresses: [10.0.0.1], conditions: %s}]\n"
			 "ports: [{port: 80}, {port: null, name: any}]\n",
			 cases[i].conditions);
		add_good_text(&set, text);
		assert_int_equal(set.slices[0].addresses.count, cases[i].count);
		assert_int_equal(set.slices[0].ports.count, 1);
		assert_string_equal(set.slices[0].ports.items[0].name, "");
		object_set_clear(&set);
	}
}

static void other_kinds_are_skipped(void **state)
{
	static const char *const cases[] = {
		"",
		"---\n---\n",
		"apiVersion: apps/v1\nkind: Deployment\nspec: 1\n",
		"apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n",
		"apiVersion: v1\nkind: ConfigMapList\nitems: [{}]\n",
		"apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: UPPER}\n",
		"apiVersion: v1\nkind: List\nitems: null\n",
		"apiVersion: v1\nkind: List\n",
		"apiVersion: v1\nkind: PodList\nitems: []\n",
		"apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Node}]\n",
		"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};

		add_good_text(&set, cases[i]);
		assert_int_equal(
			set.service_count + set.pod_count + set.slice_count + set.context_count, 0);
		object_set_clear(&set);
	}
}

static void wrong_objects_are_refused(void **state)
{
#define SERVICE "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
#define POD "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
	static const struct {
		const char *text;
		const char *problem;
	} cases[] = {
		{"- a\n", "test.yaml:1:1: has to be an object with apiVersion and kind"},
		{"hello\n", "test.yaml:1:1: has to be an object with apiVersion and kind"},
		{"apiVersion: v1\n", "test.yaml:1:1: kind: is missing"},
		{"kind: Pod\n", "test.yaml:1:1: apiVersion: is missing"},
		{"apiVersion: v1\nkind: [Pod]\n",
		 "test.yaml:2:7: kind: has to be a string, but is a list"},
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
		 "test.yaml:2:7: kind: unknown kind Contxt; in shunt.dev/v1alpha1 there is "
		 "Context"},
	};
#undef SERVICE
#undef POD

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};
		struct problems problems = {0};

		assert_int_equal(add_text(&set, cases[i].text, &problems), -EINVAL);
		assert_int_equal(problems.count, 1);
		assert_string_equal(problems.texts[0], cases[i].problem);
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
		cmocka_unit_test(lists_of_the_api_server_are_read),
		cmocka_unit_test(fields_of_each_kind),
		cmocka_unit_test(pod_readiness),
		cmocka_unit_test(pod_that_is_being_deleted_is_not_ready),
		cmocka_unit_test(only_the_label_value_true_offloads),
		cmocka_unit_test(slice_endpoints_that_are_ready_or_serving),
		cmocka_unit_test(other_kinds_are_skipped),
		cmocka_unit_test(wrong_objects_are_refused),
		cmocka_unit_test(a_list_is_read_to_its_end),
		cmocka_unit_test(doubles_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
