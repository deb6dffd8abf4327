// SPDX-License-Identifier: Apache-2.0
/*
 * Who may name a context: requests with every kind of marker, from clients of every kind, to
 * contexts that demand a signature or not. What does not count goes to the origin, from there and
 * from a leg.
 */
#include "permission.h"
#include <shunt/events.h>

#define HEAD(value) "GET / HTTP/1.1\r\nx-shunt-context: " value "\r\n\r\n"
#define UNMARKED "GET / HTTP/1.1\r\nHost: users\r\n\r\n"

/* Markers, as columns of the table below. */
static const char *const requests[] = {
	HEAD("mmeng"),
	HEAD("mmeng.0123456789abcdef"),
	HEAD("mmeng.0123456789abcdee"), /* differs in the last digit only */
	HEAD("mmeng.1123456789abcdef"), /* and in the first */
	HEAD("mmeng.fedcba9876543210"), /* the tag of the context `other` */
	HEAD("mmeng.0000000000000000"),
};

#define MARKER_COUNT (sizeof(requests) / sizeof(requests[0]))
#define SIGNED_RIGHT 1 /* index of the one with mmeng's tag */

static const struct permission_case {
	enum listing listing;
	__u8 flags; /* of the override */
	__u64 tag; /* the same */
	__u32 outcomes[MARKER_COUNT]; /* by marker: unsigned, right, four that are wrong */
} cases[] = {
	{EVERYBODY, 0, MMENG_TAG, {COUNTS, COUNTS, FORGED, FORGED, FORGED, FORGED}},
	{EVERYBODY,
	 SHUNT_OVERRIDE_SIGNED,
	 MMENG_TAG,
	 {BARE, COUNTS, FORGED, FORGED, FORGED, FORGED}},
	{MISS, 0, MMENG_TAG, {SOURCE, SOURCE, SOURCE, SOURCE, SOURCE, SOURCE}},
	{MISS, SHUNT_OVERRIDE_SIGNED, MMENG_TAG, {SOURCE, SOURCE, SOURCE, SOURCE, SOURCE, SOURCE}},
	{REFUSED, 0, MMENG_TAG, {SOURCE, SOURCE, SOURCE, SOURCE, SOURCE, SOURCE}},
	{REFUSED,
	 SHUNT_OVERRIDE_SIGNED,
	 MMENG_TAG,
	 {SOURCE, SOURCE, SOURCE, SOURCE, SOURCE, SOURCE}},
	{OBEYED, 0, MMENG_TAG, {COUNTS, COUNTS, FORGED, FORGED, FORGED, FORGED}},
	{OBEYED, SHUNT_OVERRIDE_SIGNED, MMENG_TAG, {BARE, COUNTS, FORGED, FORGED, FORGED, FORGED}},
	{SIGNED_ONLY, 0, MMENG_TAG, {BARE, COUNTS, FORGED, FORGED, FORGED, FORGED}},
	{SIGNED_ONLY,
	 SHUNT_OVERRIDE_SIGNED,
	 MMENG_TAG,
	 {BARE, COUNTS, FORGED, FORGED, FORGED, FORGED}},
	{OBEYED_SIGNED, 0, MMENG_TAG, {BARE, COUNTS, FORGED, FORGED, FORGED, FORGED}},
	{OBEYED_SIGNED,
	 SHUNT_OVERRIDE_SIGNED,
	 MMENG_TAG,
	 {BARE, COUNTS, FORGED, FORGED, FORGED, FORGED}},
	/* a context that cannot be signed */
	{EVERYBODY, 0, 0, {COUNTS, FORGED, FORGED, FORGED, FORGED, FORGED}},
	{EVERYBODY, SHUNT_OVERRIDE_SIGNED, 0, {BARE, FORGED, FORGED, FORGED, FORGED, FORGED}},
	{OBEYED, 0, 0, {COUNTS, FORGED, FORGED, FORGED, FORGED, FORGED}},
	{OBEYED_SIGNED, 0, 0, {BARE, FORGED, FORGED, FORGED, FORGED, FORGED}},
};

/* Sends the request where leg `current` is. It goes where it should and is counted once. */
static void check_request(struct kernel *kernel, bool ipv6, __u8 current, const char *request,
			  __u32 outcome)
{
	struct shunt_flow flow = moving_flow(ipv6, current);
	struct counts expected = counts_expected(outcome, counts_read(kernel)), after;

	moving_put(kernel, ipv6, &flow);
	moving_check(kernel, ipv6, request, outcome == COUNTS);
	after = counts_read(kernel);
	assert_memory_equal(&after, &expected, sizeof(after));
	flow = flow_get(kernel, ipv6);
	assert_int_equal(flow.moves, current != (outcome == COUNTS));
	if (flow.moves)
		assert_string_equal(flow.context, outcome == COUNTS ? "mmeng" : "");
}

static void obeys_only_those_who_may(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct permission_case *row = &cases[i];

		source_list(*state, row->listing);
		moving_override(*state, row->flags, row->tag);
		for (size_t k = 0; k < MARKER_COUNT * 4; k++) {
			const char *request = requests[k / 4];
			bool ipv6 = k & 1;
			__u8 current = k >> 1 & 1;

			print_message("# case %zu, marker %zu, IPv%d, on leg %u\n", i, k / 4,
				      ipv6 ? 6 : 4, current);
			check_request(*state, ipv6, current, request, row->outcomes[k / 4]);
		}
	}
	assert_true(kernel_silent(*state));
}

