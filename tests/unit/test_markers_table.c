// SPDX-License-Identifier: Apache-2.0
/* The table of markers: what is found in it, and what cannot be in one. */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "user/lib/markers.h"

/* Eight bytes as the contract in include/shunt/markers.h has them. */
static __u64 word(const char *text, size_t length)
{
	__u64 value = 0;

	for (size_t i = 0; i < 8 && i < length; i++)
		value |= (__u64)((unsigned char)text[i] | 0x20) << (8 * i);
	return value;
}

/* Looks a name up as the kernel does: one bit, one hash, one comparison. */
static const struct shunt_marker *find(const struct shunt_markers *table,
				       enum shunt_marker_place place, const char *name)
{
	size_t length = strlen(name);
	__u64 first = word(name, length);
	__u64 last = length < 8 ? first : word(name + length - 8, 8);
	__u64 hash = shunt_marker_hash(place, (__u32)length, first, last);
	const struct shunt_marker *found = &table->slots[shunt_marker_slot(table->seed, hash)];
	__u64 bit = SHUNT_MARKER_BIT(name[0], place == SHUNT_PLACE_FIELD ? length : 0);

	if (!(table->bits[place] & bit))
		return NULL;
	return found->place == place && found->length == length && !strcmp(found->name, name)
		       ? found
		       : NULL;
}

static void compile(const struct marker *list, size_t count, struct shunt_markers *table)
{
	size_t bad = 99;

	assert_int_equal(markers_compile(list, count, table, &bad), 0);
	assert_int_equal(bad, 99);
	assert_true(table->seed & 1);
}

static void check_entry(const struct shunt_markers *table, enum shunt_marker_place place,
			const char *name, __u8 holds, int form, int rank)
{
	const struct shunt_marker *found = find(table, place, name);

	if (!found)
		fail_msg("%s is not found", name);
	assert_int_equal(found->holds, holds);
	if (form >= 0) {
		assert_int_equal(found->form, form);
		assert_int_equal(found->rank, rank);
	}
}

static void every_default_is_found(void **state)
{
	struct shunt_markers table;

	(void)state;
	compile(markers_default, MARKERS_DEFAULT_COUNT, &table);
	check_entry(&table, SHUNT_PLACE_FIELD, "x-shunt-context", SHUNT_HOLDS_NAME,
		    SHUNT_MARKER_HEADER, 0);
	check_entry(&table, SHUNT_PLACE_FIELD, "cookie", SHUNT_HOLDS_COOKIES, -1, 0);
	check_entry(&table, SHUNT_PLACE_COOKIE, "shunt_context", SHUNT_HOLDS_NAME,
		    SHUNT_MARKER_COOKIE, 1);
	check_entry(&table, SHUNT_PLACE_QUERY, "shunt_context", SHUNT_HOLDS_NAME,
		    SHUNT_MARKER_QUERY, 2);
	check_entry(&table, SHUNT_PLACE_FIELD, "baggage", SHUNT_HOLDS_BAGGAGE, -1, 0);
	check_entry(&table, SHUNT_PLACE_BAGGAGE, "shunt-context", SHUNT_HOLDS_NAME,
		    SHUNT_MARKER_BAGGAGE, 3);
	check_entry(&table, SHUNT_PLACE_FIELD, "tracestate", SHUNT_HOLDS_TRACESTATE, -1, 0);
	check_entry(&table, SHUNT_PLACE_TRACESTATE, "shunt", SHUNT_HOLDS_NAME,
		    SHUNT_MARKER_TRACESTATE, 4);
	check_entry(&table, SHUNT_PLACE_FIELD, "ot-baggage-shunt-context", SHUNT_HOLDS_NAME,
		    SHUNT_MARKER_OT, 5);
	check_entry(&table, SHUNT_PLACE_FIELD, "uberctx-shunt-context", SHUNT_HOLDS_NAME,
		    SHUNT_MARKER_UBERCTX, 6);
	check_entry(&table, SHUNT_PLACE_FIELD, "x-ot-span-context", SHUNT_HOLDS_CARRIER, -1, 0);
	check_entry(&table, SHUNT_PLACE_CARRIER, "shunt-context", SHUNT_HOLDS_NAME,
		    SHUNT_MARKER_CARRIER, 7);
	check_entry(&table, SHUNT_PLACE_CARRIER, "overrides", SHUNT_HOLDS_OVERRIDES,
		    SHUNT_MARKER_OVERRIDES, 8);
	assert_int_equal(table.count, 13);
	assert_true(table.bits[SHUNT_PLACE_QUERY] & SHUNT_MARKER_BIT('%', 0));
	assert_null(find(&table, SHUNT_PLACE_FIELD, "x-shunt-contexu"));
	assert_null(find(&table, SHUNT_PLACE_COOKIE, "shunt"));
}

