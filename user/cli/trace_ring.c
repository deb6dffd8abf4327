// SPDX-License-Identifier: Apache-2.0
#include "user/cli/trace_ring.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "user/lib/bpffs.h"
#include "user/lib/clock.h"
#include "user/lib/event_json.h"
#include "user/lib/log.h"

#define LEASE (2 * CLOCK_SECOND) /* events are written so long after the last renewal */
#define RENEW_MS 500
#define RATE 5000 /* events a second and CPU */

struct reading {
	struct maps maps;
	__u64 start; /* monotonic */
	agent_client_line on_line;
	void *argument;
	int result; /* of on_line() */
};

static int on_event(void *argument, void *data, size_t size)
{
	struct reading *reading = argument;
	char service[SHUNT_SERVICE_NAME_MAX + 1];
	const struct event_names names = {.service = service};
	struct shunt_event event;
	json_t *object;

	/* What is older was left in the ring by somebody else. */
	if (event_read(data, size, &event) || event.time < reading->start)
		return 0;
	maps_service_name(&reading->maps, event.service, service);
	object = event_to_json(&event, clock_wall_at(event.time), &names);
	reading->result = object ? reading->on_line(reading->argument, object) : -ENOMEM;
	json_decref(object);
	return reading->result ? -ECANCELED : 0;
}

static int want(const struct reading *reading, __u64 until, bool lines)
{
	struct shunt_tracing tracing = {
		.until = until,
		.rate = RATE,
		.flags = SHUNT_TRACING_LIVE | (lines ? SHUNT_TRACING_LINES : 0),
	};
	__u32 zero = 0;

	return bpf_map_update_elem(reading->maps.fds[PINS_TRACING], &zero, &tracing, BPF_ANY);
}

static int read_ring(struct reading *reading, bool lines)
{
	struct ring_buffer *ring;
	int error = 0;

	ring = ring_buffer__new(reading->maps.fds[PINS_EVENTS], on_event, reading, NULL);
	if (!ring)
		return -errno;
	reading->start = clock_monotonic();
	while (!error && !reading->result) {
		error = want(reading, clock_monotonic() + LEASE, lines);
		if (error)
			break;
		error = ring_buffer__poll(ring, RENEW_MS);
		if (error > 0 || error == -EINTR || error == -ECANCELED)
			error = 0;
		if (!error && !reading->result)
			reading->result = reading->on_line(reading->argument, NULL);
	}
	want(reading, 0, false);
	ring_buffer__free(ring);
	return error;
}

static int lock_ring(const struct globals *globals, int *lock)
{
	char path[PATH_MAX];
	int error;

	error = pins_tracer_path(globals->bpffs, path, sizeof(path));
	if (!error)
		error = bpffs_lock(path, lock);
	if (error == -EWOULDBLOCK)
		log_line("an agent that cannot be asked, or another `shunt trace` without an "
			 "agent, reads the events of %s: only one can",
			 globals->bpffs);
	else if (error)
		log_line("cannot lock %s: %s", path, strerror(-error));
	return error;
}

int trace_ring_read(const struct globals *globals, bool lines, agent_client_line on_line,
		    void *argument)
{
	struct reading reading = {.on_line = on_line, .argument = argument};
	int error, lock;

	error = command_open_maps(globals, &reading.maps);
	if (error)
		return error;
	error = lock_ring(globals, &lock);
	if (!error) {
		error = read_ring(&reading, lines);
		close(lock);
		if (error)
			log_line("cannot trace: %s", strerror(-error));
	}
	maps_close(&reading.maps);
	return error ? error : reading.result;
}
