// SPDX-License-Identifier: Apache-2.0
#include "user/agent/callers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "user/agent/addresses.h"
#include "user/agent/link_map.h"
#include "user/lib/array.h"
#include "user/lib/log.h"

#define DELAY_MS 1000 /* all frontends are looked at: once for what comes meanwhile */

/* An address that a service port may be asked at. */
struct place {
	struct shunt_address address;
	__u32 service;
};

struct update {
	struct place *places; /* by address, then by service */
	size_t place_count;
	size_t place_capacity;
	struct link_map map; /* by service */
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = memcmp(&x->address, &y->address, sizeof(x->address));

	return order ? order : (x->service > y->service) - (x->service < y->service);
}

static int add_place(struct update *update, const void *key, __u32 service)
{
	struct shunt_endpoint endpoint;
	int error = array_grow(&update->places, &update->place_capacity, update->place_count,
			       sizeof(*update->places));

	if (error)
		return error;
	memcpy(&endpoint, key, sizeof(endpoint));
	update->places[update->place_count++] = (struct place){endpoint.address, service};
	return 0;
}

static int on_frontend(void *argument, const void *key, const void *value)
{
	struct shunt_frontend frontend;

	memcpy(&frontend, value, sizeof(frontend));
	return add_place(argument, key, frontend.service);
}

static int on_offloaded(void *argument, const void *key, const void *value)
{
	struct shunt_offloaded offloaded;

	memcpy(&offloaded, value, sizeof(offloaded));
	return add_place(argument, key, offloaded.service);
}

/* The lowest service of those that are asked at one of the addresses, or 0. */
static __u32 choose(const struct update *update, const struct address_set *own)
{
	__u32 chosen = 0;

	for (size_t i = 0; i < own->count; i++) {
		const struct place key = {.address = own->items[i]};
		size_t found = array_lower_bound(&key, update->places, update->place_count,
						 sizeof(key), compare_places);
		const struct place *place = &update->places[found];

		if (found < update->place_count &&
		    memcmp(&place->address, &key.address, sizeof(key.address)) == 0 &&
		    (!chosen || place->service < chosen))
			chosen = place->service;
	}
	return chosen;
}

static int on_link(void *argument, __u32 key, __s32 netns_id)
{
	struct address_set own = {0};
	struct update *update = argument;
	__u32 service = 0;
	int error = addresses_read_in(netns_id, &own);

	if (!error)
		service = choose(update, &own);
	if (service)
		error = link_map_want(&update->map, key, &service);
	address_set_clear(&own);
	return error;
}

/* The counts come first: without them nothing is counted of the pod. */
static int add_counts(int fd, __u32 service)
{
	struct shunt_propagation *zero;
	int error;

	zero = calloc((size_t)libbpf_num_possible_cpus(), sizeof(*zero));
	if (!zero)
		return -ENOMEM;
	error = bpf_map_update_elem(fd, &service, zero, BPF_NOEXIST);
	free(zero);
	return error == -EEXIST ? 0 : error;
}

static int write_caller(void *argument, int fd, __u32 link, const void *service)
{
	const struct maps *maps = argument;
	struct shunt_caller value = {0};
	int error;

	memcpy(&value.service, service, sizeof(value.service));
	error = add_counts(maps->fds[PINS_PROPAGATION], value.service);
	return error ? error : bpf_map_update_elem(fd, &link, &value, BPF_ANY);
}

static int update_map(const struct attach *attach, const struct maps *maps)
{
	struct update update = {0};
	int error;

	error = maps_each(maps->fds[PINS_FRONTENDS], 0, on_frontend, &update);
	if (!error)
		error = maps_each(maps->fds[PINS_OFFLOADED], 0, on_offloaded, &update);
	array_sort(update.places, update.place_count, sizeof(*update.places), compare_places);
	if (!error)
		error = link_map_read(&update.map, maps->fds[PINS_CALLERS], sizeof(__u32));
	if (!error)
		error = attach_each(attach, on_link, &update);
	if (!error)
		error = link_map_apply(&update.map, write_caller, (void *)maps);
	free(update.places);
	link_map_clear(&update.map);
	return error;
}

static void on_timer(uv_timer_t *timer)
{
	struct callers *callers = timer->data;
	int error = update_map(callers->attach, callers->maps);

	if (error && error != callers->error)
		log_line("cannot tell which links are pods' that serve: %s", strerror(-error));
	callers->error = error;
}

void callers_init(struct callers *callers, uv_loop_t *loop, const struct attach *attach,
		  const struct maps *maps)
{
	*callers = (struct callers){.attach = attach, .maps = maps};
	uv_timer_init(loop, &callers->timer);
	callers->timer.data = callers;
}

void callers_follow(struct callers *callers, __u64 generation, bool links_changed)
{
	if (uv_is_active((uv_handle_t *)&callers->timer) ||
	    (!links_changed && callers->generation == generation))
		return;
	callers->generation = generation;
	uv_timer_start(&callers->timer, on_timer, DELAY_MS, 0);
}

int callers_enable(const struct kernel *kernel, bool enabled)
{
	return kernel_set_flags(kernel, SHUNT_SETTINGS_PROPAGATION,
				enabled ? SHUNT_SETTINGS_PROPAGATION : 0);
}
