// SPDX-License-Identifier: Apache-2.0
/* The parser with markers other than the default ones, as a Settings object names them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "head.h"

#define LONG "x-a-name-of-all-sixty-three-characters-that-fit-the-settings-or" /* 63 */

/* What other systems send, and names at the bounds. */
static const struct marker others[] = {
	{SHUNT_MARKER_BAGGAGE, "sd-routing-key"},
	{SHUNT_MARKER_TRACESTATE, "sd-routing-key"},
	{SHUNT_MARKER_BAGGAGE, "okteto-divert"},
	{SHUNT_MARKER_HEADER, "X-Telepresence-Intercept-Id"},
	{SHUNT_MARKER_HEADER, "x-tt-env"},
	{SHUNT_MARKER_UBERCTX, "dev-serve-user"},
	{SHUNT_MARKER_HEADER, "a"},
	{SHUNT_MARKER_HEADER, LONG},
	{SHUNT_MARKER_COOKIE, LONG},
	{SHUNT_MARKER_QUERY, "q"},
	{SHUNT_MARKER_QUERY, "eightchr"},
	{SHUNT_MARKER_QUERY, LONG},
	{SHUNT_MARKER_HEADER, "upgrage"}, /* as long as fields that the parser knows */
	{SHUNT_MARKER_HEADER, "context-length"},
	{SHUNT_MARKER_HEADER, "transfer_encoding"},
	{SHUNT_MARKER_HEADER, "Upgrade"}, /* fields that it knows */
	{SHUNT_MARKER_HEADER, "content-type"},
};

static const struct row {
	const char *head;
	const char *context; /* NULL: none */
	__u8 rank;
} rows[] = {
	{"GET / HTTP/1.1\r\nbaggage: a=b,sd-routing-key=k1;p\r\n\r\n", "k1", 0},
	{"GET / HTTP/1.1\r\ntracestate: a=b,sd-routing-key=k1\r\n\r\n", "k1", 1},
	{"GET / HTTP/1.1\r\nbaggage: okteto-divert=dev\r\n\r\n", "dev", 2},
	{"GET / HTTP/1.1\r\nx-telepresence-intercept-id: 1:a\r\n\r\n", NULL, 0},
	{"GET / HTTP/1.1\r\nx-telepresence-intercept-id: u-1\r\n\r\n", "u-1", 3},
	{"GET / HTTP/1.1\r\nX-TT-ENV: boe_x\r\n\r\n", "boe_x", 4},
	{"GET / HTTP/1.1\r\nuberctx-dev-serve-user: u\r\n\r\n", "u", 5},
	{"GET / HTTP/1.1\r\nA: one\r\n\r\n", "one", 6},
	{"GET / HTTP/1.1\r\nB: one\r\nab: two\r\n\r\n", NULL, 0},
	{"GET / HTTP/1.1\r\n" LONG ": six\r\n\r\n", "six", 7},
	{"GET / HTTP/1.1\r\n" LONG "x: six\r\n\r\n", NULL, 0},
	{"GET / HTTP/1.1\r\nCookie: a=b; " LONG "=seven\r\n\r\n", "seven", 8},
	{"GET / HTTP/1.1\r\nCookie: a=b; " LONG "x=seven\r\n\r\n", NULL, 0},
	{"GET /?q=1 HTTP/1.1\r\n\r\n", "1", 9},
	{"GET /?%71=1 HTTP/1.1\r\n\r\n", "1", 9},
	{"GET /?%71%00=1 HTTP/1.1\r\n\r\n", NULL, 0},
	{"GET /?eightchr=8 HTTP/1.1\r\n\r\n", "8", 10},
	{"GET /?%65ightchr=8 HTTP/1.1\r\n\r\n", "8", 10},
	{"GET /?eightch%72=8 HTTP/1.1\r\n\r\n", "8", 10},
	{"GET /?" LONG "=l HTTP/1.1\r\n\r\n", "l", 11},
	{"GET /?%78-a-name-of-all-sixty-three-characters-that-fit-the-settings-or=l HTTP/1.1\r\n"
	 "\r\n",
	 "l", 11},
	{"GET /?" LONG "%61=l HTTP/1.1\r\n\r\n", NULL, 0},
	{"GET /?" LONG "%2e0123456789abcdef=l HTTP/1.1\r\n\r\n", NULL, 0}, /* a name, no value */
	{"GET / HTTP/1.1\r\nUpgrage: three\r\n\r\n", "three", 12},
	{"GET / HTTP/1.1\r\nContext-Length: four\r\n\r\n", "four", 13},
	{"GET / HTTP/1.1\r\nTransfer_Encoding: five\r\n\r\n", "five", 14},
	{"GET / HTTP/1.1\r\nupgrade: h2c\r\n\r\n", "h2c", 15},
	{"GET / HTTP/1.1\r\nContent-Type: two\r\n\r\n", "two", 16},
	{"GET /?%71=c.0123456789abcdef HTTP/1.1\r\n\r\n", "c", 9}, /* signed */
	{"GET / HTTP/1.1\r\n" LONG ": c.0123456789abcdef\r\n\r\n", "c", 7},
	/* the default names are none of these */
	{"GET /?shunt_context=a HTTP/1.1\r\nx-shunt-context: a\r\nCookie: shunt_context=a\r\n"
	 "baggage: shunt-context=a\r\ntracestate: shunt=a\r\n\r\n",
	 NULL, 0},
};

