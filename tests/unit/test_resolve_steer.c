// SPDX-License-Identifier: Apache-2.0
/* Which services are steered, and to what. */
#include "tests/unit/objects.h"

#define SERVICE(name, spec)                                                                 \
	"---\napiVersion: v1\nkind: Service\nmetadata: {name: " name ", namespace: shop}\n" \
	"spec: {" spec "}\n"
#define USERS(more)                                                                        \
	SERVICE("users",                                                                   \
		"clusterIP: 10.0.0.1, selector: {app: users}, ports: [{name: http, port: " \
		"80, targetPort: 8080}]" more)
#define POD_OF(namespace, name, labels, spec, status)                                           \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: " name                                \
	", namespace: " namespace ", labels: {" labels "}}\nspec: {" spec "}\nstatus: {" status \
				  "}\n"
#define READY(ready) "phase: Running, conditions: [{type: Ready, status: \"" ready "\"}], "
#define POD(name, address) POD_OF("shop", name, "app: users", "", READY("True") "podIP: " address)
#define MOVED "app: users, shunt.dev/offloaded: \"true\", shunt.dev/service: users"
#define OFFLOADED(name, address) POD_OF("shop", name, MOVED, "", READY("True") "podIP: " address)
#define SLICE(name, service, type, endpoints, ports)                                        \
	"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: " name \
	", namespace: shop, labels: {kubernetes.io/service-name: " service "}}\n"           \
	"addressType: " type "\nendpoints: [" endpoints "]\nports: [" ports "]\n"
#define HTTP "{name: http, port: 8080}"
#define AT(address) "{addresses: [" address "]}"
#define LEAVING(address) \
	"{addresses: [" address "], conditions: {ready: false, serving: true, terminating: true}}"
#define WARNING(service, pods)                                 \
	"service shop/" service " selects offloaded pod " pods \
	": connections are steered to the others; change the pod's labels or the selector\n"

