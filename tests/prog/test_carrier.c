// SPDX-License-Identifier: Apache-2.0
/*
 * The table of OpenTracing carriers, in the kernel: which context they name, and which of the
 * endpoints that they list are obeyed.
 */
#include "client.h"
#include "override.h"
#include "bpf/framing.h"
#include "tests/cases/carriers.h"

#define OTHER_SERVICE (KERNEL_SERVICE + 1)
#define SEGMENT_MAX 1448

/* What is counted of a request. */
struct counts {
	__u64 by_carrier, by_list, unmarked, invalid, disagree, malformed, refused;
	__u64 overridden, listed; /* requests of the context's override, and of those listed */
};

static struct counts counts_read(struct kernel *kernel, __u32 id)
{
	return (struct counts){
		.by_carrier = kernel_count(kernel, SHUNT_REASON_BY_CARRIER),
		.by_list = kernel_count(kernel, SHUNT_REASON_BY_OVERRIDES),
		.unmarked = kernel_count(kernel, SHUNT_REASON_NO_MARKER),
		.invalid = kernel_count(kernel, SHUNT_REASON_MARKER_INVALID),
		.disagree = kernel_count(kernel, SHUNT_REASON_MARKERS_DISAGREE),
		.malformed = kernel_count(kernel, SHUNT_REASON_BAD_CARRIER),
		.refused = kernel_count(kernel, SHUNT_REASON_ADDRESS_REFUSED),
		.overridden = override_requests(kernel, id),
		.listed = override_requests(kernel, SHUNT_OVERRIDE_BY_ADDRESS),
	};
}

/* `service` is the one that the row's endpoint is registered for; 0: none. */
static struct counts counts_expected(const struct carrier_case *row, __u32 service,
				     struct counts before)
{
	bool listed = row->endpoints && service == KERNEL_SERVICE;

	before.by_carrier += !!row->context;
	before.by_list += listed && !row->context;
	before.unmarked += !row->context && !listed;
	before.invalid += !!(row->flags & SHUNT_HEAD_INVALID);
	before.disagree += !!(row->flags & SHUNT_HEAD_DISAGREE);
	before.malformed += !!(row->flags & SHUNT_HEAD_BAD_CARRIER);
	before.refused += row->endpoints && !listed;
	before.overridden += !!row->context;
	before.listed += listed && !row->context;
	return before;
}

static void endpoint_register(struct kernel *kernel, const struct carrier_case *row, __u32 service)
{
	struct bpf_map *map = kernel->programs->maps.offloaded;
	struct shunt_endpoint key;

	if (!row->endpoints)
		return;
	key = (struct shunt_endpoint){.address = kernel_address(row->address), .port = row->port};
	if (service)
		kernel_offloaded(kernel, &key, service, SHUNT_FENCE_OFF);
	else
		bpf_map_delete_elem(bpf_map__fd(map), &key);
}

static bool row_holds(struct kernel *kernel, const struct carrier_case *row, size_t step,
		      __u32 service)
{
	__u32 id = 1 + (row - carrier_cases);
	struct shunt_connection connection = client_connection();
	struct counts before = counts_read(kernel, id), expected, after;
	struct shunt_framing framing = {};
	struct carrier_request request;
	bool sent;

	carrier_case_request(row, &request);
	override_put(kernel, row->context, id, row->tag);
	endpoint_register(kernel, row, service);
	sent = client_stream(kernel, &connection, request.bytes, request.length, step) &&
	       client_framing(kernel, &connection, &framing) &&
	       framing.requests.state == FRAMING_START;
	endpoint_register(kernel, row, 0);
	override_remove(kernel, row->context);
	expected = counts_expected(row, service, before);
	after = counts_read(kernel, id);
	if (sent && !memcmp(&expected, &after, sizeof(after)))
		return true;
	print_error("row \"%s\", segments of %zu: sent %d, carrier +%llu, list +%llu, unmarked "
		    "+%llu, invalid +%llu, disagree +%llu, malformed +%llu, refused +%llu, "
		    "overridden +%llu, listed +%llu\n",
		    row->name, step, sent, after.by_carrier - before.by_carrier,
		    after.by_list - before.by_list, after.unmarked - before.unmarked,
		    after.invalid - before.invalid, after.disagree - before.disagree,
		    after.malformed - before.malformed, after.refused - before.refused,
		    after.overridden - before.overridden, after.listed - before.listed);
	return false;
}

