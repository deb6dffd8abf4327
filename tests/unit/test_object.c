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
		size_t ready;
	} cases[] = {
		{"{ready: true}", 1, 1},
		{"{ready: false}", 0, 0},
		{"{ready: false, serving: true, terminating: true}", 1, 0},
		{"{ready: false, serving: false}", 0, 0},
		{"{ready: null}", 1, 1},
		{"{}", 1, 1},
		{"null", 1, 1},
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
		assert_int_equal(set.slices[0].ready_count, cases[i].ready);
		assert_int_equal(set.slices[0].ports.count, 1);
		assert_string_equal(set.slices[0].ports.items[0].name, "");
		object_set_clear(&set);
	}
}

static void ready_endpoints_of_a_slice_go_first(void **state)
{
	static const char *const expected[] = {"10.0.0.2", "10.0.0.3", "10.0.0.5"};
	struct object_set set = {0};
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	add_good_text(&set, "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
			    "metadata: {name: s, labels: {kubernetes.io/service-name: users}}\n"
			    "addressType: IPv4\nendpoints:\n"
			    "- {addresses: [10.0.0.1], conditions: {ready: false, serving: true}}\n"
			    "- {addresses: [10.0.0.2, 10.0.0.3], conditions: {ready: true}}\n"
			    "- {addresses: [10.0.0.4], conditions: {ready: false, serving: true}}\n"
			    "- {addresses: [10.0.0.5]}\n");
	assert_int_equal(set.slices[0].addresses.count, 5);
	assert_int_equal(set.slices[0].ready_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(address_format(&set.slices[0].addresses.items[i], text),
				    expected[i]);
	object_set_clear(&set);
}

static void session_affinity(void **state)
{
	static const struct {
		const char *spec;
		bool affinity;
	} cases[] = {
		{"sessionAffinity: ClientIP", true},
		{"sessionAffinity: None", false},
		{"clusterIP: 10.0.0.1", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};
		char text[256];

		snprintf(text, sizeof(text),
			 "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {%s}\n",
			 cases[i].spec);
		add_good_text(&set, text);
		assert_int_equal(set.services[0].affinity, cases[i].affinity);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_the_api_server_are_read),
		cmocka_unit_test(fields_of_each_kind),
		cmocka_unit_test(pod_readiness),
		cmocka_unit_test(pod_that_is_being_deleted_is_not_ready),
		cmocka_unit_test(only_the_label_value_true_offloads),
		cmocka_unit_test(slice_endpoints_that_are_ready_or_serving),
		cmocka_unit_test(ready_endpoints_of_a_slice_go_first),
		cmocka_unit_test(session_affinity),
		cmocka_unit_test(other_kinds_are_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
