// SPDX-License-Identifier: Apache-2.0
/* Which endpoints may be targets, and what the fence does about those of offloaded pods. */
#include "tests/unit/objects.h"

#define SERVICE(name, address, ports)                                      \
	"---\napiVersion: v1\nkind: Service\nmetadata: {name: " name "}\n" \
	"spec: {clusterIP: " address ", selector: {app: " name "}, ports: [" ports "]}\n"
#define POD(name, service, address, ready)                                    \
	"---\napiVersion: v1\nkind: Pod\nmetadata: {name: " name ", labels: " \
	"{shunt.dev/offloaded: \"true\", shunt.dev/service: " service         \
	", shunt.dev/sha: aaa}}\nstatus: {phase: Running, podIP: \"" address  \
	"\", conditions: [{type: Ready, status: \"" ready "\"}]}\n"
#define SETTINGS(spec)                                                           \
	"---\napiVersion: shunt.dev/v1alpha1\nkind: Settings\nmetadata: {name: " \
	"default}\nspec:\n" spec "\n"
#define CONTEXT(override) \
	"---\n" CONTEXT_HEAD "metadata: {name: m}\nspec: {overrides: [{" override "}]}\n"

#define PAY SERVICE("pay", "10.0.0.1", "{port: 80}")
#define USERS SERVICE("users", "10.0.0.2", "{name: http, port: 80}, {name: grpc, port: 81}")
#define CLUSTER                                                                                    \
	PAY USERS                                                                                  \
		"---\napiVersion: v1\nkind: Service\nmetadata: {name: kubernetes}\n"               \
		"spec: {clusterIP: 10.0.0.9, ports: [{port: 443}]}\n"                              \
		"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"                      \
		"metadata: {name: kubernetes, labels: {kubernetes.io/service-name: kubernetes}}\n" \
		"addressType: IPv4\nports: [{port: 6443}]\nendpoints: [{addresses: [10.8.0.1]}]\n" \
		"---\napiVersion: v1\nkind: Pod\nmetadata: {name: node-1, namespace: "             \
		"kube-system}\n"                                                                   \
		"spec: {hostNetwork: true}\nstatus: {phase: Running, podIPs: [{ip: 10.8.0.2}]}\n"
#define FRONTENDS                                                                        \
	"frontend 10.0.0.1:80 default/pay:80\nfrontend 10.0.0.2:80 default/users:http\n" \
	"frontend 10.0.0.2:81 default/users:grpc\n"
#define API                                              \
	"frontend 10.0.0.9:443 default/kubernetes:443\n" \
	"frontend 10.8.0.1:6443 default/kubernetes:443\n"