static void check_rows(struct kernel *kernel, size_t step, __u32 service)
{
	size_t failed = 0;

	for (size_t i = 0; i < CARRIER_CASE_COUNT; i++)
		failed += !row_holds(kernel, &carrier_cases[i], step, service);
	assert_int_equal(failed, 0);
	assert_true(kernel_silent(kernel));
}

static void obeys_endpoints_of_the_service(void **state)
{
	check_rows(*state, SEGMENT_MAX, KERNEL_SERVICE);
}

static void refuses_endpoints_of_another_service(void **state)
{
	check_rows(*state, SEGMENT_MAX, OTHER_SERVICE);
}

static void refuses_endpoints_of_none(void **state)
{
	check_rows(*state, SEGMENT_MAX, 0);
}

static void understands_carriers_cut_into_pieces(void **state)
{
	check_rows(*state, 7, KERNEL_SERVICE);
}

/* The wanted item is the last of a carrier of 6 KB, which comes in several segments. */
static void reads_a_long_carrier_to_its_end(void **state)
{
	static const char last[] = "\x22\x16\x0a\x0dshunt-context\x12\x05mmeng";
	struct carrier_request message = {.length = 0};
	struct carrier_case row = {.bytes = message.bytes};
	struct shunt_connection connection = client_connection();
	struct carrier_request request;
	struct shunt_framing framing;
	const __u32 id = 900;

	carrier_append(&message,
		       "\x09"
		       "01234567",
		       9);
	while (message.length < 6000)
		carrier_append(&message, "\x22\x0b\x0a\x03key\x12\x04true", 13);
	carrier_append(&message, last, sizeof(last) - 1);
	row.length = message.length;
	carrier_case_request(&row, &request);
	override_put(*state, "mmeng", id, 0);
	assert_true(client_stream(*state, &connection, request.bytes, request.length, SEGMENT_MAX));
	assert_true(client_framing(*state, &connection, &framing));
	assert_int_equal(override_requests(*state, id), 1);
	override_remove(*state, "mmeng");
}

/* A carrier of as many steps as a head of 8 KB has room for. */
static void reads_a_carrier_of_many_steps(void **state)
{
	struct carrier_request message = {.length = 0};
	struct carrier_case row = {.bytes = message.bytes};
	__u64 before = kernel_count(*state, SHUNT_REASON_BAD_CARRIER);
	struct shunt_connection connection = client_connection();
	struct carrier_request request;
	struct shunt_framing framing;

	carrier_append(&message, "\x0a\x00", 2);
	while (message.length < 6080)
		carrier_append(&message, "\x12\x02\x22\x00", 4); /* four steps */
	row.length = message.length;
	carrier_case_request(&row, &request);
	assert_true(client_stream(*state, &connection, request.bytes, request.length, SEGMENT_MAX));
	assert_true(client_framing(*state, &connection, &framing));
	assert_int_equal(framing.requests.state, FRAMING_START);
	assert_int_equal(kernel_count(*state, SHUNT_REASON_BAD_CARRIER), before);
}

static int setup(void **state)
{
	struct shunt_service name = {.name = CARRIER_SERVICE};
	__u32 service = KERNEL_SERVICE;
	int err = client_setup(state);

	if (!err)
		kernel_put(((struct kernel *)*state)->programs->maps.services, &service, &name);
	return err;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(obeys_endpoints_of_the_service),
		cmocka_unit_test(refuses_endpoints_of_another_service),
		cmocka_unit_test(refuses_endpoints_of_none),
		cmocka_unit_test(understands_carriers_cut_into_pieces),
		cmocka_unit_test(reads_a_long_carrier_to_its_end),
		cmocka_unit_test(reads_a_carrier_of_many_steps),
	};

	return cmocka_run_group_tests(tests, setup, kernel_teardown);
}
