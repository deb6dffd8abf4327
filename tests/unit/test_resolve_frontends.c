// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/objects.h"

#define SERVICE(name, spec)                                                                 \
	"---\napiVersion: v1\nkind: Service\nmetadata: {name: " name ", namespace: shop}\n" \
	"spec: {" spec "}\n"
#define POD(name, labels, spec, status)                          \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: " name \
	", namespace: shop, labels: {" labels "}}\nspec: {" spec \
	"}\nstatus: {phase: Running, " status "}\n"
#define SLICE(name, service, addresses, ports)                                              \
	"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: " name \
	", namespace: shop, labels: {kubernetes.io/service-name: " service "}}\n"           \
	"addressType: IPv4\nendpoints: [{addresses: [" addresses "]}]\nports: [" ports "]\n"
#define USERS "clusterIP: 10.0.0.1, selector: {app: users}, ports: [{port: 80, targetPort: http}]"
#define HTTP "containers: [{ports: [{name: http, containerPort: 8080}]}]"

#define UNGUARDED "offloaded pod shop/moved has no label shunt.dev/service: no fence guards it\n"

static const struct {
	const char *name;
	const char *text;
	const char *tables;
	const char *warnings;
} cases[] = {
	{"what kubectl prints", NULL,
	 "frontend 10.0.0.146:80 shop/users:http\n"
	 "frontend 10.1.0.10:8080 shop/users:http\n"
	 "frontend [fd00:2::146]:80 shop/users:http\n"
	 "offloaded 10.1.0.20:9080 shop/users:http\n"
	 "offloaded [fd00:1::20]:9080 shop/users:http\n"
	 "steer 10.0.0.146:80 10.1.0.10:8080\n"
	 "steer [fd00:2::146]:80\n",
	 "service shop/users selects offloaded pod users-4f2a91c: connections are steered to the "
	 "others; change the pod's labels or the selector\n"},
	{"a ClusterIP alone", SERVICE("users", "clusterIP: 10.0.0.1, ports: [{port: 80}]"),
	 "frontend 10.0.0.1:80 shop/users:80\n", ""},
	{"clusterIPs go before clusterIP",
	 SERVICE("users", "clusterIP: 10.0.0.9, clusterIPs: [10.0.0.1, \"fd00::1\"], ports: "
			  "[{name: http, port: 80}]"),
	 "frontend 10.0.0.1:80 shop/users:http\nfrontend [fd00::1]:80 shop/users:http\n", ""},
	{"no ClusterIP", SERVICE("users", "clusterIP: \"\", ports: [{port: 80}]"), "", ""},
	{"null ports", SERVICE("users", "clusterIP: 10.0.0.1, ports: null"), "", ""},
	{"TCP only",
	 SERVICE("dns", "clusterIP: 10.0.0.1, ports: [{name: dns, port: 53, protocol: UDP}, "
			"{name: dns-tcp, port: 53, protocol: TCP}, {name: s, port: 1, protocol: "
			"SCTP}]"),
	 "frontend 10.0.0.1:53 shop/dns:dns-tcp\n", ""},
	{"an ExternalName has no addresses",
	 SERVICE("users", "type: ExternalName, externalName: a.b, " USERS)
		 POD("p", "app: users", HTTP, "podIP: 10.1.0.1"),
	 "", ""},
	{"named targetPort by selector, both families",
	 SERVICE("users", USERS)
		 POD("p", "app: users, x: z", HTTP, "podIPs: [{ip: 10.1.0.1}, {ip: \"fd00::1\"}]"),
	 "frontend 10.0.0.1:80 shop/users:80\nfrontend 10.1.0.1:8080 shop/users:80\n"
	 "frontend [fd00::1]:8080 shop/users:80\n",
	 ""},
	{"each pod's own number for a name",
	 SERVICE("users", USERS) POD("p", "app: users", HTTP, "podIP: 10.1.0.1")
		 POD("q", "app: users",
		     "containers: [{}, {ports: [{name: http, containerPort: "
		     "9090}]}]",
		     "podIP: 10.1.0.2") POD("r", "app: users", "", "podIP: 10.1.0.3"),
	 "frontend 10.0.0.1:80 shop/users:80\nfrontend 10.1.0.1:8080 shop/users:80\n"
	 "frontend 10.1.0.2:9090 shop/users:80\n",
	 ""},
	{"a UDP port of that name is another",
	 SERVICE("users", USERS)
		 POD("p", "app: users",
		     "containers: [{ports: [{name: http, containerPort: 1, protocol: UDP}, {name: "
		     "http, containerPort: 2, protocol: TCP}]}]",
		     "podIP: 10.1.0.1"),
	 "frontend 10.0.0.1:80 shop/users:80\nfrontend 10.1.0.1:2 shop/users:80\n", ""},
	{"targetPort absent, 0 and a number",
	 SERVICE("a", "clusterIP: None, selector: {app: a}, ports: [{name: a, port: 80}, {name: b, "
		      "port: 81, targetPort: 0}, {name: c, port: 82, targetPort: 9}]")
		 POD("p", "app: a", "", "podIP: 10.1.0.1"),
	 "frontend 10.1.0.1:9 shop/a:c\nfrontend 10.1.0.1:80 shop/a:a\n"
	 "frontend 10.1.0.1:81 shop/a:b\n",
	 ""},
	{"every label of the selector is needed",
	 SERVICE("a", "selector: {app: a, tier: x}, ports: [{port: 80}]")
		 POD("p", "app: a, tier: x, more: z", "", "podIP: 10.1.0.1")
			 POD("q", "app: a", "", "podIP: 10.1.0.2")
				 POD("r", "app: a, tier: z", "", "podIP: 10.1.0.3")
					 POD("s", "tier: x", "", "podIP: 10.1.0.4"),
	 "frontend 10.1.0.1:80 shop/a:80\n", ""},
	{"an empty selector selects nothing",
	 SERVICE("a", "selector: {}, ports: [{port: 80}]") SERVICE("b", "ports: [{port: 80}]")
		 POD("p", "app: a", "", "podIP: 10.1.0.1"),
	 "", ""},
	{"pods of another namespace are not selected",
	 SERVICE("a", "selector: {app: a}, ports: [{port: 80}]") "---\napiVersion: v1\nkind: "
								 "Pod\nmetadata: {name: p, labels: "
								 "{app: a}}\n"
								 "status: {podIP: 10.1.0.1}\n",
	 "", ""},
	{"pods that are no frontend",
	 SERVICE("a", "selector: {app: a}, ports: [{port: 80}]")
		 POD("host", "app: a", "hostNetwork: true",
		     "podIP: 192.0.2.1") POD("bare", "app: a", "", "podIP: \"\"")
			 POD("moved", "app: a, shunt.dev/offloaded: \"true\"", "",
			     "podIP: 10.1.0.2") POD("link", "app: a", "", "podIP: 169.254.1.1"),
	 "", UNGUARDED},
	{"a finished pod's address is another's",
	 SERVICE("a", "selector: {app: a}, ports: [{port: 80}]") "---\napiVersion: v1\nkind: "
								 "Pod\nmetadata: {name: p, "
								 "namespace: shop, labels: {app: "
								 "a}}\nstatus: {phase: Succeeded, "
								 "podIP: 10.1.0.1}\n"
								 "---\napiVersion: v1\nkind: "
								 "Pod\nmetadata: {name: moved, "
								 "namespace: shop, labels: "
								 "{shunt.dev/offloaded: "
								 "\"true\"}}\nstatus: {phase: "
								 "Failed, podIP: 10.1.0.2}\n" POD(
									 "q", "app: a", "",
									 "podIP: 10.1.0.2"),
	 "frontend 10.1.0.2:80 shop/a:80\n", ""},
	{"slices go before the selector",
	 SERVICE("users", USERS) POD("p", "app: users", HTTP, "podIP: 10.1.0.1")
		 SLICE("s", "users", "10.1.0.7", "{port: 8081}")
			 SLICE("t", "users", "10.1.0.8", "{name: \"\", port: 8082}"),
	 "frontend 10.0.0.1:80 shop/users:80\nfrontend 10.1.0.7:8081 shop/users:80\n"
	 "frontend 10.1.0.8:8082 shop/users:80\n",
	 ""},
	{"an empty slice still goes before the selector",
	 SERVICE("users", USERS) POD("p", "app: users", HTTP, "podIP: 10.1.0.1")
		 SLICE("s", "users", "", ""),
	 "frontend 10.0.0.1:80 shop/users:80\n", ""},
	{"slice ports match by name",
	 SERVICE("a", "ports: [{name: http, port: 80}, {name: grpc, port: 81}]")
		 SLICE("s", "a", "10.1.0.1, 10.1.0.2",
		       "{name: grpc, port: 9090}, {name: other, port: 1}, {name: http, port: 2, "
		       "protocol: UDP}"),
	 "frontend 10.1.0.1:9090 shop/a:grpc\nfrontend 10.1.0.2:9090 shop/a:grpc\n", ""},
	{"slices of another service or none",
	 SERVICE("a", "ports: [{port: 80}]") SLICE("s", "b", "10.1.0.1", "{port: 80}"), "", ""},
	{"nodes' and offloaded pods' addresses are left out of slices",
	 SERVICE("a", "ports: [{port: 80}]") POD("host", "app: a", "hostNetwork: true",
						 "podIP: 192.0.2.1")
		 POD("moved", "shunt.dev/offloaded: \"true\"", "", "podIP: 10.1.0.2")
			 SLICE("s", "a", "192.0.2.1, 10.1.0.2, 10.1.0.3, 127.0.0.1", "{port: 80}"),
	 "frontend 10.1.0.3:80 shop/a:80\n", UNGUARDED},
	{"the service first by name has a shared address",
	 SERVICE("web-hl", "clusterIP: None, selector: {app: a}, ports: [{name: http, port: 80}]")
		 SERVICE("web", "clusterIP: 10.0.0.1, selector: {app: a}, ports: [{name: http, "
				"port: 80}]") POD("p", "app: a", "", "podIP: 10.1.0.1")
			 POD("q", "app: a", "", "podIP: 10.1.0.2"),
	 "frontend 10.0.0.1:80 shop/web:http\nfrontend 10.1.0.1:80 shop/web:http\n"
	 "frontend 10.1.0.2:80 shop/web:http\n",
	 "10.1.0.1:80 and 1 more are claimed by shop/web:http and shop/web-hl:http; "
	 "shop/web:http has them\n"},
	{"two slices with the same address are no conflict",
	 SERVICE("a", "ports: [{port: 80}]") SLICE("s", "a", "10.1.0.1, 10.1.0.1", "{port: 80}")
		 SLICE("t", "a", "10.1.0.1", "{port: 80}"),
	 "frontend 10.1.0.1:80 shop/a:80\n", ""},
};

