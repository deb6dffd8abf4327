// SPDX-License-Identifier: Apache-2.0
/* Offloaded endpoints that the kernel's tables do not get, whoever wants them there. */
#include "tests/unit/apply_world.h"
#include "user/agent/addresses.h"
#include "user/agent/refuse.h"

static const char *node_addresses[4]; /* what the node has, up to a NULL */
static int node_error;

static struct shunt_address address(const char *text)
{
	struct shunt_address parsed;

	assert_int_equal(address_parse(text, &parsed), 0);
	return parsed;
}

static int read_nodes(struct address_set *addresses)
{
	for (size_t i = 0; node_addresses[i]; i++) {
		const struct shunt_address found = address(node_addresses[i]);

		assert_int_equal(address_set_add(addresses, &found), 0);
	}
	return node_error;
}

struct refuse_world {
	struct world *world;
	struct refuse refuse;
};

static struct refuse_world start(void **state)
{
	struct refuse_world started = {.world = *state};

	memset(node_addresses, 0, sizeof(node_addresses));
	node_error = 0;
	refuse_start(&started.refuse);
	started.refuse.read = read_nodes;
	return started;
}

static bool update(struct refuse_world *refuse)
{
	bool changed;

	assert_int_equal(refuse_update(&refuse->refuse, &refuse->world->mirror, &changed), 0);
	return changed;
}

static void apply_refusing(struct refuse_world *refuse, const struct wanted *wanted)
{
	struct changes changes = {0};

	assert_int_equal(changes_of_tables(&wanted->tables, &changes), 0);
	assert_int_equal(mirror_change(&refuse->world->mirror, &changes), 0);
	refuse_note(&refuse->refuse, &changes);
	changes_clear(&changes);
	update(refuse);
	apply_again(refuse->world);
}

/* The shop, where an override of users goes to this address. */
static void want_target(struct wanted *wanted, const char *target)
{
	want_shop(wanted);
	wanted->offloaded[1].endpoint = wanted->overrides[1].endpoints[0] = endpoint(target);
	wanted->tables.offloaded_count = 2;
}

static void check_refused(const struct refuse_world *refuse, const char *target,
			  enum target_refusal refusal)
{
	const struct apply_report *report = &refuse->world->report;
	char first[ELEMENT_TEXT_SIZE];

	assert_null(offloaded(refuse->world, target));
	assert_null(override(refuse->world, "mmeng", 2));
	assert_non_null(override(refuse->world, "mmeng", 1));
	snprintf(first, sizeof(first), "%s of shop/users:http", target);
	assert_string_equal(report->refused[refusal].first, first);
	assert_int_equal(report->refused[refusal].count, 1);
	assert_int_equal(apply_refused(report), 1);
	assert_int_equal(report->tables[PINS_OVERRIDES].left_out, 1);
	assert_int_equal(report->tables[PINS_OVERRIDES].error, -ENOENT);
	assert_int_equal(apply_left_out(report), 2);
}

static void addresses_that_say_so_themselves(void **state)
{
	static const struct {
		const char *target;
		enum target_refusal refusal;
	} rows[] = {
		{"0.0.0.0:80", TARGET_UNSPECIFIED},	 {"[::]:80", TARGET_UNSPECIFIED},
		{"127.0.0.53:80", TARGET_LOOPBACK},	 {"[::1]:80", TARGET_LOOPBACK},
		{"169.254.20.10:80", TARGET_LINK_LOCAL}, {"169.254.169.254:80", TARGET_LINK_LOCAL},
		{"[fe80::1]:80", TARGET_LINK_LOCAL},	 {"224.0.0.1:80", TARGET_MULTICAST},
		{"[ff02::1]:80", TARGET_MULTICAST},	 {"240.0.0.1:80", TARGET_RESERVED},
		{"255.255.255.255:80", TARGET_RESERVED}, {"[fd00:ec2::254]:80", TARGET_METADATA},
	};
	struct refuse_world refuse = start(state);
	struct wanted wanted;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		want_target(&wanted, rows[i].target);
		apply_refusing(&refuse, &wanted);
		check_refused(&refuse, rows[i].target, rows[i].refusal);
	}
	want_target(&wanted, "10.77.4.2:8080");
	apply_refusing(&refuse, &wanted);
	assert_int_equal(apply_left_out(&refuse.world->report), 0);
	assert_non_null(override(refuse.world, "mmeng", 2));
	refuse_clear(&refuse.refuse);
}

static void the_nodes_own_addresses_as_they_come_and_go(void **state)
{
	struct refuse_world refuse = start(state);
	struct wanted wanted;

	want_shop(&wanted);
	apply_refusing(&refuse, &wanted);
	assert_non_null(override(refuse.world, "mmeng", 2));
	assert_int_equal(apply_refused(&refuse.world->report), 0);
	node_addresses[0] = "10.1.2.3";
	node_addresses[1] = "10.77.4.2";
	/* Not looked at before they may be others. */
	assert_false(update(&refuse));
	refuse_expire(&refuse.refuse);
	assert_true(update(&refuse));
	apply_again(refuse.world);
	check_refused(&refuse, "10.77.4.2:8080", TARGET_NODE);
	assert_int_equal(refuse.world->fake.removals, 2);
	assert_false(update(&refuse));
	apply_again(refuse.world);
	check_refused(&refuse, "10.77.4.2:8080", TARGET_NODE);
	assert_int_equal(refuse.world->fake.removals + refuse.world->fake.writes, 0);
	node_addresses[1] = NULL;
	refuse_expire(&refuse.refuse);
	assert_true(update(&refuse));
	apply_again(refuse.world);
	assert_non_null(offloaded(refuse.world, "10.77.4.2:8080"));
	/* It counts as another one. */
	assert_int_equal(override(refuse.world, "mmeng", 2)->id, 3);
	assert_int_equal(apply_left_out(&refuse.world->report), 0);
	refuse_clear(&refuse.refuse);
}

