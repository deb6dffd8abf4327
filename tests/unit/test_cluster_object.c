// SPDX-License-Identifier: Apache-2.0
/* Objects of the Kubernetes API as they come and go. */
#include "tests/unit/objects.h"
#include "user/lib/target.h"
#include "user/manager/cluster_kubernetes_state.h"

static void put(struct cluster_objects *objects, unsigned int kind, json_t *object)
{
	assert_non_null(object);
	assert_int_equal(cluster_objects_put(objects, kind, object), 0);
	json_decref(object);
}

static json_t *settings(const char *mode)
{
	return json_pack("{s:s, s:s, s:{s:s}, s:{s:{s:s}}}", "apiVersion", "shunt.dev/v1alpha1",
			 "kind", "Settings", "metadata", "name", "default", "spec", "fence", "mode",
			 mode);
}

static json_t *pod(const char *namespace, const char *name)
{
	return json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s}}", "apiVersion", "v1", "kind",
			 "Pod", "metadata", "namespace", namespace, "name", name, "status", "phase",
			 "Running", "podIP", "10.1.0.1");
}

static void check_fence(const struct cluster_objects *objects, int fence, const char *problem)
{
	struct problems problems = {0};
	struct object_set view = {0};

	assert_int_equal(cluster_objects_view(objects, &view), 0);
	assert_int_equal(view.settings_count, fence >= 0);
	if (fence >= 0)
		assert_int_equal(view.settings[0].fence, fence);
	object_set_clear(&view);
	cluster_objects_problems(objects, &problems);
	assert_int_equal(problems.count, !!problem);
	if (problem)
		assert_non_null(strstr(problems.texts[0], problem));
	problems_clear(&problems);
}

static void settings_stay_until_better_ones_come(void **state)
{
	struct cluster_objects objects = {0};

	(void)state;
	put(&objects, KIND_SETTINGS, settings("sometimes"));
	assert_non_null(strstr(cluster_objects_unread(&objects, KIND_SETTINGS), "spec.fence.mode"));
	assert_null(cluster_objects_unread(&objects, KIND_PODS));
	check_fence(&objects, -1, "observe or off; it is left out");
	put(&objects, KIND_SETTINGS, settings("observe"));
	assert_null(cluster_objects_unread(&objects, KIND_SETTINGS));
	check_fence(&objects, SHUNT_FENCE_OBSERVE, NULL);
	for (int i = 0; i < 3; i++) {
		put(&objects, KIND_SETTINGS, settings("sometimes"));
		assert_null(cluster_objects_unread(&objects, KIND_SETTINGS));
		cluster_objects_forget(&objects);
		check_fence(&objects, SHUNT_FENCE_OBSERVE,
			    "observe or off; what it was before holds");
	}
	put(&objects, KIND_SETTINGS, settings("off"));
	check_fence(&objects, SHUNT_FENCE_OFF, NULL);
	put(&objects, KIND_SETTINGS, settings("sometimes"));
	cluster_objects_remove(&objects, KIND_SETTINGS, "", "default");
	check_fence(&objects, -1, NULL);
	cluster_objects_clear(&objects);
}

static void a_namespace_is_removed_at_once(void **state)
{
	struct cluster_objects objects = {0};
	struct object_set view = {0};

	(void)state;
	put(&objects, KIND_ORDINARY_PODS, pod("shop", "a"));
	put(&objects, KIND_ORDINARY_PODS, pod("shop", "b"));
	put(&objects, KIND_ORDINARY_PODS, pod("ci", "a"));
	put(&objects, KIND_PODS, pod("shop", "c"));
	put(&objects, KIND_ORDINARY_PODS, pod("zoo", "a"));
	assert_int_equal(cluster_objects_view(&objects, &view), 0);
	cluster_objects_remove_all(&objects, KIND_ORDINARY_PODS, "shop");
	assert_int_equal(objects.count, 3);
	/* The view that was handed out still has all. */
	assert_int_equal(view.pod_count, 5);
	assert_string_equal(view.pods[1].meta.name, "a");
	object_set_clear(&view);
	cluster_objects_forget(&objects);
	assert_int_equal(cluster_objects_view(&objects, &view), 0);
	assert_int_equal(view.pod_count, 3);
	assert_string_equal(view.pods[0].meta.namespace, "ci");
	assert_string_equal(view.pods[1].meta.namespace, "shop");
	assert_string_equal(view.pods[1].meta.name, "c");
	assert_string_equal(view.pods[2].meta.namespace, "zoo");
	object_set_clear(&view);
	cluster_objects_clear(&objects);
}

