// SPDX-License-Identifier: Apache-2.0
/* Contexts resolved one by one, in any order, come to what resolve_tables() says of all. */
#include "tests/unit/random_objects.h"
#include "user/lib/document_from_json.h"
#include "user/lib/resolver.h"

#define WORLDS 200

static void add_context(struct object_set *set, json_t *object)
{
	struct problems problems = {0};
	struct document document;

	assert_int_equal(document_from_json(object, &document), 0);
	object_set_add(set, &document.roots[0], "test", &problems);
	document_clear(&document);
	problems_clear(&problems);
}

/* The rows of all contexts, the last context's first, put back into their order. */
static void resolve_backwards(const struct object_set *set, time_t now, struct tables *tables)
{
	struct problems warnings = {0};
	struct resolver_rows *rows = calloc(set->context_count + 1, sizeof(*rows));
	struct resolver *resolver;

	assert_int_equal(resolver_new(set, tables, &warnings, &resolver), 0);
	assert_int_equal(tables->override_count + tables->unresolved_count, 0);
	tables->overrides = calloc(64, sizeof(*tables->overrides));
	tables->unresolved = calloc(64, sizeof(*tables->unresolved));
	for (size_t i = set->context_count; i-- > 0;)
		assert_int_equal(
			resolver_context(resolver, &set->contexts[i], now, &warnings, &rows[i]), 0);
	for (size_t i = 0; i < set->context_count; i++) {
		for (size_t j = 0; j < rows[i].override_count; j++)
			tables->overrides[tables->override_count++] = rows[i].overrides[j];
		for (size_t j = 0; j < rows[i].unresolved_count; j++)
			tables->unresolved[tables->unresolved_count++] = rows[i].unresolved[j];
		resolver_rows_clear(&rows[i]);
	}
	free(rows);
	resolver_free(resolver);
	problems_clear(&warnings);
}

static void one_by_one_is_all_together(void **state)
{
	(void)state;
	for (unsigned int world = 0; world < WORLDS; world++) {
		unsigned int seed = world + 1;
		struct tables all = {0}, single = {0};
		struct problems warnings = {0};
		struct object_set set = {0};
		char *expected, *got;
		time_t next;

		random_cluster(&set, &seed);
		for (unsigned int i = 0; i < RANDOM_CONTEXTS; i++) {
			char name[8];
			json_t *object;

			snprintf(name, sizeof(name), "c%u", i);
			object = random_context(&seed, name);
			add_context(&set, object);
			json_decref(object);
		}
		finish(&set);
		assert_int_equal(resolve_tables(&set, 1700000000, &all, &next, &warnings), 0);
		resolve_backwards(&set, 1700000000, &single);
		expected = write_tables(&all);
		got = write_tables(&single);
		assert_string_equal(got, expected);
		free(expected);
		free(got);
		tables_clear(&all);
		tables_clear(&single);
		problems_clear(&warnings);
		object_set_clear(&set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(one_by_one_is_all_together)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
