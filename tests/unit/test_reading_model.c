// SPDX-License-Identifier: Apache-2.0
/* What `shunt header --decode` says of a line is what the kernel's parser does with it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "bpf/carrier.h"
#include "bpf/http.h"
#include "user/lib/reading.h"

#define LINE_MAX_SIZE 512
#define ROUNDS 60000

static const struct marker list[] = {
	{SHUNT_MARKER_BAGGAGE, "sd-routing-key"}, {SHUNT_MARKER_CARRIER, "shunt-context"},
	{SHUNT_MARKER_OVERRIDES, "overrides"},	  {SHUNT_MARKER_HEADER, "x-tt-env"},
	{SHUNT_MARKER_COOKIE, "shunt_context"},	  {SHUNT_MARKER_COOKIE, "a"},
	{SHUNT_MARKER_QUERY, "shunt_context"},	  {SHUNT_MARKER_QUERY, "q"},
	{SHUNT_MARKER_TRACESTATE, "shunt"},	  {SHUNT_MARKER_BAGGAGE, "b"},
	{SHUNT_MARKER_OT, "shunt-context"},	  {SHUNT_MARKER_UBERCTX, "dev-serve-user"},
};

#define LIST_COUNT (sizeof(list) / sizeof(list[0]))

/* Lines to begin with. A query stands for the request's target. */
static const char *const seeds[] = {
	"x-tt-env: m%6deng ",
	"x-tt-env: mmeng.0123456789abcdef",
	"Cookie: a=mmeng.61abcdef61abcdef; shunt_context=\"mmeng\"",
	"baggage: b=mmeng%2e00000000000000ba;p",
	"Cookie: a=b; shunt_context=\"mmeng\"; c=d",
	"cookie: shunt_context=X;a=\"b\"",
	"baggage: b=x;p=1;q , sd-routing-key = %61bc ; r, b=y",
	"baggage: sd-routing-key=A,b=c",
	"tracestate: x@y=z,shunt=abc,\tshunt=d",
	"ot-baggage-shunt-context: a.b",
	"UberCtx-Dev-Serve-User:z",
	"?q=a&shunt%5fcontext=%6d&q=b",
	"?shunt_context=A&q=%41",
	"x-ot-span-context: EiYJ782riWdFIwEREDJUdpi63P4YASIQCglvdmVycmlkZXMSA2FiYw==",
	"x-ot-span-context: EikJCa2ca78nwRwR+OYN3C/9650YASITCg1zaHVudC1jb250ZXh0EgJtbQ==",
	"x-ot-span-context: "
	"EmcJDlMyb49SB/8RHLliMYWblMQYASJRCglvdmVycmlkZXMSRENoUUtDbk5vYjNBdmRYTmxj"
	"bk1TQkFvQkFRRVlVQW9iQ2dWMWMyVnljeElRL1FBQUFBQUFBQUFBQUFBQUFBQUFBUmhR",
	"x-ot-span-context: Ee/Nq4lnRSMBGRAyVHaYutz+IAEqFQoNU2h1bnQtQ29udGV4dBIEYWJjZA",
};

/* Parses a request that has the line. False where the request is not one that is understood. */
static bool parse(const char *line, const struct shunt_markers *table, struct shunt_head *head)
{
	static struct http_bytes bytes;
	static struct carrier_space space;
	static const struct shunt_service service = {.name = "shop/users:http"};
	int length;

	memset(&bytes, 0, sizeof(bytes));
	if (line[0] == '?')
		length = snprintf((char *)bytes.at, SHUNT_HEAD_MAX, "GET /%s HTTP/1.1\r\n\r\n",
				  line);
	else
		length = snprintf((char *)bytes.at, SHUNT_HEAD_MAX, "GET / HTTP/1.1\r\n%s\r\n\r\n",
				  line);
	http_head_reset(head);
	head->length = (__u16)length;
	if (http_parse(&bytes, head, table) != HTTP_DONE || head->position != length)
		return false;
	if (head->carrier_length)
		carrier_read(&bytes, head, table, &space, &service);
	return true;
}

static void mutate(char line[LINE_MAX_SIZE])
{
	static const char characters[] = "abXq=;,&%\" \tA9+/:.-_61#?e";
	size_t length = strlen(line), at = (size_t)random() % length;
	char character = characters[(size_t)random() % (sizeof(characters) - 1)];

	switch (random() % 3) {
	case 0:
		line[at] = character;
		break;
	case 1:
		memmove(line + at, line + at + 1, length - at);
		break;
	default:
		if (length + 1 < LINE_MAX_SIZE) {
			memmove(line + at + 1, line + at, length - at + 1);
			line[at] = character;
		}
	}
}

/* Empty: none, or endpoints that are listed. */
static const char *context_of(const struct reading *reading)
{
	return reading->taken ? reading->taken->context : "";
}

/* Both found the same, or found it malformed. */
static void compare(const char *line, const struct shunt_head *head)
{
	char problem[READING_TEXT_SIZE];
	struct reading reading;
	int error = reading_make(line, list, LIST_COUNT, &reading, problem);

	if (error) {
		if (head->rank != SHUNT_HEAD_NO_MARKER)
			fail_msg("%s: %s, but the kernel takes %s", line, problem, head->context);
		return;
	}
	if (strcmp(context_of(&reading), head->context))
		fail_msg("%s: \"%s\", but the kernel takes \"%s\"", line, context_of(&reading),
			 head->context);
	if (head->context[0])
		assert_int_equal(reading.taken->marker - list, head->rank);
	if (head->context[0])
		assert_int_equal(reading.taken->is_signed, !!(head->flags & SHUNT_HEAD_SIGNED));
	if ((head->flags & SHUNT_HEAD_BAD_CARRIER) && !reading.malformed[0])
		fail_msg("%s: the kernel finds the carrier malformed", line);
	reading_clear(&reading);
}

static void decoding_agrees_with_the_kernel(void **state)
{
	struct shunt_markers table;
	size_t understood = 0;

	(void)state;
	srandom(7);
	assert_int_equal(markers_compile(list, LIST_COUNT, &table, NULL), 0);
	for (int round = 0; round < ROUNDS; round++) {
		size_t seed = (size_t)random() % (sizeof(seeds) / sizeof(seeds[0]));
		char line[LINE_MAX_SIZE];
		struct shunt_head head;

		strcpy(line, seeds[seed]);
		for (long changes = random() % 4; changes > 0; changes--)
			mutate(line);
		/* Only lines of the same kind: a query cannot become a field. */
		if ((line[0] == '?') != (seeds[seed][0] == '?') || !parse(line, &table, &head))
			continue;
		understood++;
		compare(line, &head);
	}
	assert_true(understood > ROUNDS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoding_agrees_with_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