static const struct {
	const char *name;
	const char *text;
	const char *steers;
	const char *warnings;
} cases[] = {
	{"a selector that matches no offloaded pod",
	 USERS("") POD("a", "10.1.0.1")
		 POD_OF("shop", "x", "shunt.dev/offloaded: \"true\", shunt.dev/service: users", "",
			READY("True") "podIP: 10.1.0.9"),
	 "", ""},
	{"a selector that matches one",
	 USERS("") POD("b", "10.1.0.2") POD("a", "10.1.0.1") OFFLOADED("x", "10.1.0.9"),
	 "steer 10.0.0.1:80 10.1.0.1:8080 10.1.0.2:8080\n", WARNING("users", "x")},
	{"and several",
	 USERS("") POD("a", "10.1.0.1") OFFLOADED("x2", "10.1.0.8") OFFLOADED("x", "10.1.0.9")
		 OFFLOADED("x3", "10.1.0.7"),
	 "steer 10.0.0.1:80 10.1.0.1:8080\n", WARNING("users", "x and 2 more")},
	{"a pod that is offloaded for another service, or for none that there is",
	 USERS("") POD("a", "10.1.0.1") POD_OF(
		 "shop", "x", "app: users, shunt.dev/offloaded: \"true\", shunt.dev/service: pay",
		 "", READY("True") "podIP: 10.1.0.9"),
	 "steer 10.0.0.1:80 10.1.0.1:8080\n", WARNING("users", "x")},
	{"of another namespace",
	 USERS("") POD("a", "10.1.0.1")
		 POD_OF("test", "x", MOVED, "", READY("True") "podIP: 10.1.0.9"),
	 "", ""},
	{"an offloaded pod that is not Ready, or has no address yet",
	 USERS("") POD("a", "10.1.0.1")
		 POD_OF("shop", "x", MOVED, "", READY("False") "podIP: 10.1.0.9")
			 POD_OF("shop", "x2", MOVED, "", "phase: Pending"),
	 "steer 10.0.0.1:80 10.1.0.1:8080\n", WARNING("users", "x and 1 more")},
	{"one that has finished",
	 USERS("") POD("a", "10.1.0.1")
		 POD_OF("shop", "x", MOVED, "", "phase: Succeeded, podIP: 10.1.0.9"),
	 "", ""},
	{"one on the host network, which is no target",
	 USERS("") POD("a", "10.1.0.1")
		 POD_OF("shop", "x", MOVED, "hostNetwork: true", READY("True") "podIP: 192.0.2.1"),
	 "", ""},
	{"ordinary pods that are not Ready get nothing",
	 USERS("") POD("a", "10.1.0.1")
		 POD_OF("shop", "b", "app: users", "", READY("False") "podIP: 10.1.0.2")
			 OFFLOADED("x", "10.1.0.9"),
	 "steer 10.0.0.1:80 10.1.0.1:8080\n", WARNING("users", "x")},
	{"ordinary pods on the host network do",
	 USERS("") POD("a", "10.1.0.1") POD_OF("shop", "b", "app: users", "hostNetwork: true",
					       READY("True") "podIP: 192.0.2.1")
		 OFFLOADED("x", "10.1.0.9"),
	 "steer 10.0.0.1:80 10.1.0.1:8080 192.0.2.1:8080\n", WARNING("users", "x")},
	{"none left", USERS("") OFFLOADED("x", "10.1.0.9"), "steer 10.0.0.1:80\n",
	 WARNING("users", "x")},
	{"affinity",
	 USERS(", sessionAffinity: ClientIP") POD("a", "10.1.0.1") OFFLOADED("x", "10.1.0.9"),
	 "steer 10.0.0.1:80 affinity 10.1.0.1:8080\n", WARNING("users", "x")},
	{"both families",
	 SERVICE("users", "clusterIPs: [10.0.0.1, \"fd00::1\"], selector: {app: users}, ports: "
			  "[{port: 80, targetPort: 8080}]")
		 POD_OF("shop", "a", "app: users", "",
			READY("True") "podIPs: [{ip: 10.1.0.1}, {ip: \"fd00:1::1\"}]")
			 POD_OF("shop", "b", "app: users", "",
				READY("True") "podIPs: [{ip: \"fd00:1::2\"}]")
				 OFFLOADED("x", "10.1.0.9"),
	 "steer 10.0.0.1:80 10.1.0.1:8080\n"
	 "steer [fd00::1]:80 [fd00:1::1]:8080 [fd00:1::2]:8080\n",
	 WARNING("users", "x")},
	{"only the ports that the offloaded pod has",
	 SERVICE("users",
		 "clusterIP: 10.0.0.1, selector: {app: users}, ports: [{name: http, port: 80, "
		 "targetPort: 8080}, {name: a, port: 81, targetPort: a}, {name: b, port: 82, "
		 "targetPort: b}, {name: u, port: 83, protocol: UDP}]")
		 POD_OF("shop", "a", "app: users",
			"containers: [{ports: [{name: a, containerPort: 1}, {name: b, "
			"containerPort: 2}]}]",
			READY("True") "podIP: 10.1.0.1")
			 POD_OF("shop", "x", MOVED,
				"containers: [{ports: [{name: b, containerPort: 3}]}]",
				READY("True") "podIP: 10.1.0.9"),
	 "steer 10.0.0.1:80 10.1.0.1:8080\nsteer 10.0.0.1:82 10.1.0.1:2\n", WARNING("users", "x")},
	{"headless, ExternalName, and without a selector",
	 SERVICE("a", "clusterIP: None, selector: {app: users}, ports: [{port: 80}]")
		 SERVICE("b", "type: ExternalName, clusterIP: 10.0.0.2, selector: {app: users}, "
			      "ports: [{port: 80}]")
			 SERVICE("c", "clusterIP: 10.0.0.3, ports: [{port: 80}]")
				 POD("p", "10.1.0.1") OFFLOADED("x", "10.1.0.9"),
	 "", ""},
	{"two services, sorted by address",
	 SERVICE("a", "clusterIP: 10.0.0.2, selector: {app: users}, ports: [{port: 80}]")
		 SERVICE("b", "clusterIP: 10.0.0.1, selector: {app: users}, ports: [{port: 80, "
			      "targetPort: 81}]") POD("p", "10.1.0.1") OFFLOADED("x", "10.1.0.9"),
	 "steer 10.0.0.1:80 10.1.0.1:81\nsteer 10.0.0.2:80 10.1.0.1:80\n",
	 WARNING("a", "x") WARNING("b", "x")},
	{"an address that two services claim is the first one's",
	 SERVICE("a", "clusterIP: 10.0.0.1, selector: {app: other}, ports: [{port: 80}]")
		 SERVICE("b", "clusterIP: 10.0.0.1, selector: {app: users}, ports: [{port: 80}]")
			 POD("p", "10.1.0.1") OFFLOADED("x", "10.1.0.9"),
	 "", "10.0.0.1:80 is claimed by shop/a:80 and shop/b:80; shop/a:80 has it\n"},
	{"a slice that lists an offloaded pod",
	 USERS("") POD("ignored", "10.1.0.3") OFFLOADED("x", "10.1.0.9")
		 SLICE("s", "users", "IPv4", AT("10.1.0.1") ", " AT("10.1.0.9"), HTTP)
			 SLICE("t", "users", "IPv4", AT("10.1.0.2") ", " AT("10.1.0.1"), HTTP),
	 "steer 10.0.0.1:80 10.1.0.1:8080 10.1.0.2:8080\n", WARNING("users", "x")},
	{"a slice without a selector",
	 SERVICE("a", "clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]") OFFLOADED(
		 "x", "10.1.0.9") SLICE("s", "a", "IPv4", AT("10.1.0.1") ", " AT("10.1.0.9"), HTTP),
	 "steer 10.0.0.1:80 10.1.0.1:8080\n", WARNING("a", "x")},
	{"a slice that does not list the pod that the selector matches yet",
	 USERS("") OFFLOADED("x", "10.1.0.9") SLICE("s", "users", "IPv4", AT("10.1.0.1"), HTTP),
	 "steer 10.0.0.1:80 10.1.0.1:8080\n", WARNING("users", "x")},
	{"slices without offloaded pods",
	 USERS("") POD_OF("shop", "x", "shunt.dev/offloaded: \"true\"", "", "podIP: 10.1.0.9")
		 SLICE("s", "users", "IPv4", AT("10.1.0.1"), HTTP)
			 SLICE("t", "other", "IPv4", AT("10.1.0.9"), HTTP),
	 "", ""},
	{"a slice of ports that the service has not",
	 SERVICE("a", "clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]")
		 OFFLOADED("x", "10.1.0.9")
			 SLICE("s", "a", "IPv4", AT("10.1.0.9"), "{name: other, port: 8080}"),
	 "", ""},
	{"slices of both families, with a node's address",
	 SERVICE("a", "clusterIPs: [10.0.0.1, \"fd00::1\"], ports: [{name: http, port: 80}]")
		 POD_OF("shop", "h", "app: users", "hostNetwork: true",
			READY("True") "podIP: 192.0.2.1") OFFLOADED("x", "10.1.0.9")
			 SLICE("s", "a", "IPv4", AT("192.0.2.1") ", " AT("10.1.0.9"), HTTP) SLICE(
				 "t", "a", "IPv6", AT("\"fd00:1::1\""), "{name: http, port: 9}"),
	 "steer 10.0.0.1:80 192.0.2.1:8080\nsteer [fd00::1]:80 [fd00:1::1]:9\n", WARNING("a", "x")},
	{"terminating endpoints only where no other is left",
	 SERVICE("a", "clusterIP: 10.0.0.1, ports: [{name: http, port: 80}, {name: web, port: 81}]")
		 OFFLOADED("x", "10.1.0.9")
			 SLICE("s", "a", "IPv4",
			       LEAVING("10.1.0.1") ", " AT("10.1.0.2") ", " AT("10.1.0.9"), HTTP)
				 SLICE("t", "a", "IPv4", LEAVING("10.1.0.3") ", " AT("10.1.0.9"),
				       "{name: web, port: 8081}"),
	 "steer 10.0.0.1:80 10.1.0.2:8080\nsteer 10.0.0.1:81 10.1.0.3:8081\n", WARNING("a", "x")},
	{"slices that are empty",
	 USERS("") POD("a", "10.1.0.1") OFFLOADED("x", "10.1.0.9")
		 SLICE("s", "users", "IPv4", "", HTTP),
	 "steer 10.0.0.1:80\n", WARNING("users", "x")},
};