static void addresses_that_cannot_be_read_stay_known(void **state)
{
	struct refuse_world refuse = start(state);
	struct wanted wanted;

	node_addresses[0] = "10.77.4.2";
	want_shop(&wanted);
	apply_refusing(&refuse, &wanted);
	check_refused(&refuse, "10.77.4.2:8080", TARGET_NODE);
	node_addresses[0] = NULL;
	node_error = -ENOBUFS;
	refuse_expire(&refuse.refuse);
	assert_false(update(&refuse));
	assert_int_equal(refuse.refuse.unread, -ENOBUFS);
	node_error = 0;
	assert_true(update(&refuse));
	assert_int_equal(refuse.refuse.unread, 0);
	refuse_clear(&refuse.refuse);
}

static void an_override_that_comes_to_name_one(void **state)
{
	struct refuse_world refuse = start(state);
	struct wanted wanted;

	node_addresses[0] = "10.77.4.3";
	want_shop(&wanted);
	apply_refusing(&refuse, &wanted);
	assert_int_equal(apply_refused(&refuse.world->report), 1);
	assert_non_null(override(refuse.world, "mmeng", 2));
	/* The one it named before is not what is wanted either. */
	wanted.overrides[1].endpoint_count = 2;
	wanted.overrides[1].endpoints[1] = endpoint("10.77.4.3:8080");
	apply_refusing(&refuse, &wanted);
	assert_null(override(refuse.world, "mmeng", 2));
	assert_non_null(offloaded(refuse.world, "10.77.4.2:8080"));
	wanted.overrides[1].endpoint_count = 1;
	apply_refusing(&refuse, &wanted);
	assert_non_null(override(refuse.world, "mmeng", 2));
	refuse_clear(&refuse.refuse);
}

static void what_an_earlier_agent_wrote(void **state)
{
	struct refuse_world refuse = start(state);
	struct wanted wanted;

	want_shop(&wanted);
	apply(refuse.world, &wanted);
	recover(refuse.world);
	node_addresses[0] = "10.77.4.2";
	assert_true(update(&refuse));
	apply_again(refuse.world);
	check_refused(&refuse, "10.77.4.2:8080", TARGET_NODE);
	refuse_clear(&refuse.refuse);
}

static void the_api_servers_addresses(void **state)
{
	struct shunt_endpoint api = endpoint("10.77.4.2:6443");
	struct changes changes = {0};
	struct refuse_world refuse = start(state);
	struct wanted wanted;

	want_shop(&wanted);
	apply_refusing(&refuse, &wanted);
	assert_int_equal(apply_refused(&refuse.world->report), 0);
	assert_int_equal(changes_add_service(&changes, "default/kubernetes:https", false), 0);
	assert_int_equal(changes_add_frontend(&changes, &api, "default/kubernetes:https"), 0);
	assert_int_equal(mirror_change(&refuse.world->mirror, &changes), 0);
	refuse_note(&refuse.refuse, &changes);
	changes_clear(&changes);
	assert_true(update(&refuse));
	apply_again(refuse.world);
	check_refused(&refuse, "10.77.4.2:8080", TARGET_API_SERVER);
	assert_int_equal(changes_add_frontend(&changes, &api, NULL), 0);
	assert_int_equal(mirror_change(&refuse.world->mirror, &changes), 0);
	refuse_note(&refuse.refuse, &changes);
	changes_clear(&changes);
	assert_true(update(&refuse));
	apply_again(refuse.world);
	assert_int_equal(apply_refused(&refuse.world->report), 0);
	assert_non_null(override(refuse.world, "mmeng", 2));
	refuse_clear(&refuse.refuse);
}

static void the_api_server_of_the_environment(void **state)
{
	struct refuse_world refuse;
	struct wanted wanted;

	assert_int_equal(setenv("KUBERNETES_SERVICE_HOST", "10.77.4.2", 1), 0);
	refuse = start(state);
	assert_int_equal(unsetenv("KUBERNETES_SERVICE_HOST"), 0);
	want_shop(&wanted);
	apply_refusing(&refuse, &wanted);
	check_refused(&refuse, "10.77.4.2:8080", TARGET_API_SERVER);
	refuse_clear(&refuse.refuse);
}

static void the_addresses_of_this_machine(void **state)
{
	const struct shunt_address loopback = address("127.0.0.1");
	struct address_set found = {0};

	(void)state;
	assert_int_equal(addresses_read(&found), 0);
	address_set_finish(&found);
	assert_true(address_set_has(&found, &loopback));
	address_set_clear(&found);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(addresses_that_say_so_themselves),
		TEST(the_nodes_own_addresses_as_they_come_and_go),
		TEST(addresses_that_cannot_be_read_stay_known),
		TEST(an_override_that_comes_to_name_one),
		TEST(what_an_earlier_agent_wrote),
		TEST(the_api_servers_addresses),
		TEST(the_api_server_of_the_environment),
		TEST(the_addresses_of_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