static void a_table_is_listed_as_it_was_made(void **state)
{
	const struct marker list[] = {
		{SHUNT_MARKER_UBERCTX, "Dev-Serve-User"}, {SHUNT_MARKER_BAGGAGE, "SD-routing"},
		{SHUNT_MARKER_HEADER, "X-TT-Env"},	  {SHUNT_MARKER_CARRIER, "Some Item"},
		{SHUNT_MARKER_OVERRIDES, "others"},	  {SHUNT_MARKER_OT, "a"},
		{SHUNT_MARKER_TRACESTATE, "t@v"},	  {SHUNT_MARKER_QUERY, "Q"},
	};
	/* Where case does not count, it is lower. */
	static const char *const names[] = {"dev-serve-user", "SD-routing", "x-tt-env", "some item",
					    "others",	      "a",	    "t@v",	"Q"};
	struct marker listed[SHUNT_MARKERS_MAX];
	struct shunt_markers table;

	(void)state;
	compile(list, 8, &table);
	assert_int_equal(markers_list(&table, listed), 8);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(listed[i].form, list[i].form);
		assert_string_equal(listed[i].name, names[i]);
	}
	compile(NULL, 0, &table);
	assert_int_equal(markers_list(&table, listed), 0);
	assert_int_equal(table.count, 0);
	assert_int_equal(table.bits[SHUNT_PLACE_FIELD] | table.bits[SHUNT_PLACE_QUERY], 0);
}

static void fields_of_markers(void **state)
{
	static const char *const fields[] = {
		"x-shunt-context",
		"cookie",
		NULL,
		"baggage",
		"tracestate",
		"ot-baggage-shunt-context",
		"uberctx-shunt-context",
		"x-ot-span-context",
		"x-ot-span-context",
	};
	char text[SHUNT_MARKER_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < MARKERS_DEFAULT_COUNT; i++) {
		const char *field = markers_field_name(&markers_default[i], text);

		if (fields[i])
			assert_string_equal(field, fields[i]);
		else
			assert_null(field);
	}
	assert_int_equal(markers_form_find("tracestate"), SHUNT_MARKER_TRACESTATE);
	assert_string_equal(markers_form_label(SHUNT_MARKER_OVERRIDES), "overrides");
	assert_int_equal(markers_form_find("Header"), -1);
}

#define HEADER(name)                      \
	{                                 \
		SHUNT_MARKER_HEADER, name \
	}
#define COOKIE(name)                      \
	{                                 \
		SHUNT_MARKER_COOKIE, name \
	}
#define LETTERS63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
#define LETTERS52 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"

static const struct {
	struct marker list[3];
	size_t count;
	int error;
	size_t bad;
} tables[] = {
	{{HEADER(LETTERS63)}, 1, 0, 0},
	{{{SHUNT_MARKER_OT, LETTERS52}}, 1, 0, 0},
	{{{SHUNT_MARKER_OT, LETTERS52 "a"}}, 1, -EINVAL, 0},
	{{HEADER("a"), {SHUNT_MARKER_UBERCTX, LETTERS63}}, 2, -EINVAL, 1},
	{{HEADER("a"), HEADER("")}, 2, -EINVAL, 1},
	{{HEADER("x-a"), HEADER("x-b"), HEADER("x-a")}, 3, -EEXIST, 2},
	{{HEADER("x-a"), HEADER("X-A")}, 2, -EEXIST, 1},
	{{HEADER("ot-baggage-a"), {SHUNT_MARKER_OT, "a"}}, 2, -EEXIST, 1},
	{{{SHUNT_MARKER_CARRIER, "a"}, {SHUNT_MARKER_OVERRIDES, "A"}}, 2, -EEXIST, 1},
	{{COOKIE("a"), {SHUNT_MARKER_QUERY, "a"}, {SHUNT_MARKER_BAGGAGE, "a"}}, 3, 0, 0},
	{{COOKIE("abc"), COOKIE("aBc")}, 2, -ENOTUNIQ, 1},
	{{HEADER("12345678-a-12345678"), HEADER("12345678-b-12345678")}, 2, -ENOTUNIQ, 1},
	{{HEADER("12345678-a-12345678"), HEADER("12345678-bb-12345678")}, 2, 0, 0},
	/* A field cannot be both a marker and a list of such. */
	{{HEADER("baggage"), {SHUNT_MARKER_BAGGAGE, "a"}}, 2, -EEXIST, 1},
	{{{SHUNT_MARKER_BAGGAGE, "a"}, HEADER("Baggage")}, 2, -EEXIST, 1},
	{{HEADER("cookie"), HEADER("b"), COOKIE("a")}, 3, -EEXIST, 2},
};

