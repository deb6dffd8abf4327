// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/objects.h"

/* A context m with one override, or several joined by OVERRIDE(). */
#define CONTEXT(overrides) \
	CONTEXT_HEAD "metadata: {name: m}\nspec:\n  overrides:\n  - {" overrides "}\n"
#define OVERRIDE "}\n  - {"

static const struct {
	const char *name;
	const char *text;
	const char *rows;
} cases[] = {
	{"every Ready pod of a commit, each port with its own number",
	 CONTEXT("service: shop/users, sha: aaa"),
	 "override m shop/users:grpc 10.1.0.11:9090 10.1.0.12:9090 [fd00::11]:9090\n"
	 "override m shop/users:http 10.1.0.11:8080 10.1.0.12:8081 [fd00::11]:8080\n"},
	{"the same commit of another service", CONTEXT("service: shop/pay, sha: aaa"),
	 "override m shop/pay:80 10.1.0.17:8080\n"},
	{"only signed markers",
	 CONTEXT_HEAD "metadata: {name: m}\nspec: {signed: true, overrides: [{service: shop/pay, "
		      "sha: aaa}]}\n",
	 "override m shop/pay:80 signed 10.1.0.17:8080\n"},
	{"the policy", CONTEXT("service: shop/pay, sha: aaa, onUnreachable: main"),
	 "override m shop/pay:80 main 10.1.0.17:8080\n"},
	{"a pod", CONTEXT("service: shop/users, pod: users-a-1"),
	 "override m shop/users:grpc 10.1.0.11:9090 [fd00::11]:9090\n"
	 "override m shop/users:http 10.1.0.11:8080 [fd00::11]:8080\n"},
	{"an address counts for the port that it is of",
	 CONTEXT("service: shop/users, address: \"10.1.0.12:8081\""),
	 "override m shop/users:http 10.1.0.12:8081\n"},
	{"an IPv6 address", CONTEXT("service: shop/users, address: \"[fd00::11]:9090\""),
	 "override m shop/users:grpc [fd00::11]:9090\n"},
	{"several services, sorted",
	 CONTEXT("service: shop/users, address: \"10.1.0.12:8081\"" OVERRIDE
		 "service: shop/nowhere, sha: aaa" OVERRIDE "service: shop/pay, pod: pay-x1"),
	 "override m shop/pay:80 10.1.0.17:8080\noverride m shop/users:http 10.1.0.12:8081\n"
	 "unresolved m shop/nowhere: no such service\n"},

	{"a port that the commit's pods do not have", CONTEXT("service: shop/users, sha: bbb"),
	 "override m shop/users:grpc 10.1.0.14:9090\n"
	 "unresolved m shop/users:http: no Ready offloaded pod of commit bbb has the port http\n"},
	{"a port that the pod does not have", CONTEXT("service: shop/users, pod: users-b"),
	 "override m shop/users:grpc 10.1.0.14:9090\n"
	 "unresolved m shop/users:http: pod users-b has no port http\n"},
	{"a service elsewhere", CONTEXT("service: users, sha: aaa"),
	 "unresolved m default/users: no such service\n"},
	{"a service without TCP", CONTEXT("service: shop/log, sha: aaa"),
	 "unresolved m shop/log: the service has no TCP port\n"},
	{"an unknown commit", CONTEXT("service: shop/users, sha: zzz"),
	 "unresolved m shop/users: no offloaded pod of commit zzz\n"},
	{"the beginning of a commit is not it", CONTEXT("service: shop/users, sha: aa"),
	 "unresolved m shop/users: no offloaded pod of commit aa\n"},
	{"a commit whose pod is being deleted", CONTEXT("service: shop/users, sha: ccc"),
	 "unresolved m shop/users: no Ready offloaded pod of commit ccc (1 not Ready)\n"},
	{"a commit on the host network", CONTEXT("service: shop/pay, sha: hhh"),
	 "unresolved m shop/pay: no Ready offloaded pod of commit hhh (1 not Ready)\n"},
	{"a pod on the host network", CONTEXT("service: shop/pay, pod: pay-host"),
	 "unresolved m shop/pay: pod pay-host is on the host network\n"},
	{"a pod at a loopback address", CONTEXT("service: shop/pay, pod: pay-local"),
	 "unresolved m shop/pay: pod pay-local has 127.0.0.1, which is no target: it is a "
	 "loopback address\n"},
	{"an unknown pod", CONTEXT("service: shop/pay, pod: pay-x2"),
	 "unresolved m shop/pay: pod pay-x2 not found\n"},
	{"an ordinary pod", CONTEXT("service: shop/pay, pod: pay-0"),
	 "unresolved m shop/pay: pod pay-0 is not offloaded for service pay\n"},
	{"a pod of another service", CONTEXT("service: shop/users, pod: pay-x1"),
	 "unresolved m shop/users: pod pay-x1 is not offloaded for service users\n"},
	{"an ordinary pod's address", CONTEXT("service: shop/pay, address: \"10.1.0.16:8080\""),
	 "unresolved m shop/pay: 10.1.0.16:8080 is not an endpoint of a Ready offloaded pod of the "
	 "service, nor in Settings\n"},
	{"another service's offloaded address",
	 CONTEXT("service: shop/users, address: \"10.1.0.17:8080\""),
	 "unresolved m shop/users: 10.1.0.17:8080 is not an endpoint of a Ready offloaded pod of "
	 "the service, nor in Settings\n"},
	{"another port of an offloaded pod",
	 CONTEXT("service: shop/pay, address: \"10.1.0.17:8081\""),
	 "unresolved m shop/pay: 10.1.0.17:8081 is not an endpoint of a Ready offloaded pod of the "
	 "service, nor in Settings\n"},
	{"the address of a pod that is not Ready",
	 CONTEXT("service: shop/users, address: \"10.1.0.13:9090\""),
	 "unresolved m shop/users: 10.1.0.13:9090 is not an endpoint of a Ready offloaded pod of "
	 "the service, nor in Settings\n"},
};