static const struct {
	const char *name;
	const char *text;
	const char *rows;
	const char *warnings;
} cases[] = {
	{"without Settings every offloaded pod is fenced",
	 PAY POD("p1", "pay", "10.1.0.1", "True") POD("p2", "pay", "10.1.0.2", "False"),
	 "frontend 10.0.0.1:80 default/pay:80\n"
	 "offloaded 10.1.0.1:80 default/pay:80\noffloaded 10.1.0.2:80 default/pay:80 no-target\n",
	 ""},
	{"Settings say how, and where it differs",
	 PAY USERS POD("p1", "pay", "10.1.0.1", "True") POD("u1", "users", "10.1.0.2", "True")
		 SETTINGS("  fence: {mode: observe, services: [{service: users, mode: off}]}"),
	 FRONTENDS "offloaded 10.1.0.1:80 default/pay:80 observe\n"
		   "offloaded 10.1.0.2:80 default/users:http off\n"
		   "offloaded 10.1.0.2:81 default/users:grpc off\n",
	 ""},
	{"where a pod is not Ready, the fence may be why",
	 PAY POD("p1", "pay", "10.1.0.1", "False") CONTEXT("service: pay, pod: p1"),
	 "frontend 10.0.0.1:80 default/pay:80\noffloaded 10.1.0.1:80 default/pay:80 no-target\n"
	 "unresolved m default/pay: pod p1 is not Ready; the fence lets probes of its service port "
	 "in from allowedSources only\n",
	 ""},
	{"but not where it lets them in",
	 PAY POD("p1", "pay", "10.1.0.1", "False") CONTEXT("service: pay, sha: aaa")
		 SETTINGS("  fence: {mode: observe}"),
	 "frontend 10.0.0.1:80 default/pay:80\n"
	 "offloaded 10.1.0.1:80 default/pay:80 observe no-target\n"
	 "unresolved m default/pay: no Ready offloaded pod of commit aaa (1 not Ready)\n",
	 ""},
	{"a fence of no service",
	 PAY SETTINGS("  fence: {services: [{service: shop/pay, mode: off}]}"),
	 "frontend 10.0.0.1:80 default/pay:80\n",
	 "Settings: fence.services[0]: there is no service shop/pay\n"},
	{"without a Service there is no port that a fence could guard, which is said",
	 PAY POD("p1", "shop", "10.1.0.1", "True") POD("p2", "\"\"", "10.1.0.2", "False"),
	 "frontend 10.0.0.1:80 default/pay:80\n",
	 "offloaded pod default/p1 is for service default/shop, which is not there: no fence "
	 "guards it\n"
	 "offloaded pod default/p2 has no label shunt.dev/service: no fence guards it\n"},
	{"where pods share an address, each endpoint has the strictest fence and is a target",
	 PAY USERS POD("p1", "pay", "10.1.0.1", "False") POD("u1", "users", "10.1.0.1", "True")
		 SETTINGS("  fence: {services: [{service: users, mode: observe}]}"),
	 FRONTENDS "offloaded 10.1.0.1:80 default/users:http\n"
		   "offloaded 10.1.0.1:81 default/users:grpc observe\n",
	 "10.1.0.1:80 is claimed by default/users:http and default/pay:80; default/users:http has "
	 "it\n"},

	{"a cluster may have reserved addresses for its own, but nobody dials a machine by "
	 "loopback",
	 SERVICE("pay", "240.0.0.1", "{port: 80}") SERVICE("users", "127.0.0.1", "{port: 80}")
		 SERVICE("web", "100.100.100.200", "{port: 80}"),
	 "frontend 100.100.100.200:80 default/web:80\nfrontend 240.0.0.1:80 default/pay:80\n",
	 "127.0.0.1 of service default/users is no frontend: it is a loopback address\n"},

	{"a listed address is a target of the only port, without a fence",
	 PAY SETTINGS("  targets: [{service: pay, address: \"10.9.0.1:8080\"}]")
		 CONTEXT("service: pay, address: \"10.9.0.1:8080\""),
	 "frontend 10.0.0.1:80 default/pay:80\n"
	 "offloaded 10.9.0.1:8080 default/pay:80 off\n"
	 "override m default/pay:80 10.9.0.1:8080\n",
	 ""},
	{"or of the port that is named, by name or number",
	 PAY USERS SETTINGS("  targets:\n"
			    "  - {service: \"users:grpc\", address: \"10.9.0.1:8080\"}\n"
			    "  - {service: \"default/users:80\", address: \"10.9.0.1:8081\"}")
		 CONTEXT("service: users, address: \"10.9.0.1:8080\""),
	 FRONTENDS "offloaded 10.9.0.1:8080 default/users:grpc off\n"
		   "offloaded 10.9.0.1:8081 default/users:http off\n"
		   "override m default/users:grpc 10.9.0.1:8080\n",
	 ""},
	{"but not of another service",
	 PAY USERS SETTINGS("  targets: [{service: pay, address: \"10.9.0.1:8080\"}]")
		 CONTEXT("service: users, address: \"10.9.0.1:8080\""),
	 FRONTENDS "offloaded 10.9.0.1:8080 default/pay:80 off\n"
		   "unresolved m default/users: 10.9.0.1:8080 is not an endpoint of a Ready "
		   "offloaded pod of the service, nor in Settings\n",
	 ""},
	{"which port, has to be clear",
	 PAY USERS SETTINGS("  targets:\n"
			    "  - {service: users, address: \"10.9.0.1:8080\"}\n"
			    "  - {service: \"users:web\", address: \"10.9.0.1:8080\"}\n"
			    "  - {service: shop/users, address: \"10.9.0.1:8080\"}"),
	 FRONTENDS,
	 "Settings: targets[0]: service default/users has several ports; write it with one of its "
	 "ports: grpc, http\n"
	 "Settings: targets[1]: service default/users has no such port; write it with one of its "
	 "ports: grpc, http\n"
	 "Settings: targets[2]: there is no service shop/users with a TCP port\n"},
	{"an offloaded pod that is listed too keeps its fence, and is a target before it is Ready",
	 PAY POD("p1", "pay", "10.1.0.1", "False")
		 SETTINGS("  targets: [{service: pay, address: \"10.1.0.1:80\"}]")
			 CONTEXT("service: pay, address: \"10.1.0.1:80\""),
	 "frontend 10.0.0.1:80 default/pay:80\noffloaded 10.1.0.1:80 default/pay:80\n"
	 "override m default/pay:80 10.1.0.1:80\n",
	 ""},
	{"and so does one that is listed for another service",
	 PAY USERS POD("u1", "users", "10.1.0.1", "True")
		 SETTINGS("  targets: [{service: pay, address: \"10.1.0.1:80\"}]"),
	 FRONTENDS
	 "offloaded 10.1.0.1:80 default/pay:80\noffloaded 10.1.0.1:81 default/users:grpc\n",
	 "10.1.0.1:80 is claimed by default/pay:80 and default/users:http; default/pay:80 has "
	 "it\n"},

	{"what belongs to the cluster is no target, though a pod says that it has it",
	 CLUSTER POD("p1", "pay", "10.8.0.1", "True") POD("p2", "pay", "10.8.0.2", "True")
		 POD("p3", "pay", "10.0.0.2", "True") POD("p4", "pay", "10.0.0.9", "False") POD(
			 "p5", "pay", "169.254.169.254", "True") CONTEXT("service: pay, pod: p1"),
	 FRONTENDS API
	 "unresolved m default/pay: pod p1 has 10.8.0.1, which is no target: it is the API "
	 "server's address\n",
	 "10.8.0.1 of the offloaded pod default/p1 is no target: it is the API server's address\n"
	 "10.8.0.2 of the offloaded pod default/p2 is no target: it is a node's own address\n"
	 "10.0.0.2 of the offloaded pod default/p3 is no target: it is a Service's ClusterIP\n"
	 "10.0.0.9 of the offloaded pod default/p4 is no target: it is the API server's address\n"
	 "169.254.169.254 of the offloaded pod default/p5 is no target: it is a link-local "
	 "address\n"},
	{"nor is what an address says itself, though a pod says that it has it",
	 PAY POD("p1", "pay", "0.0.0.0", "True") POD("p2", "pay", "127.0.0.1", "True")
		 POD("p3", "pay", "fe80::1", "True") POD("p4", "pay", "224.0.0.1", "True")
			 POD("p5", "pay", "240.0.0.1", "True") POD("p6", "pay", "::", "True")
				 POD("p7", "pay", "168.63.129.16", "True")
					 CONTEXT("service: pay, sha: aaa"),
	 "frontend 10.0.0.1:80 default/pay:80\n"
	 "unresolved m default/pay: no Ready offloaded pod of commit aaa (7 not Ready)\n",
	 "0.0.0.0 of the offloaded pod default/p1 is no target: it is unspecified\n"
	 "127.0.0.1 of the offloaded pod default/p2 is no target: it is a loopback address\n"
	 "fe80::1 of the offloaded pod default/p3 is no target: it is a link-local address\n"
	 "224.0.0.1 of the offloaded pod default/p4 is no target: it is a multicast address\n"
	 "240.0.0.1 of the offloaded pod default/p5 is no target: it is a reserved address\n"
	 ":: of the offloaded pod default/p6 is no target: it is unspecified\n"
	 "168.63.129.16 of the offloaded pod default/p7 is no target: a cloud's metadata service "
	 "answers there\n"},
	{"nor by its commit, nor by its address",
	 CLUSTER POD("p1", "pay", "10.8.0.1", "True") CONTEXT("service: pay, sha: aaa"),
	 FRONTENDS API "unresolved m default/pay: no Ready offloaded pod of commit aaa (1 not "
		       "Ready)\n",
	 "10.8.0.1 of the offloaded pod default/p1 is no target: it is the API server's address\n"},
	{"nor is it where the operator lists it",
	 CLUSTER SETTINGS("  targets:\n"
			  "  - {service: pay, address: \"10.8.0.1:6443\"}\n"
			  "  - {service: pay, address: \"10.8.0.2:80\"}\n"
			  "  - {service: pay, address: \"10.0.0.1:80\"}\n"
			  "  - {service: pay, address: \"10.0.0.9:80\"}")
		 CONTEXT("service: pay, address: \"10.8.0.2:80\""),
	 FRONTENDS API "unresolved m default/pay: 10.8.0.2:80 is not an endpoint of a Ready "
		       "offloaded pod of the service, nor in Settings\n",
	 "Settings: targets[0]: 10.8.0.1:6443 is no target: it is the API server's address\n"
	 "Settings: targets[1]: 10.8.0.2:80 is no target: it is a node's own address\n"
	 "Settings: targets[2]: 10.0.0.1:80 is no target: it is a Service's ClusterIP\n"
	 "Settings: targets[3]: 10.0.0.9:80 is no target: it is the API server's address\n"},
};

static void targets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};

		print_message("# %s\n", cases[i].name);
		add_good_text(&set, cases[i].text);
		check_tables(&set, 0, cases[i].rows, cases[i].warnings);
		object_set_clear(&set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(targets)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
