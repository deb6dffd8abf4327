// SPDX-License-Identifier: Apache-2.0
/*
 * The bad paths of the namespace tests: the same seed decides the same about the same packets,
 * and what comes out is what the rates say.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "tests/net/tools/lib/chance.c"
#include "tests/net/tools/lib/frame.c"
#include "tests/net/tools/lib/impairment.c"

#define PACKETS 2000
#define OUTCOMES (2 * PACKETS)
#define PERCENT 10000

/* A frame of a TCP packet over IPv4, whose payload is its number. */
static void make_frame(struct frame *frame, uint32_t number)
{
	uint8_t *ip = frame->bytes + ETH_HLEN;

	memset(frame->bytes, 0, 60);
	frame->size = ETH_HLEN + 44;
	put16(frame->bytes + 12, ETH_P_IP);
	ip[0] = 0x45;
	put16(ip + 2, 44);
	ip[6] = 0x40;
	ip[9] = IPPROTO_TCP;
	ip[32] = 0x50;
	memcpy(ip + 40, &number, sizeof(number));
}

static uint32_t number_of(const struct frame *frame)
{
	uint32_t number;

	memcpy(&number, frame->bytes + ETH_HLEN + 40, sizeof(number));
	return number;
}

/* Sends all packets; returns how many come out, their numbers in *out, and what was counted. */
static size_t run(const struct impairment_rates *rates, uint32_t *out,
		  struct impairment_counts *counts)
{
	static struct frame frame;
	struct impairment path;
	size_t came = 0;
	int ends[2];

	assert_int_equal(pipe2(ends, O_NONBLOCK | O_DIRECT), 0);
	impairment_init(&path, rates, 0, ends[1], ends[1]);
	for (uint32_t i = 1; i <= PACKETS; i++) {
		make_frame(&frame, i);
		impairment_take(&path, &frame, i);
		if (i == PACKETS)
			impairment_release(&path, UINT64_MAX);
		while (read(ends[0], frame.bytes, sizeof(frame.bytes)) > 0)
			out[came++] = number_of(&frame);
	}
	*counts = path.counts;
	close(ends[0]);
	close(ends[1]);
	return came;
}

static void decides_the_same_about_the_same_packets(void **state)
{
	struct impairment_rates rates = {.seed = 5,
					 .loss = 5 * PERCENT,
					 .duplicate = 5 * PERCENT,
					 .corrupt = 5 * PERCENT,
					 .reorder = 5 * PERCENT,
					 .reorder_packets = 3,
					 .reorder_ns = PACKETS};
	static uint32_t first[OUTCOMES], second[OUTCOMES];
	struct impairment_counts counts;
	size_t came = run(&rates, first, &counts);

	(void)state;
	assert_int_equal(run(&rates, second, &counts), came);
	assert_memory_equal(first, second, came * sizeof(*first));
	assert_int_equal(came, PACKETS - counts.lost + counts.duplicated);
	rates.seed = 6;
	run(&rates, second, &counts);
	assert_memory_not_equal(first, second, came * sizeof(*first));
}

static void does_as_often_as_told(void **state)
{
	struct impairment_rates rates = {
		.seed = 9, .loss = 10 * PERCENT, .duplicate = 20 * PERCENT};
	static uint32_t out[OUTCOMES];
	struct impairment_counts counts;

	(void)state;
	run(&rates, out, &counts);
	assert_in_range(counts.lost, PACKETS * 8 / 100, PACKETS * 12 / 100);
	assert_in_range(counts.duplicated, PACKETS * 15 / 100, PACKETS * 21 / 100);
	assert_int_equal(counts.reordered + counts.corrupted + counts.unsent, 0);
}

/* Each packet that is held back comes right behind the third one after it. */
static void lets_so_many_overtake(void **state)
{
	struct impairment_rates rates = {
		.seed = 1, .reorder = PERCENT, .reorder_packets = 3, .reorder_ns = UINT32_MAX};
	static uint32_t out[OUTCOMES];
	struct impairment_counts counts;
	size_t came = run(&rates, out, &counts), late = 0;

	(void)state;
	assert_int_equal(came, PACKETS);
	for (size_t i = 1; i < came; i++) {
		if (out[i] > out[i - 1])
			continue;
		assert_in_range(out[i - 1] - out[i], 1, 3);
		late++;
	}
	assert_in_range(late, 5, 40);
	assert_in_range(counts.reordered, late, late + 3);
}

static void lets_nothing_too_big_through(void **state)
{
	struct impairment_rates rates = {.mtu = 43, .icmp = true};
	static uint32_t out[OUTCOMES];
	struct impairment_counts counts;

	(void)state;
	/* What comes are the ICMP messages. */
	assert_int_equal(run(&rates, out, &counts), PACKETS);
	assert_int_equal(counts.too_big, PACKETS);
	rates.icmp = false;
	assert_int_equal(run(&rates, out, &counts), 0);
	rates.mtu = 44;
	assert_int_equal(run(&rates, out, &counts), PACKETS);
	assert_int_equal(counts.too_big, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_the_same_about_the_same_packets),
		cmocka_unit_test(does_as_often_as_told),
		cmocka_unit_test(lets_so_many_overtake),
		cmocka_unit_test(lets_nothing_too_big_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
