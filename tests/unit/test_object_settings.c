// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/objects.h"
#include "user/lib/markers.h"

#define HEAD "apiVersion: shunt.dev/v1alpha1\nkind: Settings\n"
#define SETTINGS HEAD "metadata: {name: default}\n"

/* The markers of the only Settings object, or the defaults, as "form name" lines. */
static void check_markers(struct object_set *set, const char *expected)
{
	struct marker list[SHUNT_MARKERS_MAX];
	struct problems warnings = {0};
	struct tables tables = {0};
	char lines[2048] = "";
	size_t count;
	time_t next;

	finish(set);
	assert_int_equal(resolve_tables(set, 0, &tables, &next, &warnings), 0);
	count = markers_list(&tables.markers, list);
	for (size_t i = 0; i < count; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%s %s\n",
			 markers_form_label(list[i].form), list[i].name);
	assert_string_equal(lines, expected);
	tables_clear(&tables);
	problems_clear(&warnings);
}

#define DEFAULTS                                                              \
	"header x-shunt-context\ncookie shunt_context\nquery shunt_context\n" \
	"baggage shunt-context\ntracestate shunt\not shunt-context\n"         \
	"uberctx shunt-context\ncarrier shunt-context\noverrides overrides\n"
#define LONG63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
#define LONG52 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"

static const struct {
	const char *text;
	const char *markers;
} good[] = {
	{"", DEFAULTS},
	{SETTINGS "spec: {}\n", DEFAULTS},
	{SETTINGS "spec: {markers: null, additionalMarkers: []}\n", DEFAULTS},
	{SETTINGS "spec: {markers: []}\n", ""},
	{SETTINGS "spec:\n"
		  "  additionalMarkers:\n"
		  "  - {form: baggage, name: sd-routing-key}\n"
		  "  - {form: tracestate, name: sd-routing-key}\n"
		  "  - {form: baggage, name: okteto-divert}\n"
		  "  - {form: header, name: x-telepresence-intercept-id}\n"
		  "  - {form: header, name: x-tt-env}\n"
		  "  - {form: uberctx, name: dev-serve-user}\n",
	 DEFAULTS "baggage sd-routing-key\ntracestate sd-routing-key\nbaggage okteto-divert\n"
		  "header x-telepresence-intercept-id\nheader x-tt-env\nuberctx dev-serve-user\n"},
	{SETTINGS "spec:\n"
		  "  markers: [{form: query, name: A.b_c~d-9}, {name: X-Tt-Env, form: header}]\n"
		  "  additionalMarkers: [{form: cookie, name: \"!#$%&'*+-.^_`|~\"}]\n"
		  "status: {anything: goes}\n",
	 "query A.b_c~d-9\nheader x-tt-env\ncookie !#$%&'*+-.^_`|~\n"},
	{HEAD "metadata: {name: default, namespace: shop, labels: {a: b}}\n"
	      "spec: {markers: [{form: tracestate, name: 0a_-*/@}, {form: carrier, name: a b}, "
	      "{form: overrides, name: c}]}\n",
	 "tracestate 0a_-*/@\ncarrier a b\noverrides c\n"},
	{SETTINGS "spec: {markers: [{form: header, name: " LONG63 "}, {form: ot, name: " LONG52
		  "}]}\n",
	 "header " LONG63 "\not " LONG52 "\n"},
	{"apiVersion: shunt.dev/v1alpha1\nkind: SettingsList\nitems:\n"
	 "- {metadata: {name: default}, spec: {markers: [{form: ot, name: x}]}}\n",
	 "ot x\n"},
};

static void settings_replace_or_extend_the_defaults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct object_set set = {0};

		add_good_text(&set, good[i].text);
		check_markers(&set, good[i].markers);
		object_set_clear(&set);
	}
}