#define ADDRESSES                                                                              \
	"frontend 10.0.0.1:80 shop/users:http\nfrontend 10.0.0.1:81 shop/users:grpc\n"         \
	"frontend 10.0.0.2:80 shop/pay:80\n"                                                   \
	"offloaded 10.1.0.11:8080 shop/users:http\noffloaded 10.1.0.11:9090 shop/users:grpc\n" \
	"offloaded 10.1.0.12:8081 shop/users:http\noffloaded 10.1.0.12:9090 shop/users:grpc\n" \
	"offloaded 10.1.0.13:9090 shop/users:grpc no-target\n"                                 \
	"offloaded 10.1.0.14:9090 shop/users:grpc\n"                                           \
	"offloaded 10.1.0.15:9090 shop/users:grpc no-target\n"                                 \
	"offloaded 10.1.0.17:8080 shop/pay:80\n"                                               \
	"offloaded [fd00::11]:8080 shop/users:http\noffloaded [fd00::11]:9090 shop/users:grpc\n"

#define WARNINGS                                                                            \
	"offloaded pod default/stray is for service default/users, which is not there: no " \
	"fence guards it\n"                                                                 \
	"127.0.0.1 of the offloaded pod shop/pay-local is no target: it is a loopback address\n"

static void overrides(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_set set = {0};
		char expected[2048];

		print_message("# %s\n", cases[i].name);
		add_good_file(&set, DATA "shop.yaml");
		add_good_text(&set, cases[i].text);
		snprintf(expected, sizeof(expected), ADDRESSES "%s", cases[i].rows);
		check_tables(&set, 0, expected, WARNINGS);
		object_set_clear(&set);
	}
}

