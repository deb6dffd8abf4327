/* SPDX-License-Identifier: Apache-2.0 */
/* Generations of a small shop, applied to tables in memory. */
#ifndef SHUNT_TESTS_UNIT_APPLY_WORLD_H
#define SHUNT_TESTS_UNIT_APPLY_WORLD_H

#include "tests/unit/fake_maps.h"
#include <stdio.h>
#include "user/agent/apply.h"
#include "user/agent/recover.h"
#include "user/lib/address.h"
#include "user/lib/changes_tables.h"

#define WANTED_MAX 64

/* Wanted tables, built by hand in the order that tables.h promises. */
struct wanted {
	struct tables tables;
	struct shunt_service services[WANTED_MAX];
	struct tables_frontend frontends[WANTED_MAX];
	struct tables_offloaded offloaded[WANTED_MAX];
	struct tables_override overrides[WANTED_MAX];
};

struct world {
	struct fake_maps fake;
	struct backend backend;
	struct mirror mirror;
	struct apply_report report;
};

static inline struct shunt_endpoint endpoint(const char *text)
{
	struct shunt_endpoint parsed;

	assert_int_equal(address_parse_endpoint(text, &parsed), 0);
	return parsed;
}

static inline void wanted_init(struct wanted *wanted)
{
	*wanted = (struct wanted){0};
	wanted->tables.services = wanted->services;
	wanted->tables.frontends = wanted->frontends;
	wanted->tables.offloaded = wanted->offloaded;
	wanted->tables.overrides = wanted->overrides;
}

/* To be called in the order of names and addresses. */
static inline size_t want_service(struct wanted *wanted, const char *name, const char *frontend)
{
	struct tables *tables = &wanted->tables;
	size_t index = tables->service_count++;

	snprintf(wanted->services[index].name, sizeof(wanted->services[index].name), "%s", name);
	wanted->frontends[tables->frontend_count++] =
		(struct tables_frontend){endpoint(frontend), index};
	return index;
}

static inline void want_offloaded(struct wanted *wanted, const char *address, size_t service)
{
	wanted->offloaded[wanted->tables.offloaded_count++] = (struct tables_offloaded){
		endpoint(address), service, SHUNT_FENCE_ENFORCE, SHUNT_OFFLOADED_TARGET};
}

static inline void want_override(struct wanted *wanted, const char *context, size_t service,
				 const char *target)
{
	struct tables_override *override = &wanted->overrides[wanted->tables.override_count++];

	snprintf(override->context, sizeof(override->context), "%s", context);
	override->service = service;
	override->endpoint_count = 1;
	override->endpoints[0] = endpoint(target);
}

/* Two services; mmeng has another pay and another users. */
static inline void want_shop(struct wanted *wanted)
{
	wanted_init(wanted);
	want_service(wanted, "shop/pay:http", "10.96.0.1:80");
	want_service(wanted, "shop/users:http", "10.96.0.2:80");
	want_offloaded(wanted, "10.77.4.1:8080", 0);
	want_offloaded(wanted, "10.77.4.2:8080", 1);
	want_offloaded(wanted, "10.77.4.3:8080", 1);
	want_override(wanted, "mmeng", 0, "10.77.4.1:8080");
	want_override(wanted, "mmeng", 1, "10.77.4.2:8080");
}

/* The same without the override of users, or without all of users. */
static inline void want_shop_without(struct wanted *wanted, bool service)
{
	want_shop(wanted);
	wanted->tables.override_count = 1;
	if (service) {
		wanted->tables.service_count = 1;
		wanted->tables.frontend_count = 1;
		wanted->tables.offloaded_count = 1;
	}
}

static inline void apply_again(struct world *world)
{
	world->fake.writes = world->fake.removals = 0;
	assert_int_equal(apply_mirror(&world->mirror, &world->backend, true, &world->report), 0);
}

static inline void apply(struct world *world, const struct wanted *wanted)
{
	struct changes changes = {0};

	assert_int_equal(changes_of_tables(&wanted->tables, &changes), 0);
	assert_int_equal(mirror_change(&world->mirror, &changes), 0);
	changes_clear(&changes);
	apply_again(world);
}

/* As a restarted agent sees it. */
static inline void recover(struct world *world)
{
	mirror_clear(&world->mirror);
	assert_int_equal(recover_mirror(&world->backend, &world->mirror), 0);
}

static inline int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	fake_init(&world->fake);
	world->backend = fake_backend(&world->fake);
	recover(world);
	*state = world;
	return 0;
}

static inline int tear_down(void **state)
{
	struct world *world = *state;

	mirror_clear(&world->mirror);
	fake_clear(&world->fake);
	free(world);
	return 0;
}

static inline const struct shunt_frontend *frontend(const struct world *world, const char *address)
{
	struct shunt_endpoint key = endpoint(address);

	return fake_find(&world->fake, PINS_FRONTENDS, &key);
}

static inline const struct shunt_override * override(const struct world *world, const char *context,
						     __u32 service)
{
	struct shunt_override_key key = {.service = service};

	snprintf(key.context, sizeof(key.context), "%s", context);
	return fake_find(&world->fake, PINS_OVERRIDES, &key);
}

static inline const struct shunt_offloaded *offloaded(const struct world *world,
						      const char *address)
{
	struct shunt_endpoint key = endpoint(address);

	return fake_find(&world->fake, PINS_OFFLOADED, &key);
}

static inline const char *service_name(const struct world *world, __u32 id)
{
	const struct shunt_service *service = fake_find(&world->fake, PINS_SERVICES, &id);

	return service ? service->name : "";
}

static inline struct shunt_connection put_flow(struct world *world, const char *remote,
					       __u32 service, __u32 override_id)
{
	struct shunt_endpoint client = endpoint("10.77.2.2:41822"), to = endpoint(remote);
	struct shunt_connection key = {client.address, to.address, client.port, to.port};
	struct shunt_flow flow = {.service = service};

	flow.legs[1].override_id = override_id;
	assert_int_equal(fake_put(&world->fake, PINS_FLOWS, &key, &flow), 0);
	return key;
}

static inline size_t count(const struct world *world, enum pins_map map)
{
	return world->fake.maps[map].count;
}

#endif
