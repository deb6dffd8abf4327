// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "user/lib/target.h"

static struct shunt_address parse(const char *text)
{
	struct shunt_address address;

	assert_int_equal(address_parse(text, &address), 0);
	return address;
}

static void addresses_are_refused_for_what_they_are(void **state)
{
	static const struct {
		const char *text;
		enum target_refusal refusal;
	} cases[] = {
		{"10.0.0.1", TARGET_ALLOWED},
		{"223.255.255.255", TARGET_ALLOWED},
		{"169.253.0.1", TARGET_ALLOWED},
		{"2001:db8::1", TARGET_ALLOWED},
		{"fd00::1", TARGET_ALLOWED},
		{"fec0::1", TARGET_ALLOWED},
		{"64:ff9b::a00:1", TARGET_ALLOWED},
		{"64:ff9b::a9fe:a9fe", TARGET_LINK_LOCAL},
		{"64:ff9b::127.0.0.1", TARGET_LOOPBACK},
		{"64:ff9b::1:7f00:1", TARGET_ALLOWED},
		{"0.0.0.0", TARGET_UNSPECIFIED},
		{"0.1.2.3", TARGET_UNSPECIFIED},
		{"::", TARGET_UNSPECIFIED},
		{"127.0.0.1", TARGET_LOOPBACK},
		{"127.255.255.255", TARGET_LOOPBACK},
		{"::ffff:127.0.0.1", TARGET_LOOPBACK},
		{"::1", TARGET_LOOPBACK},
		{"169.254.169.254", TARGET_LINK_LOCAL},
		{"fe80::1", TARGET_LINK_LOCAL},
		{"febf::1", TARGET_LINK_LOCAL},
		{"224.0.0.1", TARGET_MULTICAST},
		{"239.255.255.255", TARGET_MULTICAST},
		{"ff02::1", TARGET_MULTICAST},
		{"240.0.0.1", TARGET_RESERVED},
		{"255.255.255.255", TARGET_RESERVED},
		{"::127.0.0.1", TARGET_RESERVED},
		{"::2", TARGET_RESERVED},
		{"fd00:ec2::254", TARGET_METADATA},
		{"fd00:ec2::23", TARGET_METADATA},
		{"fd00:ec3::23", TARGET_ALLOWED},
		{"fd20:ce::254", TARGET_METADATA},
		{"fd20:ce::255", TARGET_ALLOWED},
		{"fd00:c1::a9fe:a9fe", TARGET_METADATA},
		{"168.63.129.16", TARGET_METADATA},
		{"100.100.100.200", TARGET_METADATA},
		{"100.100.100.201", TARGET_ALLOWED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shunt_address address = parse(cases[i].text);

		if (target_refuse_address(&address) != cases[i].refusal)
			fail_msg("%s: %s", cases[i].text,
				 target_refusal_text(target_refuse_address(&address)));
		assert_int_equal(target_may_be_dialed(&address),
				 cases[i].refusal == TARGET_ALLOWED ||
					 cases[i].refusal == TARGET_RESERVED ||
					 cases[i].refusal == TARGET_METADATA);
	}
}

static void add(struct address_set *set, const char *text)
{
	struct shunt_address address = parse(text);

	assert_int_equal(address_set_add(set, &address), 0);
}

static void the_clusters_own_are_refused(void **state)
{
	static const struct {
		const char *text;
		enum target_refusal refusal;
	} cases[] = {
		{"10.9.0.1", TARGET_NODE},	{"10.9.0.2", TARGET_API_SERVER},
		{"fd00::2", TARGET_API_SERVER}, {"10.0.0.1", TARGET_CLUSTER_IP},
		{"127.0.0.1", TARGET_LOOPBACK}, {"10.9.0.3", TARGET_ALLOWED},
	};
	struct target_guarded guarded = {0};

	(void)state;
	add(&guarded.nodes, "10.9.0.2");
	add(&guarded.nodes, "10.9.0.1");
	add(&guarded.nodes, "10.9.0.1");
	add(&guarded.api_servers, "fd00::2");
	add(&guarded.api_servers, "10.9.0.2");
	add(&guarded.cluster_ips, "10.0.0.1");
	address_set_finish(&guarded.nodes);
	address_set_finish(&guarded.api_servers);
	address_set_finish(&guarded.cluster_ips);
	assert_int_equal(guarded.nodes.count, 2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct shunt_address address = parse(cases[i].text);

		if (target_check(&guarded, &address) != cases[i].refusal)
			fail_msg("%s", cases[i].text);
	}
	target_guarded_clear(&guarded);
}

static void every_refusal_has_a_text(void **state)
{
	(void)state;
	assert_string_equal(target_refusal_text(TARGET_NODE), "it is a node's own address");
	assert_string_equal(target_refusal_text(TARGET_CLUSTER_IP), "it is a Service's ClusterIP");
	for (int i = TARGET_ALLOWED; i <= TARGET_CLUSTER_IP; i++)
		assert_non_null(target_refusal_text((enum target_refusal)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_refused_for_what_they_are),
		cmocka_unit_test(the_clusters_own_are_refused),
		cmocka_unit_test(every_refusal_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