static void contexts_expire(void **state)
{
	static const struct {
		time_t now, next;
		size_t overrides, unresolved;
	} moments[] = {
		{999, 1000, 3, 1}, {1000, 2000, 2, 1}, {1999, 2000, 2, 1},
		{2000, 0, 1, 0},   {9999, 0, 1, 0},
	};
	struct problems warnings = {0};
	struct object_set set = {0};

	(void)state;
	add_good_file(&set, DATA "shop.yaml");
	add_good_text(&set, CONTEXT_HEAD
		      "metadata: {name: a}\nspec: {overrides: [{service: "
		      "shop/pay, sha: aaa}], expires: \"1970-01-01T00:16:40Z\"}\n"
		      "---\n" CONTEXT_HEAD
		      "metadata: {name: b}\nspec: {overrides: [{service: shop/pay, sha: "
		      "aaa}, {service: shop/x, sha: a}], expires: "
		      "\"1970-01-01T00:33:20Z\"}\n---\n" CONTEXT_HEAD
		      "metadata: {name: c}\nspec: {overrides: [{service: "
		      "shop/pay, sha: aaa}]}\n");
	finish(&set);
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		struct tables tables = {0};
		time_t next = -1;

		assert_int_equal(resolve_tables(&set, moments[i].now, &tables, &next, &warnings),
				 0);
		assert_int_equal(next, moments[i].next);
		assert_int_equal(tables.override_count, moments[i].overrides);
		assert_int_equal(tables.unresolved_count, moments[i].unresolved);
		assert_int_equal(warnings.count, 2);
		problems_clear(&warnings);
		tables_clear(&tables);
	}
	object_set_clear(&set);
}

/* Adds offloaded pods of commit aaa with addresses 10.1.0.1.. and fd00::1.. */
static void add_many_pods(struct object_set *set, int ipv4, int ipv6)
{
	char text[512];

	for (int i = 0; i < ipv4 + ipv6; i++) {
		char address[32];

		snprintf(address, sizeof(address), i < ipv4 ? "10.1.0.%d" : "fd00::%d",
			 i < ipv4 ? i + 1 : i - ipv4 + 1);
		snprintf(text, sizeof(text),
			 "apiVersion: v1\nkind: Pod\n"
			 "metadata: {name: p%d, namespace: shop, labels: {shunt.dev/offloaded: "
			 "\"true\", shunt.dev/service: pay, shunt.dev/sha: aaa}}\n"
			 "status: {phase: Running, podIP: \"%s\", conditions: [{type: Ready, "
			 "status: "
			 "\"True\"}]}\n",
			 i, address);
		add_good_text(set, text);
	}
}

