// SPDX-License-Identifier: Apache-2.0
/* What of a cluster and of a context's resolution is a change to agents. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "sync_sample.h"
#include "user/manager/catalog_state.h"

static struct catalog_name *name_of(const char *text)
{
	struct catalog_name *name = malloc(sizeof(*name) + strlen(text) + 1);

	assert_non_null(name);
	name->references = 1;
	strcpy(name->text, text);
	return name;
}

/* Two services, each with a frontend and an offloaded endpoint. */
static struct catalog_cluster *make_cluster(void)
{
	static const char *const services[] = {"shop/pay:http", "shop/users:http"};
	static const char *const fronts[] = {"10.96.0.1:80", "10.96.0.2:80"};
	static const char *const backs[] = {"10.77.4.1:8080", "10.77.4.2:8080"};
	struct catalog_cluster *cluster = calloc(1, sizeof(*cluster));
	struct tables *tables = &cluster->tables;

	tables->service_count = tables->frontend_count = tables->offloaded_count = 2;
	tables->services = calloc(2, sizeof(*tables->services));
	tables->frontends = calloc(2, sizeof(*tables->frontends));
	tables->offloaded = calloc(2, sizeof(*tables->offloaded));
	cluster->names = calloc(2, sizeof(struct catalog_name *));
	for (size_t i = 0; i < 2; i++) {
		cluster->names[i] = name_of(services[i]);
		strcpy(tables->services[i].name, services[i]);
		tables->frontends[i].endpoint = sample_endpoint(fronts[i]);
		tables->offloaded[i].endpoint = sample_endpoint(backs[i]);
		tables->frontends[i].service = tables->offloaded[i].service = i;
		tables->offloaded[i].fence = SHUNT_FENCE_ENFORCE;
		tables->offloaded[i].flags = SHUNT_OFFLOADED_TARGET;
	}
	sample_policy(&tables->policy);
	return cluster;
}

struct pair {
	struct catalog_cluster *old;
	struct catalog_cluster *new;
	struct changes changes;
};

static struct pair make_pair(void)
{
	return (struct pair){.old = make_cluster(), .new = make_cluster()};
}

static struct changes *diff(struct pair *pair)
{
	assert_int_equal(catalog_cluster_diff(pair->old, pair->new, &pair->changes), 0);
	return &pair->changes;
}

static void clear_pair(struct pair *pair)
{
	changes_clear(&pair->changes);
	catalog_cluster_free(pair->old);
	catalog_cluster_free(pair->new);
}

static void equal_clusters_are_no_change(void **state)
{
	struct pair pair = make_pair();

	(void)state;
	assert_true(changes_is_empty(diff(&pair)));
	clear_pair(&pair);
}

static void fences_and_flags_are_changes(void **state)
{
	struct pair pair = make_pair();
	const struct change_endpoint *rows;

	(void)state;
	pair.new->tables.offloaded[0].fence = SHUNT_FENCE_OBSERVE;
	pair.new->tables.offloaded[1].flags = 0;
	rows = diff(&pair)->offloaded;
	assert_int_equal(pair.changes.offloaded_count, 2);
	assert_int_equal(pair.changes.frontend_count + pair.changes.service_count, 0);
	assert_null(pair.changes.policy);
	assert_int_equal(rows[0].fence, SHUNT_FENCE_OBSERVE);
	assert_int_equal(rows[0].flags, SHUNT_OFFLOADED_TARGET);
	assert_string_equal(rows[0].service, "shop/pay:http");
	assert_int_equal(rows[1].fence, SHUNT_FENCE_ENFORCE);
	assert_int_equal(rows[1].flags, 0);
	clear_pair(&pair);
}

static void rows_that_come_go_and_move(void **state)
{
	struct pair pair = make_pair();
	const struct change_endpoint *rows;

	(void)state;
	pair.old->tables.offloaded_count = 1;
	pair.new->tables.frontends[0].service = 1;
	pair.new->tables.offloaded[0].endpoint = sample_endpoint("10.77.4.9:1");
	pair.new->tables.offloaded[1] = pair.new->tables.offloaded[0];
	pair.new->tables.offloaded[0] = pair.old->tables.offloaded[1];
	rows = diff(&pair)->offloaded;
	assert_int_equal(pair.changes.offloaded_count, 3);
	assert_null(rows[0].service);
	assert_int_equal(rows[0].fence + rows[0].flags, 0);
	assert_string_equal(rows[1].service, "shop/users:http");
	assert_string_equal(rows[2].service, "shop/pay:http");
	assert_int_equal(rows[2].fence, SHUNT_FENCE_ENFORCE);
	assert_int_equal(pair.changes.frontend_count, 1);
	assert_string_equal(pair.changes.frontends[0].service, "shop/users:http");
	clear_pair(&pair);
}

static void another_policy_is_told_as_a_whole(void **state)
{
	struct pair pair = make_pair();

	(void)state;
	pair.new->tables.policy.sources[0].flags ^= SHUNT_SOURCE_SIGNED;
	diff(&pair);
	assert_ptr_equal(pair.changes.policy, &pair.new->tables.policy);
	assert_false(changes_is_empty(&pair.changes));
	clear_pair(&pair);
}

static void flags_of_overrides_are_changes(void **state)
{
	struct shunt_endpoint target = sample_endpoint("10.77.4.1:8080");
	struct catalog_row old_row = {
		.service = "shop/pay:http", .endpoints = &target, .endpoint_count = 1};
	struct catalog_row new_row = old_row;
	struct catalog_resolution old = {.rows = &old_row, .row_count = 1};
	struct catalog_resolution new = {.rows = &new_row, .row_count = 1};
	struct changes changes = {0};

	(void)state;
	assert_int_equal(catalog_resolution_diff("mmeng", &old, &new, &changes), 0);
	assert_true(changes_is_empty(&changes));
	assert_true(catalog_resolution_equals(&old, &new));
	new_row.flags = SHUNT_OVERRIDE_SIGNED;
	assert_int_equal(catalog_resolution_diff("mmeng", &old, &new, &changes), 0);
	assert_int_equal(changes.override_count, 1);
	assert_int_equal(changes.overrides[0].flags, SHUNT_OVERRIDE_SIGNED);
	assert_false(catalog_resolution_equals(&old, &new));
	changes_clear(&changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_clusters_are_no_change),
		cmocka_unit_test(fences_and_flags_are_changes),
		cmocka_unit_test(rows_that_come_go_and_move),
		cmocka_unit_test(another_policy_is_told_as_a_whole),
		cmocka_unit_test(flags_of_overrides_are_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
