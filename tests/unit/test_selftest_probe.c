// SPDX-License-Identifier: Apache-2.0
/* What answers to the agent's SYN say of the way that it took. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <shunt/passport.h>
#include "user/agent/selftest_probe.h"

#define SEQUENCE 0xffffffff /* the next one is 0 */

static const struct probe probe = {
	.connection = {.client_port = 41822, .remote_port = 8080},
	.sequence = SEQUENCE,
};

/* As the endpoint answers; rows change it. */
static struct tcphdr answer(__u8 flags, __u16 window)
{
	struct tcphdr header = {
		.source = htons(8080),
		.dest = htons(41822),
		.ack_seq = htonl(SEQUENCE + 1),
		.doff = 5,
		.window = htons(window),
	};

	header.th_flags = flags;
	return header;
}

static enum probe_result judge(const struct tcphdr *header)
{
	return probe_judge(&probe, (const __u8 *)header, sizeof(*header));
}

static void test_answers_are_told_apart(void **state)
{
	static const struct {
		__u8 flags;
		__u16 window;
		enum probe_result result;
	} rows[] = {
		{TH_SYN | TH_ACK, 65535, PROBE_ARRIVED},
		{TH_SYN | TH_ACK, SHUNT_REFUSAL_MISSING, PROBE_ARRIVED},
		{TH_RST | TH_ACK, SHUNT_REFUSAL_MISSING, PROBE_LOST},
		{TH_RST | TH_ACK, SHUNT_REFUSAL_FORGED, PROBE_TRANSLATED},
		{TH_RST | TH_ACK, SHUNT_REFUSAL_EXPIRED, PROBE_OTHER_KEYS},
		{TH_RST | TH_ACK, 0, PROBE_CLOSED},
		{TH_RST | TH_ACK, 512, PROBE_CLOSED},
		{TH_RST | TH_SYN | TH_ACK, 0, PROBE_CLOSED},
		{TH_ACK, 65535, PROBE_WAITING},
		{TH_SYN, 65535, PROBE_WAITING},
		{TH_RST, SHUNT_REFUSAL_MISSING, PROBE_WAITING},
		{TH_FIN | TH_ACK, 65535, PROBE_WAITING},
		{0, 0, PROBE_WAITING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tcphdr header = answer(rows[i].flags, rows[i].window);

		assert_int_equal(judge(&header), rows[i].result);
	}
}

static void test_what_answers_another_segment_is_none(void **state)
{
	struct tcphdr headers[4];

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		headers[i] = answer(TH_RST | TH_ACK, SHUNT_REFUSAL_MISSING);
	headers[0].source = htons(8081);
	headers[1].dest = htons(41823);
	headers[2].ack_seq = htonl(SEQUENCE);
	headers[3].ack_seq = htonl(SEQUENCE + 2);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_int_equal(judge(&headers[i]), PROBE_WAITING);
}

static void test_half_a_header_is_none(void **state)
{
	struct tcphdr header = answer(TH_SYN | TH_ACK, 65535);
	__u8 *copy;

	(void)state;
	/* Allocated to size, so that a read beyond it is seen. */
	for (size_t length = 0; length < sizeof(header); length++) {
		copy = malloc(length);
		memcpy(copy, &header, length);
		assert_int_equal(probe_judge(&probe, copy, length), PROBE_WAITING);
		free(copy);
	}
}

static void test_only_what_makes_requests_fail_is_bad_and_explained(void **state)
{
	(void)state;
	for (int i = 0; i < PROBE_RESULT_COUNT; i++) {
		bool bad = i == PROBE_LOST || i == PROBE_TRANSLATED || i == PROBE_OTHER_KEYS;

		assert_int_equal(probe_is_bad(i), bad);
		assert_int_equal(strlen(probe_explain(i)) > 0, bad);
	}
	assert_non_null(strstr(probe_explain(PROBE_LOST), "passport_lost"));
	assert_non_null(strstr(probe_explain(PROBE_TRANSLATED), "passport_refused"));
	assert_non_null(strstr(probe_explain(PROBE_OTHER_KEYS), "passport_refused"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_are_told_apart),
		cmocka_unit_test(test_what_answers_another_segment_is_none),
		cmocka_unit_test(test_half_a_header_is_none),
		cmocka_unit_test(test_only_what_makes_requests_fail_is_bad_and_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
