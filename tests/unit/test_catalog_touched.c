// SPDX-License-Identifier: Apache-2.0
/* A context is resolved anew where only something that it does not name has changed. */
#include "tests/unit/catalog_world.h"

#define SETTINGS(target)                                                                   \
	"---\napiVersion: shunt.dev/v1alpha1\nkind: Settings\nmetadata: {name: default}\n" \
	"spec: {targets: [{service: shop/pay, address: \"" target "\"}]}\n"
#define NODE(ip)                                                                           \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: node, namespace: kube-system}\n" \
	"spec: {hostNetwork: true}\nstatus: {phase: Running, podIP: " ip "}\n"
#define API_SERVER(ip)                                                                    \
	"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"                     \
	"metadata: {name: api, namespace: default, labels: {kubernetes.io/service-name: " \
	"kubernetes}}\naddressType: IPv4\nendpoints: [{addresses: [" ip "]}]\n"

#define POD "override mmeng shop/pay:80"
#define LISTED "override listed shop/pay:80"

static void check(const struct catalog_world *world, const char *pod, const char *listed)
{
	assert_string_equal(world_get(world, POD), pod);
	assert_string_equal(world_get(world, LISTED), listed);
	world_check_snapshot(world);
}

static void targets_are_resolved_anew(void **state)
{
	static const struct {
		const char *cluster;
		const char *pod, *listed;
	} steps[] = {
		{WORLD_SHOP, "10.1.0.2:8080", ""},
		{WORLD_SHOP SETTINGS("10.9.0.1:80"), "10.1.0.2:8080", "10.9.0.1:80"},
		{WORLD_SHOP SETTINGS("10.9.0.2:80"), "10.1.0.2:8080", ""},
		{WORLD_SHOP SETTINGS("10.9.0.1:80"), "10.1.0.2:8080", "10.9.0.1:80"},
		{WORLD_SHOP SETTINGS("10.9.0.1:80") NODE("10.9.0.1"), "10.1.0.2:8080", ""},
		{WORLD_SHOP SETTINGS("10.9.0.1:80") NODE("10.1.0.2"), "", "10.9.0.1:80"},
		{WORLD_SHOP SETTINGS("10.9.0.1:80"), "10.1.0.2:8080", "10.9.0.1:80"},
		{WORLD_SHOP SETTINGS("10.9.0.1:80") API_SERVER("10.1.0.2"), "", "10.9.0.1:80"},
		{WORLD_SHOP SETTINGS("10.9.0.1:80") WORLD_SERVICE("a", "10.9.0.1", "{port: 81}"),
		 "10.1.0.2:8080", ""},
		{WORLD_SHOP SETTINGS("10.9.0.1:80") WORLD_SERVICE("a", "10.1.0.2", "{port: 81}"),
		 "", "10.9.0.1:80"},
		{WORLD_SHOP, "10.1.0.2:8080", ""},
	};
	struct catalog_world world;

	(void)state;
	start_shop(&world);
	world_put(&world,
		  WORLD_CONTEXT("mmeng", "{\"overrides\": [" WORLD_OVERRIDE("shop/pay", "pod",
									    "pay-x") "]}"),
		  2);
	world_put(&world,
		  WORLD_CONTEXT("listed", "{\"overrides\": [" WORLD_OVERRIDE("shop/pay", "address",
									     "10.9.0.1:80") "]}"),
		  3);
	world_flush(&world);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		print_message("# %zu\n", i);
		world_cluster(&world, steps[i].cluster);
		check(&world, steps[i].pod, steps[i].listed);
	}
	world_stop(&world);
}

#define WAITING                                                                                  \
	WORLD_SERVICE("pay", "10.0.0.2", "{port: 80, targetPort: 8080}")                         \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: pay-x, namespace: shop, labels: "      \
	"{shunt.dev/offloaded: \"true\", shunt.dev/service: pay, shunt.dev/sha: aaa}}\nstatus: " \
	"{phase: Running, podIP: 10.1.0.2, conditions: [{type: Ready, status: \"False\"}]}\n"
#define FENCE(spec)                                                                        \
	"---\napiVersion: shunt.dev/v1alpha1\nkind: Settings\nmetadata: {name: default}\n" \
	"spec: {fence: {" spec "}}\n"
#define WAITS "pod pay-x is not Ready"
#define PROBES "; the fence lets probes of its service port in from allowedSources only"

static void check_reason(const struct catalog_world *world, const char *reason)
{
	const struct catalog_context *context = catalog_find(world->catalog, "mmeng");
	json_t *override = json_array_get(
		json_object_get(catalog_status(world->catalog, context), "overrides"), 0);

	assert_string_equal(json_string_value(json_object_get(override, "reason")), reason);
}

/* What the fence does to probes may be why a pod is not Ready. */
static void reasons_follow_the_fence(void **state)
{
	static const struct {
		const char *cluster;
		const char *reason;
	} steps[] = {
		{WAITING, WAITS PROBES},
		{WAITING FENCE("mode: \"off\""), WAITS},
		{WAITING, WAITS PROBES},
		{WAITING FENCE("mode: observe"), WAITS},
		{WAITING FENCE("mode: enforce"), WAITS PROBES},
		{WAITING FENCE("services: [{service: shop/pay, mode: observe}]"), WAITS},
		{WAITING FENCE("services: [{service: shop/other, mode: observe}]"), WAITS PROBES},
	};
	struct catalog_world world;

	(void)state;
	start_shop(&world);
	world_put(&world,
		  WORLD_CONTEXT("mmeng", "{\"overrides\": [" WORLD_OVERRIDE("shop/pay", "pod",
									    "pay-x") "]}"),
		  2);
	world_flush(&world);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		print_message("# %zu\n", i);
		world_cluster(&world, steps[i].cluster);
		check_reason(&world, steps[i].reason);
	}
	world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(targets_are_resolved_anew),
					   cmocka_unit_test(reasons_follow_the_fence)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