static void resolve(struct object_set *set, struct tables *tables, struct problems *warnings)
{
	time_t next;

	finish(set);
	assert_int_equal(resolve_tables(set, 0, tables, &next, warnings), 0);
}

static void check(const char *text, const char *steers, const char *warnings)
{
	struct problems problems = {0};
	struct object_set set = {0};
	struct tables tables = {0};
	char joined[2048] = "";
	char *buffer;
	size_t size;
	FILE *out = open_memstream(&buffer, &size);

	add_good_text(&set, text);
	resolve(&set, &tables, &problems);
	write_steers(&tables.policy, out);
	fclose(out);
	assert_string_equal(buffer, steers);
	for (size_t i = 0; i < problems.count; i++) {
		/* Of the fence: test_resolve_targets.c. */
		if (strstr(problems.texts[i], "no fence guards it"))
			continue;
		strcat(joined, problems.texts[i]);
		strcat(joined, "\n");
	}
	assert_string_equal(joined, warnings);
	free(buffer);
	problems_clear(&problems);
	tables_clear(&tables);
	object_set_clear(&set);
}

static void steers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("# %s\n", cases[i].name);
		check(cases[i].text, cases[i].steers, cases[i].warnings);
	}
}

/* A service of `count` ordinary pods, the highest address first, and one offloaded one. */
static void add_many(struct object_set *set, unsigned int count)
{
	char text[512];

	add_good_text(set, USERS("") OFFLOADED("x", "10.1.9.9"));
	for (unsigned int i = count; i > 0; i--) {
		snprintf(text, sizeof(text), POD("p%u", "10.1.%u.%u"), i, i / 200, i % 200 + 1);
		add_good_text(set, text);
	}
}

