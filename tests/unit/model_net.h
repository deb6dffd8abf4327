/* SPDX-License-Identifier: Apache-2.0 */
/* The links on both sides of the switch: packets are lost, repeated, delayed and overtaken. */
#ifndef SHUNT_TESTS_UNIT_MODEL_NET_H
#define SHUNT_TESTS_UNIT_MODEL_NET_H

#include "model.h"

/* The packets are a heap of slots: the one that arrives first is on top, and of those that arrive
 * at once, the one that was sent first. */
static inline bool net_before(const struct world *world, int a, int b)
{
	const struct packet *first = &world->packets[world->heap[a]];
	const struct packet *second = &world->packets[world->heap[b]];

	return first->due != second->due ? first->due < second->due : first->order < second->order;
}

static inline void net_swap(struct world *world, int a, int b)
{
	int slot = world->heap[a];

	world->heap[a] = world->heap[b];
	world->heap[b] = slot;
}

static inline void net_add(struct world *world, const struct packet *packet, __u64 delay)
{
	int at = world->packet_count;
	struct packet *slot;

	if (at == MODEL_PACKETS)
		return; /* as a full queue does */
	slot = &world->packets[world->heap[at]];
	*slot = *packet;
	slot->due = world->now + delay;
	slot->order = world->order++;
	world->packet_count++;
	for (; at && net_before(world, at, (at - 1) / 2); at = (at - 1) / 2)
		net_swap(world, at, (at - 1) / 2);
}

/* Puts a packet on a link. */
static inline void net_send(struct world *world, const struct packet *packet)
{
	const struct manners *manners = &world->manners;
	__u64 delay = 1 + model_random(world, 1 + manners->jitter);

	if (model_chance(world, manners->late))
		delay += model_random(world, 3000);
	if (model_chance(world, manners->repeat))
		net_add(world, packet,
			1 + model_random(world, model_chance(world, 300) ? 4000 : 20));
	if (!model_chance(world, manners->loss))
		net_add(world, packet, delay);
}

/* The tick of the next arrival, or NEVER. */
static inline __u64 net_next(const struct world *world)
{
	return world->packet_count ? world->packets[world->heap[0]].due : NEVER;
}

/* Takes the packet that arrives now, if there is one. */
static inline bool net_take(struct world *world, struct packet *packet)
{
	int at = 0, child;

	if (net_next(world) > world->now)
		return false;
	*packet = world->packets[world->heap[0]];
	net_swap(world, 0, --world->packet_count);
	while ((child = 2 * at + 1) < world->packet_count) {
		if (child + 1 < world->packet_count && net_before(world, child + 1, child))
			child++;
		if (!net_before(world, child, at))
			break;
		net_swap(world, at, child);
		at = child;
	}
	return true;
}

#endif