static struct shunt_head parse(const char *text, const struct shunt_markers *markers)
{
	struct shunt_head head;

	head_bytes_set(head_bytes(), text, strlen(text), "a");
	http_head_reset(&head);
	head.length = strlen(text);
	assert_int_equal(http_parse(head_bytes(), &head, markers), HTTP_DONE);
	return head;
}

static void finds_the_markers_of_others(void **state)
{
	struct shunt_markers markers;
	size_t failed = 0;

	(void)state;
	assert_int_equal(
		markers_compile(others, sizeof(others) / sizeof(others[0]), &markers, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct shunt_head head = parse(rows[i].head, &markers);
		__u8 rank = rows[i].context ? rows[i].rank : SHUNT_HEAD_NO_MARKER;

		if (head.rank == rank &&
		    !strcmp(head.context, rows[i].context ? rows[i].context : ""))
			continue;
		print_error("%s: rank %u, context \"%s\"\n", rows[i].head, head.rank, head.context);
		failed++;
	}
	assert_int_equal(failed, 0);
}

/* A field that the parser knows says what it says, though it names a context too. */
static void reads_what_its_markers_mean(void **state)
{
	static const struct marker list[] = {{SHUNT_MARKER_HEADER, "content-length"},
					     {SHUNT_MARKER_HEADER, "upgrade"}};
	struct shunt_markers markers;
	struct shunt_head head;

	(void)state;
	assert_int_equal(markers_compile(list, 2, &markers, NULL), 0);
	head = parse("GET / HTTP/1.1\r\nContent-Length: 5\r\nUpgrade: a\r\n\r\n", &markers);
	assert_int_equal(head.flags, SHUNT_HEAD_LENGTH | SHUNT_HEAD_UPGRADE | SHUNT_HEAD_DISAGREE);
	assert_int_equal(head.content_length, 5);
	assert_string_equal(head.context, "5");
}

static void takes_nothing_without_markers(void **state)
{
	static const char text[] = "GET /?shunt_context=a HTTP/1.1\r\nx-shunt-context: a\r\n"
				   "baggage: shunt-context=a\r\nx-ot-span-context: EgA=\r\n\r\n";
	struct shunt_markers markers = {};
	struct shunt_head head;

	(void)state;
	head = parse(text, &markers); /* as it is before the agent has written the table */
	assert_int_equal(head.rank, SHUNT_HEAD_NO_MARKER);
	assert_int_equal(markers_compile(NULL, 0, &markers, NULL), 0);
	head = parse(text, &markers);
	assert_int_equal(head.rank, SHUNT_HEAD_NO_MARKER);
	assert_int_equal(head.carrier_length, 0);
	assert_int_equal(head.flags, 0);
}

/* Every name of a table that is full is found, and none that is like one. */
static void finds_each_of_a_full_table(void **state)
{
	struct marker list[SHUNT_MARKERS_MAX];
	struct shunt_markers markers;
	char text[200];

	(void)state;
	for (int i = 0; i < SHUNT_MARKERS_MAX; i++) {
		list[i] = (struct marker){.form = SHUNT_MARKER_HEADER};
		snprintf(list[i].name, sizeof(list[i].name), "x-context-of-team-%d", i * i);
	}
	assert_int_equal(markers_compile(list, SHUNT_MARKERS_MAX, &markers, NULL), 0);
	for (int i = 0; i < SHUNT_MARKERS_MAX * SHUNT_MARKERS_MAX; i++) {
		struct shunt_head head;
		int root = 0;

		while (root * root < i)
			root++;
		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nX-Context-Of-Team-%d: c\r\n\r\n",
			 i);
		head = parse(text, &markers);
		assert_int_equal(head.rank, root * root == i && root < SHUNT_MARKERS_MAX
						    ? root
						    : SHUNT_HEAD_NO_MARKER);
	}
}

/* Names that go on where a marker ends, or are one in another place: one of many shares its slot. */
static void finds_no_name_that_is_like_one(void **state)
{
	static const char *const fields[] = {"x-shunt-context", "uberctx-shunt-context", "baggage"};
	char text[300];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct shunt_head head;

		snprintf(text, sizeof(text),
			 "GET /?shunt_context%d=a&x-shunt-context=a&shunt%d=a HTTP/1.1\r\n%s%d: "
			 "a\r\n"
			 "Cookie: shunt_context%d=a; x-shunt-context=a; shunt-context=a\r\n"
			 "baggage: shunt_context=a,shunt=a,baggage=a,shunt-context%d=a\r\n"
			 "tracestate: shunt-context=a,cookie=a,shunt%d=a\r\n\r\n",
			 i, i, fields[i % 3], i, i, i, i);
		head = parse(text, head_markers());
		assert_int_equal(head.rank, SHUNT_HEAD_NO_MARKER);
		assert_int_equal(head.flags, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_markers_of_others),
		cmocka_unit_test(reads_what_its_markers_mean),
		cmocka_unit_test(takes_nothing_without_markers),
		cmocka_unit_test(finds_no_name_that_is_like_one),
		cmocka_unit_test(finds_each_of_a_full_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
