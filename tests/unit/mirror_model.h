/* SPDX-License-Identifier: Apache-2.0 */
/* A cluster and its contexts as numbers, that change at random, and the changes that this makes. */
#ifndef SHUNT_TESTS_UNIT_MIRROR_MODEL_H
#define SHUNT_TESTS_UNIT_MIRROR_MODEL_H

#include "tests/unit/apply_world.h"
#include "user/agent/refuse.h"

#define SERVICES 5
#define ENDPOINTS 10
#define CONTEXTS 4

static const char *const contexts[CONTEXTS] = {"ana", "bo", "mmeng", "zoe"};

/* Services are numbered from 1; 0 is none. */
struct model {
	bool services[SERVICES + 1];
	unsigned int frontends[ENDPOINTS];
	unsigned int offloaded[ENDPOINTS];
	bool targets[ENDPOINTS]; /* which of these overrides may name */
	__u8 fences[ENDPOINTS];
	/* By context and service: endpoints as bits. */
	unsigned int overrides[CONTEXTS][SERVICES + 1];
	bool to_main[CONTEXTS][SERVICES + 1];
	bool is_signed[CONTEXTS][SERVICES + 1];
	__u64 root; /* of the tags of overrides */
};

static bool refused[ENDPOINTS]; /* offloaded endpoints that are the node's own */

static char names[SERVICES + 1][32];
static unsigned int seed;

static inline unsigned int roll(unsigned int sides)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % sides;
}

static inline struct shunt_endpoint number_endpoint(const char *prefix, unsigned int number)
{
	char text[64];

	snprintf(text, sizeof(text), "%s.%u:80", prefix, number + 1);
	return endpoint(text);
}

static inline struct shunt_endpoint frontend_at(unsigned int number)
{
	return number_endpoint("10.96.0", number);
}

static inline struct shunt_endpoint offloaded_at(unsigned int number)
{
	return number_endpoint("10.77.4", number);
}

static inline int read_refused(struct address_set *addresses)
{
	for (unsigned int i = 0; i < ENDPOINTS; i++) {
		const struct shunt_endpoint found = offloaded_at(i);

		if (refused[i])
			assert_int_equal(address_set_add(addresses, &found.address), 0);
	}
	return 0;
}

/* What refers to something that is not there any more goes, or goes elsewhere. */
static inline void make_consistent(struct model *model)
{
	for (int i = 0; i < ENDPOINTS; i++) {
		if (!model->services[model->frontends[i]])
			model->frontends[i] = 0;
		if (!model->services[model->offloaded[i]])
			model->offloaded[i] = 0;
	}
	for (int context = 0; context < CONTEXTS; context++)
		for (unsigned int service = 1; service <= SERVICES; service++)
			for (int i = 0; i < ENDPOINTS; i++)
				if (model->offloaded[i] != service || !model->targets[i])
					model->overrides[context][service] &= ~(1u << i);
}

static inline void change_once(struct model *model)
{
	unsigned int service = 1 + roll(SERVICES), item = roll(ENDPOINTS), context = roll(CONTEXTS);

	switch (roll(11)) {
	case 8:
		model->targets[item] = !model->targets[item];
		break;
	case 9:
		model->fences[item] = (__u8)roll(3);
		break;
	case 10:
		model->is_signed[context][service] = roll(2);
		model->root += roll(20) == 0;
		break;
	case 0:
		model->services[service] = !model->services[service];
		break;
	case 1:
	case 2:
		model->frontends[item] = roll(SERVICES + 1);
		break;
	case 3:
	case 4:
		model->offloaded[item] = roll(SERVICES + 1);
		break;
	case 5:
		model->to_main[context][service] = roll(2);
		break;
	case 6:
		model->overrides[context][service] = 0;
		break;
	default:
		model->overrides[context][service] |= roll(1u << ENDPOINTS);
		for (unsigned int i = 0; i < ENDPOINTS; i++)
			if (__builtin_popcount(model->overrides[context][service]) > 4)
				model->overrides[context][service] &= ~(1u << i);
	}
}

static inline void change_model(struct model *model)
{
	for (unsigned int i = roll(6) + 1; i; i--)
		change_once(model);
	model->services[0] = false;
	make_consistent(model);
}

static inline __u64 tag_of(const struct model *model, int context)
{
	return model->root << 8 | (__u64)context;
}

static inline bool overrides_equal(const struct model *a, const struct model *b, int context,
				   int service)
{
	return a->overrides[context][service] == b->overrides[context][service] &&
	       a->to_main[context][service] == b->to_main[context][service] &&
	       a->is_signed[context][service] == b->is_signed[context][service] &&
	       a->root == b->root;
}

/* The rows that differ from another model's; all, without removals, where it is NULL. */
static inline void add_override(struct changes *changes, const struct model *old,
				const struct model *new, int context, int service)
{
	struct change_override row = {
		.context = contexts[context],
		.service = names[service],
		.on_unreachable = new->to_main[context][service],
		.flags = new->is_signed[context][service] ? SHUNT_OVERRIDE_SIGNED : 0,
		.tag = tag_of(new, context),
	};
	struct shunt_endpoint *endpoints;

	if (old ? overrides_equal(old, new, context, service) : !new->overrides[context][service])
		return;
	endpoints = arena_alloc(&changes->arena, ENDPOINTS * sizeof(*endpoints));
	assert_non_null(endpoints);
	for (unsigned int i = 0; i < ENDPOINTS; i++)
		if (new->overrides[context][service] & 1u << i)
			endpoints[row.endpoint_count++] = offloaded_at(i);
	row.endpoints = endpoints;
	assert_int_equal(changes_add_override(changes, &row), 0);
}

static inline void diff(const struct model *old, const struct model *new, struct changes *changes)
{
	*changes = (struct changes){.snapshot = !old};
	for (int i = 1; i <= SERVICES; i++)
		if (old ? old->services[i] != new->services[i] : new->services[i])
			assert_int_equal(changes_add_service(changes, names[i], !new->services[i]),
					 0);
	for (unsigned int i = 0; i < ENDPOINTS; i++) {
		struct shunt_endpoint front = frontend_at(i);
		struct change_endpoint back = {.endpoint = offloaded_at(i)};
		unsigned int service = new->frontends[i];

		if (old ? old->frontends[i] != service : service)
			assert_int_equal(changes_add_frontend(changes, &front,
							      service ? names[service] : NULL),
					 0);
		service = new->offloaded[i];
		back.service = service ? names[service] : NULL;
		back.fence = new->fences[i];
		back.flags = new->targets[i] ? SHUNT_OFFLOADED_TARGET : 0;
		if (old ? old->offloaded[i] != service || old->fences[i] != new->fences[i] ||
				    old->targets[i] != new->targets[i]
			: service)
			assert_int_equal(changes_add_offloaded(changes, &back), 0);
	}
	for (int context = 0; context < CONTEXTS; context++)
		for (int service = 1; service <= SERVICES; service++)
			add_override(changes, old, new, context, service);
}

#endif