#define MARKER(text) SETTINGS "spec:\n  markers:\n  - {form: cookie, name: a}\n  - " text "\n"
#define ADDED(text) SETTINGS "spec:\n  additionalMarkers:\n  - " text "\n"
#define AT "test.yaml:7:"
#define ITEM "spec.markers[1]"
#define FIELD_RULE "has to be 1 to 63 characters of a field name (RFC 9110)"
#define TRACE_RULE \
	"has to be 1 to 63 of a-z 0-9 _ - * / @, the first of a-z 0-9 (W3C Trace Context)"

/* Each text has one mistake. */
static const struct {
	const char *text;
	const char *problem;
} mistakes[] = {
	{SETTINGS, "test.yaml:1:1: spec: is missing"},
	{SETTINGS "spec: []\n", "test.yaml:4:7: spec: has to be a mapping, but is a list"},
	{SETTINGS "spec: {marker: []}\n",
	 "test.yaml:4:8: spec.marker: unknown field; did you mean markers?"},
	{HEAD "metadata: {name: mine}\nspec: {}\n",
	 "test.yaml:3:18: metadata.name: has to be default, but is \"mine\""},
	{HEAD "metadata: {}\nspec: {}\n", "test.yaml:3:11: metadata.name: is missing"},
	{SETTINGS "spec: {markers: {}}\n",
	 "test.yaml:4:17: spec.markers: has to be a list, but is a mapping"},
	{MARKER("null"), "test.yaml:6:3: " ITEM ": is empty; remove it"},
	{MARKER("x"), AT "5: " ITEM ": has to be a mapping, but is a string"},
	{MARKER("{name: a}"), AT "5: " ITEM ".form: is missing"},
	{MARKER("{form: header}"), AT "5: " ITEM ".name: is missing"},
	{MARKER("{form: header, name: \"\"}"), AT "26: " ITEM ".name: is empty"},
	{MARKER("{form: header, name: 12}"),
	 AT "26: " ITEM ".name: has to be a string, but is a number; write \"12\""},
	{MARKER("{form: header, name: a, nmae: b}"),
	 AT "29: " ITEM ".nmae: unknown field; did you mean name?"},
	{MARKER("{form: heder, name: a}"),
	 AT "12: " ITEM ".form: unknown form heder; did you mean header?"},
	{MARKER("{form: Header, name: a}"),
	 AT "12: " ITEM ".form: unknown form Header; did you mean header?"},
	{MARKER("{form: grpc, name: a}"),
	 AT "12: " ITEM ".form: unknown form grpc; write header, cookie, query, baggage, "
	    "tracestate, ot, uberctx, carrier or overrides"},
	{MARKER("{form: header, name: a b}"),
	 AT "26: " ITEM ".name: " FIELD_RULE ", but is \"a b\""},
	{MARKER("{form: header, name: \"a:\"}"),
	 AT "26: " ITEM ".name: " FIELD_RULE ", but is \"a:\""},
	{MARKER("{form: header, name: " LONG63 "l}"),
	 AT "26: " ITEM ".name: " FIELD_RULE ", but is \"" LONG63 "l\""},
	{MARKER("{form: ot, name: " LONG52 "l}"),
	 AT "22: " ITEM ".name: has to be 1 to 52 characters of a field name, which follow "
	    "ot-baggage-, but is \"" LONG52 "l\""},
	{MARKER("{form: uberctx, name: \"a(b\"}"),
	 AT "27: " ITEM ".name: has to be 1 to 55 characters of a field name, which follow "
	    "uberctx-, but is \"a(b\""},
	{MARKER("{form: cookie, name: \"a=b\"}"),
	 AT "26: " ITEM ".name: has to be 1 to 63 characters of a cookie name (RFC 6265), but is "
	    "\"a=b\""},
	{MARKER("{form: query, name: a%20b}"),
	 AT "25: " ITEM ".name: has to be 1 to 63 of A-Z a-z 0-9 - . _ ~ (RFC 3986), but is "
	    "\"a%20b\""},
	{MARKER("{form: baggage, name: \"a;b\"}"),
	 AT "27: " ITEM ".name: has to be 1 to 63 characters of a key (W3C Baggage), but is "
	    "\"a;b\""},
	{MARKER("{form: tracestate, name: Shunt}"),
	 AT "30: " ITEM ".name: " TRACE_RULE ", but is \"Shunt\""},
	{MARKER("{form: tracestate, name: _a}"),
	 AT "30: " ITEM ".name: " TRACE_RULE ", but is \"_a\""},
	{MARKER("{form: carrier, name: \"a\\tb\"}"),
	 AT "27: " ITEM ".name: has to be 1 to 63 printable ASCII characters, but is \"a\tb\""},
	{MARKER("{form: header, name: Baggage}"),
	 AT "26: " ITEM ".name: the field baggage holds many members; write form: baggage and the "
	    "member's name"},
	{MARKER("{form: header, name: content-length}"),
	 AT "26: " ITEM ".name: the field content-length frames requests; choose another name"},
	{MARKER("{form: cookie, name: a}"),
	 AT "5: " ITEM ": cookie a is there already, as markers[0]; remove one"},
	{MARKER("{form: cookie, name: A}"),
	 AT "5: " ITEM ": cookie A cannot be told apart from cookie a, markers[0]: names of one "
	    "length have to differ in their first or last 8 characters, and not only in case"},
	{ADDED("{form: header, name: X-Shunt-Context}"),
	 "test.yaml:6:5: spec.additionalMarkers[0]: header X-Shunt-Context is there already, as a "
	 "default; remove one"},
	{SETTINGS "spec:\n  markers: [{form: ot, name: a}]\n"
		  "  additionalMarkers: [{form: header, name: OT-Baggage-A}]\n",
	 "test.yaml:6:23: spec.additionalMarkers[0]: header OT-Baggage-A is there already, as "
	 "markers[0]; remove one"},
	{HEAD "metadata: {name: default}\nspec: {}\n---\n" HEAD
	      "metadata: {name: default, namespace: shop}\nspec: {}\n",
	 "test.yaml:6: Settings default is there already, at test.yaml:1; remove one"},
	{"apiVersion: shunt.dev/v1\nkind: Settings\n",
	 "test.yaml:1:13: apiVersion: unknown version shunt.dev/v1; write shunt.dev/v1alpha1"},
};

