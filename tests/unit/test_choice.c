// SPDX-License-Identifier: Apache-2.0
/* Which links the agent attaches to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "user/lib/choice.h"

static const struct {
	struct rtnl_link link;
	bool by_default;
	bool by_globs; /* "veth*", "pod[0-9]" */
} rows[] = {
	{{.name = "veth0", .kind = "veth", .netns_id = 3}, true, true},
	{{.name = "cali12", .kind = "veth", .netns_id = 0}, true, false},
	{{.name = "veth1", .kind = "veth", .netns_id = -1}, false, true},
	{{.name = "pod1", .kind = "netkit", .netns_id = 1}, false, true},
	{{.name = "pod12", .kind = "macvlan", .netns_id = 1}, false, false},
	{{.name = "eth0", .netns_id = -1}, false, false},
	{{.name = "xveth", .kind = "bridge", .netns_id = -1}, false, false},
};

static void test_default_is_each_veth_into_another_namespace(void **state)
{
	const struct choice choice = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(choice_includes(&choice, &rows[i].link), rows[i].by_default);
}

static void test_globs_choose_by_the_whole_name(void **state)
{
	static const char *const globs[] = {"veth*", "pod[0-9]"};
	const struct choice choice = {.globs = globs, .glob_count = 2};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(choice_includes(&choice, &rows[i].link), rows[i].by_globs);
}

/* In a pod's namespace, from which ours has the id 0. */
static const struct {
	struct rtnl_link link;
	bool by_default;
	bool by_globs; /* "eth*" */
} inner_rows[] = {
	{{.name = "eth0", .kind = "veth", .ethernet = true, .netns_id = 0}, true, true},
	{{.name = "eth0", .kind = "macvlan", .ethernet = true, .netns_id = 0}, true, true},
	{{.name = "net1", .kind = "ipvlan", .ethernet = true, .netns_id = 0}, true, false},
	{{.name = "net1", .kind = "netkit", .ethernet = true, .netns_id = 0}, true, false},
	/* to another pod, or within this one */
	{{.name = "eth1", .kind = "veth", .ethernet = true, .netns_id = 1}, false, true},
	{{.name = "eth1", .kind = "veth", .ethernet = true, .netns_id = -1}, false, true},
	/* a function of a network card */
	{{.name = "eth0", .ethernet = true, .netns_id = -1}, false, true},
	{{.name = "eth0", .kind = "bridge", .ethernet = true, .netns_id = -1}, false, true},
	/* frames without such a header cannot be read */
	{{.name = "eth9", .kind = "ipip", .netns_id = -1}, false, false},
	{{.name = "eth9", .kind = "wireguard", .netns_id = 0}, false, false},
	{{.name = "lo", .netns_id = -1}, false, false},
};

static void test_default_in_a_pod_is_each_link_into_our_namespace(void **state)
{
	const struct choice choice = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(inner_rows) / sizeof(inner_rows[0]); i++) {
		const struct rtnl_link *link = &inner_rows[i].link;

		assert_int_equal(choice_includes_in_pod(&choice, link, 0),
				 inner_rows[i].by_default);
		assert_false(choice_includes_in_pod(&choice, link, -1));
	}
}

static void test_globs_choose_among_ethernet_links_in_a_pod(void **state)
{
	static const char *const globs[] = {"eth*"};
	const struct choice choice = {.globs = globs, .glob_count = 1};

	(void)state;
	for (size_t i = 0; i < sizeof(inner_rows) / sizeof(inner_rows[0]); i++)
		assert_int_equal(choice_includes_in_pod(&choice, &inner_rows[i].link, 0),
				 inner_rows[i].by_globs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_is_each_veth_into_another_namespace),
		cmocka_unit_test(test_globs_choose_by_the_whole_name),
		cmocka_unit_test(test_default_in_a_pod_is_each_link_into_our_namespace),
		cmocka_unit_test(test_globs_choose_among_ethernet_links_in_a_pod),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