static void at_most_eight_endpoints_of_both_families(void **state)
{
	static const struct {
		int ipv4, ipv6;
		unsigned int taken_ipv4, taken_ipv6;
	} counts[] = {
		{8, 0, 8, 0}, {9, 0, 8, 0},  {0, 9, 0, 8},  {4, 4, 4, 4},
		{5, 4, 4, 4}, {12, 1, 7, 1}, {1, 12, 1, 7}, {20, 20, 4, 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct object_set set = {0};
		struct tables tables = {0};
		struct problems warnings = {0};
		unsigned int ipv4 = 0;
		time_t next;

		add_good_text(&set, "apiVersion: v1\nkind: Service\n"
				    "metadata: {name: pay, namespace: shop}\n"
				    "spec: {clusterIP: 10.0.0.2, ports: [{port: 80}]}\n");
		add_many_pods(&set, counts[i].ipv4, counts[i].ipv6);
		add_good_text(&set, CONTEXT("service: shop/pay, sha: aaa"));
		finish(&set);
		assert_int_equal(resolve_tables(&set, 0, &tables, &next, &warnings), 0);
		assert_int_equal(tables.override_count, 1);
		assert_int_equal(tables.overrides[0].endpoint_count,
				 counts[i].taken_ipv4 + counts[i].taken_ipv6);
		for (unsigned int j = 0; j < tables.overrides[0].endpoint_count; j++)
			ipv4 += address_is_ipv4(&tables.overrides[0].endpoints[j].address);
		assert_int_equal(ipv4, counts[i].taken_ipv4);
		assert_int_equal(tables.offloaded_count, counts[i].ipv4 + counts[i].ipv6);
		assert_int_equal(warnings.count, counts[i].ipv4 + counts[i].ipv6 > 8);
		problems_clear(&warnings);
		tables_clear(&tables);
		object_set_clear(&set);
	}
}

static void two_ports_may_share_an_offloaded_endpoint(void **state)
{
	struct object_set set = {0};

	(void)state;
	add_good_text(&set,
		      "apiVersion: v1\nkind: Service\nmetadata: {name: pay, namespace: shop}\n"
		      "spec: {ports: [{name: a, port: 80}, {name: b, port: 81, targetPort: "
		      "80}]}\n");
	add_many_pods(&set, 1, 0);
	add_good_text(&set, CONTEXT("service: shop/pay, address: \"10.1.0.1:80\""));
	check_tables(&set, 0,
		     "offloaded 10.1.0.1:80 shop/pay:a\n"
		     "override m shop/pay:a 10.1.0.1:80\noverride m shop/pay:b 10.1.0.1:80\n",
		     "10.1.0.1:80 is claimed by shop/pay:a and shop/pay:b; shop/pay:a has it\n");
	object_set_clear(&set);
}

#define POD_TEXT(name, address)                                                                \
	"apiVersion: v1\nkind: Pod\nmetadata: {name: " name ", labels: {shunt.dev/offloaded: " \
	"\"true\", shunt.dev/service: pay, shunt.dev/sha: aaa}}\nstatus: {phase: Running, "    \
	"podIP: " address ", conditions: [{type: Ready, status: \"True\"}]}\n"
#define SERVICE_TEXT(name)                                            \
	"apiVersion: v1\nkind: Service\nmetadata: {name: " name "}\n" \
	"spec: {clusterIP: 10.0.0.7, ports: [{port: 80}]}\n"

/* The same objects, added in two orders; two services claim one ClusterIP. */
static void order_of_objects_does_not_matter(void **state)
{
	static const char *const texts[] = {
		CONTEXT_HEAD "metadata: {name: b}\nspec: {overrides: [{service: pay, sha: aaa}]}\n",
		CONTEXT_HEAD "metadata: {name: a}\nspec: {overrides: [{service: pay, sha: aaa}, "
			     "{service: cart, pod: p1}]}\n",
		POD_TEXT("p1", "10.1.0.1"),
		POD_TEXT("p2", "10.1.0.2"),
		SERVICE_TEXT("pay"),
		SERVICE_TEXT("card"),
	};
	const size_t count = sizeof(texts) / sizeof(texts[0]);
	char *written[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct object_set set = {0};
		struct tables tables = {0};
		struct problems warnings = {0};
		time_t next;

		for (size_t j = 0; j < count; j++)
			add_good_text(&set, texts[i ? count - 1 - j : j]);
		finish(&set);
		assert_int_equal(resolve_tables(&set, 0, &tables, &next, &warnings), 0);
		written[i] = write_tables(&tables);
		assert_int_equal(warnings.count, 1);
		problems_clear(&warnings);
		tables_clear(&tables);
		object_set_clear(&set);
	}
	assert_string_equal(written[0], written[1]);
	assert_string_equal(written[0], "frontend 10.0.0.7:80 default/card:80\n"
					"offloaded 10.1.0.1:80 default/pay:80\n"
					"offloaded 10.1.0.2:80 default/pay:80\n"
					"override a default/pay:80 10.1.0.1:80 10.1.0.2:80\n"
					"override b default/pay:80 10.1.0.1:80 10.1.0.2:80\n"
					"unresolved a default/cart: no such service\n");
	free(written[0]);
	free(written[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overrides),
		cmocka_unit_test(contexts_expire),
		cmocka_unit_test(at_most_eight_endpoints_of_both_families),
		cmocka_unit_test(two_ports_may_share_an_offloaded_endpoint),
		cmocka_unit_test(order_of_objects_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
