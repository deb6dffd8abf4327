// SPDX-License-Identifier: Apache-2.0
/* The kernel's own answer, where no endpoint of an override can be reached. */
#include <stdio.h>
#include "opening.h"

/* The endpoint as the answer names it: an IPv6 address in full. */
static void endpoint_text(bool ipv6, char text[64])
{
	struct shunt_address address = kernel_address(flow_ends[ipv6].endpoint);
	const __u8 *b = address.bytes;
	size_t length = 0;

	if (!ipv6) {
		snprintf(text, 64, "%u.%u.%u.%u:%u", b[12], b[13], b[14], b[15],
			 FLOW_ENDPOINT_PORT);
		return;
	}
	for (size_t i = 0; i < 16; i += 2)
		length += snprintf(text + length, 64 - length, "%c%02x%02x", i ? ':' : '[', b[i],
				   b[i + 1]);
	snprintf(text + length, 64 - length, "]:%u", FLOW_ENDPOINT_PORT);
}

/* The client gets the kernel's own answer, which ends the connection. */
static void check_answer(bool ipv6, const struct frame_tcp *got, const char *status,
			 const char *reason)
{
	struct shunt_address origin = kernel_address(flow_ends[ipv6].origin);
	char text[512], expected[512], endpoint[64];

	endpoint_text(ipv6, endpoint);
	snprintf(expected, sizeof(expected),
		 "HTTP/1.1 %s\r\n"
		 "x-shunt: context=mmeng; service=shop/users:http; endpoint=%s; reason=%s\r\n"
		 "content-length: 0\r\nconnection: close\r\n\r\n",
		 status, endpoint, reason);
	assert_true(got->payload_length < sizeof(text));
	memcpy(text, got->payload, got->payload_length);
	text[got->payload_length] = '\0';
	assert_string_equal(text, expected);
	assert_memory_equal(&got->source, &origin, 16);
	assert_int_equal(got->source_port, FLOW_ORIGIN_PORT);
	assert_int_equal(got->destination_port, FLOW_CLIENT_PORT);
	assert_int_equal(got->sequence, FLOW_REPLY);
	assert_int_equal(got->acknowledgement, FLOW_CLIENT_NEXT + OPENING_LENGTH);
	assert_int_equal(got->flags, FRAME_ACK | FRAME_PSH | FRAME_FIN);
}

static void answers_when_none_is_left(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp refusal = opening_answer(ipv6, FRAME_RST | FRAME_ACK), got;
		struct frame_tcp again = opening_client_again(ipv6);
		static struct frame out;
		size_t length;

		/* The second endpoint is registered for another service port. */
		opening_register(kernel, ipv6, KERNEL_SERVICE + 1);
		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 2, 0);
		assert_int_equal(flow_run(kernel->programs->progs.to_pod, &refusal, &out, &got),
				 TC_ACT_UNSPEC);
		check_answer(ipv6, &got, "503 Service Unavailable", "refused");
		length = got.payload_length;
		assert_int_equal(flow_get(kernel, ipv6).state, SHUNT_FLOW_ANSWERED);

		/* Lost: the client asks again and gets it again, on its way out of the pod. */
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_REDIRECT);
		check_answer(ipv6, &got, "503 Service Unavailable", "refused");
		assert_int_equal(kernel_run(kernel->programs->progs.to_pod, &out, &out),
				 TC_ACT_UNSPEC);

		/* The client has got it and ends its side. */
		again = flow_from_client(ipv6);
		again.sequence += OPENING_LENGTH;
		again.acknowledgement += length + 1;
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_SHOT);
		while (!kernel_silent(kernel))
			assert_true(kernel_injected(kernel, &out)); /* the parked leg's RST */
		again.flags = FRAME_ACK | FRAME_FIN;
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_REDIRECT);
		assert_int_equal(got.flags, FRAME_ACK);
		assert_int_equal(got.acknowledgement, again.sequence + 1);
	}
}

static void answers_when_none_answers(void **state)
{
	struct kernel *kernel = *state;

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_tcp again = opening_client_again(ipv6), got;
		static struct frame out;

		opening_put(kernel, ipv6, SHUNT_UNREACHABLE_ERROR, 1, 0); /* since long ago */
		assert_int_equal(flow_run(kernel->programs->progs.from_pod, &again, &out, &got),
				 TC_ACT_REDIRECT);
		check_answer(ipv6, &got, "504 Gateway Timeout", "timeout");
	}
	assert_true(kernel_silent(kernel));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_when_none_is_left),
		cmocka_unit_test(answers_when_none_answers),
	};

	return cmocka_run_group_tests(tests, opening_setup, kernel_teardown);
}