static void mistakes_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct object_set set = {0};
		struct problems problems = {0};
		int error = add_text(&set, mistakes[i].text, &problems);

		if (!error)
			error = object_set_finish(&set, &problems);
		assert_int_equal(error, -EINVAL);
		print_problems(problems.count > 1 ? &problems : &(struct problems){0});
		assert_int_equal(problems.count, 1);
		assert_string_equal(problems.texts[0], mistakes[i].problem);
		problems_clear(&problems);
		object_set_clear(&set);
	}
}

/* A list of so many headers, and what is said of it. */
static void check_length(const char *list, int count, const char *problem)
{
	struct object_set set = {0};
	struct problems problems = {0};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, SETTINGS "spec:\n  %s:\n", list);
	for (int i = 0; i < count; i++)
		fprintf(out, "  - {form: header, name: x-%d}\n", i);
	fclose(out);
	assert_int_equal(add_text(&set, text, &problems), problem ? -EINVAL : 0);
	assert_int_equal(problems.count, !!problem);
	if (problem)
		assert_string_equal(problems.texts[0], problem);
	free(text);
	problems_clear(&problems);
	object_set_clear(&set);
}

static void markers_are_bounded(void **state)
{
	(void)state;
	check_length("markers", SHUNT_MARKERS_MAX, NULL);
	check_length("markers", SHUNT_MARKERS_MAX + 1,
		     "test.yaml:6:3: spec.markers: has 33 items; at most 32 are allowed");
	/* The defaults make 13 names. */
	check_length("additionalMarkers", SHUNT_MARKERS_MAX - 13, NULL);
	check_length("additionalMarkers", SHUNT_MARKERS_MAX - 12,
		     "test.yaml:25:5: spec.additionalMarkers[19]: is one too many: there is room "
		     "for 32 names, those of the fields cookie, baggage, tracestate and "
		     "x-ot-span-context included where they are read; remove some");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_replace_or_extend_the_defaults),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(markers_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