static void frontends(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};

		print_message("# %s\n", cases[i].name);
		if (cases[i].text)
			add_good_text(&set, cases[i].text);
		else
			add_good_file(&set, DATA "cluster.yaml");
		check_tables(&set, 0, cases[i].tables, cases[i].warnings);
		object_set_clear(&set);
	}
}

static void recordings_of_the_api_server(void **state)
{
	static const char *const files[][3] = {
		{DATA "services-v1.34.json", DATA "pods-v1.34.json",
		 DATA "endpointslices-v1.34.json"},
		{DATA "services-v1.20.json", DATA "pods-v1.34.json",
		 DATA "endpointslices-v1.20.json"},
	};
	static const char *const tables[] = {
		"frontend 10.0.0.1:443 default/kubernetes:https\n"
		"frontend 10.0.0.89:80 shop/web-np:http\n"
		"frontend 10.0.0.146:80 shop/web:http\n"
		"frontend 10.1.0.10:8080 shop/web:http\n"
		"frontend 10.1.0.11:8080 shop/web-hl:http\n",
		"frontend 10.0.0.1:443 default/kubernetes:https\n"
		"frontend 10.0.0.13:80 shop/web-np:http\n"
		"frontend 10.0.0.117:80 shop/web:http\n"
		"frontend 10.1.0.10:8080 shop/web:http\n"
		"frontend 10.1.0.11:8080 shop/web-hl:http\n",
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct object_set set = {0};

		for (size_t j = 0; j < 3; j++)
			add_good_file(&set, files[i][j]);
		check_tables(&set, 0, tables[i],
			     "10.1.0.11:8080 is claimed by shop/web-hl:http and shop/web-np:http; "
			     "shop/web-hl:http has it\n"
			     "10.1.0.10:8080 is claimed by shop/web:http and shop/web-hl:http; "
			     "shop/web:http has it\n"
			     "10.1.0.10:8080 is claimed by shop/web:http and shop/web-np:http; "
			     "shop/web:http has it\n");
		object_set_clear(&set);
	}
}

static void names_that_do_not_fit_are_left_out(void **state)
{
	struct problems warnings = {0};
	struct object_set set = {0};
	struct tables tables = {0};
	char text[1024], name[64], port[128];
	time_t next;

	(void)state;
	memset(name, 'n', 63);
	name[63] = '\0';
	for (int length = 63; length <= 64; length++) {
		memset(port, 'p', sizeof(port));
		port[length] = '\0';
		snprintf(text, sizeof(text),
			 "apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: %s}\n"
			 "spec: {clusterIP: 10.0.0.1, ports: [{name: %s, port: 80}]}\n",
			 name, name, port);
		add_good_text(&set, text);
		finish(&set);
		assert_int_equal(resolve_tables(&set, 0, &tables, &next, &warnings), 0);
		assert_int_equal(tables.service_count, length == 63 ? 1 : 0);
		assert_int_equal(warnings.count, length == 63 ? 0 : 1);
		tables_clear(&tables);
		object_set_clear(&set);
	}
	problems_clear(&warnings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frontends),
		cmocka_unit_test(recordings_of_the_api_server),
		cmocka_unit_test(names_that_do_not_fit_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