/* A request without a marker, and one whose context has no override, are what they were. */
static void leaves_other_requests_as_they_were(void **state)
{
	static const enum listing listings[] = {EVERYBODY, MISS, REFUSED, OBEYED_SIGNED};
	__u64 unmarked = kernel_count(*state, SHUNT_REASON_NO_MARKER);

	for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]); i++) {
		struct shunt_flow flow = moving_flow(false, 1);
		struct counts before = counts_read(*state), after;

		source_list(*state, listings[i]);
		moving_put(*state, false, &flow);
		moving_check(*state, false, UNMARKED, 0);
		after = counts_read(*state);
		assert_memory_equal(&after, &before, sizeof(after));
		moving_put(*state, false, &flow);
		moving_check(*state, false, HEAD("nobody.0123456789abcdef"), 0);
		before.unknown++;
		after = counts_read(*state);
		assert_memory_equal(&after, &before, sizeof(after));
	}
	assert_int_equal(kernel_count(*state, SHUNT_REASON_NO_MARKER), unmarked + 4);
}

/* The longest prefix counts, whatever a shorter one allows or refuses; the shortest is of everybody. */
static void finds_the_longest_prefix(void **state)
{
	static const struct {
		__u32 net, host; /* flags */
		__u32 bare, right; /* outcomes */
	} rows[] = {
		{SHUNT_SOURCE_OBEYED, 0, SOURCE, SOURCE},
		{0, SHUNT_SOURCE_OBEYED, COUNTS, COUNTS},
		{SHUNT_SOURCE_OBEYED, SHUNT_SOURCE_SIGNED, BARE, COUNTS},
		{SHUNT_SOURCE_SIGNED, SHUNT_SOURCE_OBEYED, COUNTS, COUNTS},
	};
	static const char *const nets[][2] = {{"10.9.0.0", "fd09::"}, {"::", "::"}};
	static const __u32 lengths[][2] = {{96 + 24, 64}, {0, 0}};

	sources_restrict(*state, true);
	moving_override(*state, 0, MMENG_TAG);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) * 4; i++) {
		bool ipv6 = i & 1, all = i >> 1 & 1;
		const char *client = flow_ends[ipv6].client, *net = nets[all][ipv6];
		__u32 length = lengths[all][ipv6], flags = rows[i / 4].net;

		source_put(*state, net, length, flags);
		source_put(*state, client, 128, rows[i / 4].host);
		check_request(*state, ipv6, 0, requests[0], rows[i / 4].bare);
		check_request(*state, ipv6, 1, requests[SIGNED_RIGHT], rows[i / 4].right);
		source_remove(*state, client, 128); /* the shorter one is left */
		check_request(*state, ipv6, 0, requests[SIGNED_RIGHT], flags ? COUNTS : SOURCE);
		source_remove(*state, net, length);
		check_request(*state, ipv6, 0, requests[SIGNED_RIGHT], SOURCE);
	}
}

/* A second head in the packet neither lends its signature nor takes one away. */
static void looks_at_the_signature_of_the_request_itself(void **state)
{
	struct shunt_flow flow = moving_flow(false, 0);

	source_list(*state, EVERYBODY);
	moving_override(*state, SHUNT_OVERRIDE_SIGNED, MMENG_TAG);
	moving_put(*state, false, &flow);
	moving_check(*state, false, HEAD("mmeng") HEAD("mmeng.0123456789abcdef"), 0);
	moving_put(*state, false, &flow);
	moving_check(*state, false, HEAD("mmeng.0123456789abcdef") HEAD("mmeng"), 1);
	moving_put(*state, false, &flow);
	moving_check(*state, false, HEAD("mmeng.0123456789abcdef") "GET / HTTP/1.1\r\nx-shunt", 1);
}

static int event_keep(void *to, void *data, size_t size)
{
	assert_int_equal(size, SHUNT_EVENT_SHORT);
	memcpy(to, data, size);
	return 0;
}

/* Whoever traces sees the context's name, and never the tag. */
static void traces_what_is_refused(void **state)
{
	struct kernel *kernel = *state;
	struct shunt_tracing until = {.until = UINT64_MAX, .rate = 100}, never = {};
	struct shunt_flow flow = moving_flow(false, 0);
	struct shunt_event event = {};
	struct ring_buffer *ring;
	__u64 wrong = 0xfedcba9876543210, right = MMENG_TAG;
	__u32 zero = 0;

	ring = ring_buffer__new(bpf_map__fd(kernel->programs->maps.events), event_keep, &event,
				NULL);
	assert_non_null(ring);
	source_list(kernel, EVERYBODY);
	moving_override(kernel, 0, MMENG_TAG);
	moving_put(kernel, false, &flow);
	kernel_put(kernel->programs->maps.tracing, &zero, &until);
	moving_check(kernel, false, HEAD("mmeng.fedcba9876543210"), 0);
	kernel_put(kernel->programs->maps.tracing, &zero, &never);
	assert_int_equal(ring_buffer__consume(ring), 1);
	assert_int_equal(event.reason, SHUNT_REASON_BAD_SIGNATURE);
	assert_int_equal(event.service, KERNEL_SERVICE);
	assert_string_equal(event.context, "mmeng");
	assert_null(memmem(&event, sizeof(event), &wrong, sizeof(wrong)));
	assert_null(memmem(&event, sizeof(event), &right, sizeof(right)));
	assert_null(memmem(&event, sizeof(event), "fedcba", 6));
	ring_buffer__free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(obeys_only_those_who_may),
		cmocka_unit_test(leaves_other_requests_as_they_were),
		cmocka_unit_test(finds_the_longest_prefix),
		cmocka_unit_test(looks_at_the_signature_of_the_request_itself),
		cmocka_unit_test(traces_what_is_refused),
	};

	return cmocka_run_group_tests(tests, moving_setup, kernel_teardown);
}