static void of_many_endpoints_the_first_ones(void **state)
{
	static const size_t counts[] = {SHUNT_STEER_ENDPOINTS_MAX, SHUNT_STEER_ENDPOINTS_MAX + 1,
					1000};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		bool too_many = counts[i] > SHUNT_STEER_ENDPOINTS_MAX;
		struct problems warnings = {0};
		struct object_set set = {0};
		struct tables tables = {0};
		struct shunt_endpoint last;
		char expected[128];

		add_many(&set, counts[i]);
		resolve(&set, &tables, &warnings);
		assert_int_equal(tables.policy.steer_count, 1);
		assert_int_equal(tables.policy.steers[0].count, SHUNT_STEER_ENDPOINTS_MAX);
		assert_int_equal(address_parse_endpoint("10.1.0.129:8080", &last), 0);
		assert_int_equal(address_compare_endpoint(&tables.policy.endpoints[127], &last), 0);
		assert_int_equal(warnings.count, too_many ? 2 : 1);
		snprintf(expected, sizeof(expected),
			 "10.0.0.1:80 of shop/users:http has %zu ordinary endpoints: connections "
			 "are steered to the first 128",
			 counts[i]);
		if (too_many)
			assert_string_equal(warnings.texts[0], expected);
		problems_clear(&warnings);
		tables_clear(&tables);
		object_set_clear(&set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steers),
		cmocka_unit_test(of_many_endpoints_the_first_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