static void what_cannot_be_in_one_table_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct shunt_markers table = {.count = 77};
		size_t bad = 0;
		int error = markers_compile(tables[i].list, tables[i].count, &table, &bad);

		if (error != tables[i].error || bad != tables[i].bad)
			fail_msg("row %zu: error %d at %zu", i, error, bad);
		assert_true((table.count == 77) == (error != 0));
	}
}

static void a_table_has_room_for_its_names_and_no_more(void **state)
{
	struct marker list[SHUNT_MARKERS_MAX + 1];
	struct shunt_markers table;
	size_t bad;

	(void)state;
	for (int i = 0; i <= SHUNT_MARKERS_MAX; i++) {
		list[i].form = SHUNT_MARKER_HEADER;
		snprintf(list[i].name, sizeof(list[i].name), "x-%d", i);
	}
	compile(list, SHUNT_MARKERS_MAX, &table);
	assert_int_equal(table.count, SHUNT_MARKERS_MAX);
	for (int i = 0; i < SHUNT_MARKERS_MAX; i++)
		check_entry(&table, SHUNT_PLACE_FIELD, list[i].name, SHUNT_HOLDS_NAME,
			    SHUNT_MARKER_HEADER, i);
	assert_int_equal(markers_compile(list, SHUNT_MARKERS_MAX + 1, &table, &bad), -E2BIG);
	assert_int_equal(bad, SHUNT_MARKERS_MAX);
	/* The field that holds them is a name too. */
	list[SHUNT_MARKERS_MAX - 1].form = SHUNT_MARKER_COOKIE;
	assert_int_equal(markers_compile(list, SHUNT_MARKERS_MAX, &table, &bad), -E2BIG);
	assert_int_equal(bad, SHUNT_MARKERS_MAX - 1);
}

static void make_random(struct marker *marker)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t length = 1 + (size_t)random() % 24;

	marker->form = (enum shunt_marker_form)(random() % SHUNT_MARKER_FORM_COUNT);
	memset(marker->name, 0, sizeof(marker->name));
	for (size_t i = 0; i < length; i++)
		marker->name[i] = characters[(size_t)random() % (sizeof(characters) - 1)];
}

/* Lists of all sizes; two names that are alike by chance are left out. */
static void random_tables_have_all_their_names(void **state)
{
	struct shunt_markers table;

	(void)state;
	srandom(1);
	for (int round = 0; round < 300; round++) {
		struct marker list[SHUNT_MARKERS_MAX], listed[SHUNT_MARKERS_MAX];
		size_t count = 0, wanted = (size_t)random() % 28;

		while (count < wanted) {
			make_random(&list[count]);
			count += !markers_compile(list, count + 1, &table, NULL);
		}
		compile(list, count, &table);
		assert_int_equal(markers_list(&table, listed), count);
		for (size_t i = 0; i < count; i++) {
			char name[SHUNT_MARKER_NAME_MAX + 1];
			bool is_field = markers_place(list[i].form) == SHUNT_PLACE_FIELD;
			const struct shunt_marker *found;

			assert_int_equal(listed[i].form, list[i].form);
			assert_string_equal(listed[i].name, list[i].name);
			if (!is_field)
				strcpy(name, list[i].name);
			else
				markers_field_name(&list[i], name);
			found = find(&table, markers_place(list[i].form), name);
			assert_non_null(found);
			assert_int_equal(found->rank, i);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_default_is_found),
		cmocka_unit_test(a_table_is_listed_as_it_was_made),
		cmocka_unit_test(fields_of_markers),
		cmocka_unit_test(what_cannot_be_in_one_table_is_refused),
		cmocka_unit_test(a_table_has_room_for_its_names_and_no_more),
		cmocka_unit_test(random_tables_have_all_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
