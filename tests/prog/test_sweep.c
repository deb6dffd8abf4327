// SPDX-License-Identifier: Apache-2.0
/* What the sweep removes: old state of connections whose client's socket is gone, and of heads whose rest
 * does not come. */
#include <netinet/in.h>
#include "flow.h"

struct sweep_case {
	const char *name;
	__u64 age; /* seconds since the last move, or the first byte */
	bool socket, flow, stays;
};

static const struct sweep_case cases[] = {
	{"half a head, new", 9, .stays = true},
	{"half a head whose client is gone", 11, .stays = false},
	{"half a head whose client is there", 11, .socket = true, .stays = true},
	{"half a head whose rest does not come", 61, .socket = true, .stays = false},
	{"flow, new", 9, .flow = true, .stays = true},
	{"flow whose client is gone", 11, .flow = true, .stays = false},
	{"flow whose client is there", 1000, .flow = true, .socket = true, .stays = true},
};

/* A socket that connects to itself, and its connection. */
static int connect_alone(struct shunt_connection *connection)
{
	struct sockaddr_in here = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(here);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &size), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	*connection = (struct shunt_connection){.client = kernel_address("127.0.0.1"),
						.remote = kernel_address("127.0.0.1"),
						.client_port = ntohs(here.sin_port),
						.remote_port = ntohs(here.sin_port)};
	return fd;
}

static __u64 seconds_ago(__u64 seconds)
{
	return kernel_now() - seconds * 1000000000ULL;
}

static bool row_stays(struct kernel *kernel, const struct sweep_case *row,
		      const struct shunt_connection *connection)
{
	struct frame_tcp tcp = flow_from_client(false);
	static struct shunt_held entry;
	static struct frame in, out;
	struct shunt_flow flow = flow_new(false);
	struct bpf_map *map =
		row->flow ? kernel->programs->maps.flows : kernel->programs->maps.held;
	bool stays;

	flow.ifindex = entry.ifindex = 1;
	flow.moved_at = entry.since = seconds_ago(row->age);
	if (row->flow)
		flow_put_one(kernel, connection, &flow);
	else
		kernel_put(map, connection, &entry);
	frame_build(&in, &tcp);
	kernel_run(kernel->programs->progs.sweep, &in, &out);
	stays = row->flow ? kernel_get(map, connection, &flow)
			  : kernel_get(map, connection, &entry);
	if (row->flow)
		assert_int_equal(flow_counted(kernel, connection), stays);
	bpf_map_delete_elem(bpf_map__fd(map), connection);
	return stays;
}

static void sweeps(void **state)
{
	struct shunt_connection connection, other;
	int fd = connect_alone(&connection);

	other = connection;
	other.client_port ^= 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (row_stays(*state, &cases[i], cases[i].socket ? &connection : &other) !=
		    cases[i].stays)
			fail_msg("%s", cases[i].name);
	}
	close(fd);
}

static int sweep_setup(void **state)
{
	struct shunt_link link = {.netns_id = -1};
	__u32 loopback = 1;

	if (kernel_setup(state))
		return -1;
	kernel_put(((struct kernel *)*state)->programs->maps.links, &loopback, &link);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sweeps),
	};

	return cmocka_run_group_tests(tests, sweep_setup, kernel_teardown);
}