static void what_no_view_has_does_not_pile_up(void **state)
{
	struct cluster_objects objects = {0};
	struct object_set view = {0};

	(void)state;
	put(&objects, KIND_PODS, pod("shop", "a"));
	put(&objects, KIND_PODS, pod("shop", "a"));
	assert_non_null(objects.retired);
	cluster_objects_trim(&objects);
	assert_null(objects.retired);
	put(&objects, KIND_SETTINGS, settings("observe"));
	assert_int_equal(cluster_objects_view(&objects, &view), 0);
	cluster_objects_forget(&objects);
	for (int i = 0; i < 3; i++) {
		put(&objects, KIND_PODS, pod("shop", "a"));
		put(&objects, KIND_SETTINGS, settings(i ? "off" : "sometimes"));
		cluster_objects_trim(&objects);
		/* What was handed out is still whole. */
		assert_non_null(objects.retired);
		assert_string_equal(view.pods[0].meta.name, "a");
		assert_string_equal(view.settings[0].meta.name, "default");
	}
	object_set_clear(&view);
	cluster_objects_forget(&objects);
	assert_null(objects.retired);
	cluster_objects_clear(&objects);
}

static void the_api_server_is_guarded(void **state)
{
	static const struct {
		const char *url;
		const char *address; /* NULL: its name says none */
	} cases[] = {
		{"https://10.8.0.1:6443", "10.8.0.1"},
		{"https://10.8.0.1", "10.8.0.1"},
		{"http://10.8.0.1/path", "10.8.0.1"},
		{"https://[fd00::8]:6443/path", "fd00::8"},
		{"https://[fd00::8]", "fd00::8"},
		{"https://kubernetes.default.svc", NULL},
		{"https://10.8.0.1.example:6443", NULL},
		{"https://", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *slice = cluster_kubernetes_server(cases[i].url);
		struct cluster_objects objects = {0};
		struct target_guarded guarded = {0};
		struct object_set view = {0};
		char text[ADDRESS_TEXT_SIZE];

		assert_int_equal(slice != NULL, cases[i].address != NULL);
		if (!slice)
			continue;
		put(&objects, KIND_API_SERVER, slice);
		assert_int_equal(cluster_objects_view(&objects, &view), 0);
		assert_int_equal(target_guarded_find(&view, &guarded), 0);
		assert_int_equal(guarded.api_servers.count, 1);
		assert_string_equal(address_format(&guarded.api_servers.items[0], text),
				    cases[i].address);
		target_guarded_clear(&guarded);
		object_set_clear(&view);
		cluster_objects_clear(&objects);
	}
}

static void a_node_is_guarded(void **state)
{
	json_t *node = json_pack("{s:{s:s}, s:{s:[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]}}",
				 "metadata", "name", "node-1", "status", "addresses", "type",
				 "InternalIP", "address", "10.8.0.2", "type", "Hostname", "address",
				 "node-1", "type", "ExternalIP", "address", "192.0.2.1");
	struct cluster_objects objects = {0};
	struct target_guarded guarded = {0};
	struct object_set view = {0};
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	put(&objects, KIND_NODES, cluster_kubernetes_node(node));
	json_decref(node);
	assert_int_equal(cluster_objects_view(&objects, &view), 0);
	assert_int_equal(target_guarded_find(&view, &guarded), 0);
	assert_int_equal(guarded.nodes.count, 2);
	assert_string_equal(address_format(&guarded.nodes.items[0], text), "10.8.0.2");
	assert_string_equal(address_format(&guarded.nodes.items[1], text), "192.0.2.1");
	target_guarded_clear(&guarded);
	object_set_clear(&view);
	cluster_objects_clear(&objects);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_stay_until_better_ones_come),
		cmocka_unit_test(a_namespace_is_removed_at_once),
		cmocka_unit_test(what_no_view_has_does_not_pile_up),
		cmocka_unit_test(the_api_server_is_guarded),
		cmocka_unit_test(a_node_is_guarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
