// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include "user/lib/array.h"
#include "user/lib/resolve_state.h"

/* An endpoint that went to the port winner. Sorted by winner, loser, endpoint. */
struct conflict {
	size_t winner;
	struct resolve_claim lost;
};

int resolve_claim_add(const struct resolve_state *state, struct resolve_claims *claims,
		      const struct shunt_endpoint *endpoint, size_t port, __u8 flags)
{
	size_t service = state->ports[port].service;
	struct resolve_claim claim = {
		.endpoint = *endpoint, .service = service, .port = port, .flags = flags};
	int err = array_grow(&claims->items, &claims->capacity, claims->count,
			     sizeof(*claims->items));

	if (err)
		return err;
	if (flags & RESOLVE_CLAIM_POD)
		claim.fence = state->ranges[service].fence;
	claims->items[claims->count++] = claim;
	return 0;
}

static int compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int compare_claims(const void *a, const void *b)
{
	const struct resolve_claim *x = a, *y = b;
	int order = address_compare_endpoint(&x->endpoint, &y->endpoint);

	if (!order)
		order = compare_numbers(x->service, y->service);
	return order ? order : compare_numbers(x->port, y->port);
}

void resolve_claims_sort(struct resolve_claims *claims)
{
	size_t kept = 0;

	array_sort(claims->items, claims->count, sizeof(*claims->items), compare_claims);
	for (size_t i = 0; i < claims->count; i++) {
		const struct resolve_claim *claim = &claims->items[i];

		if (kept && !compare_claims(&claims->items[kept - 1], claim)) {
			claims->items[kept - 1].flags |= claim->flags;
			if (claim->fence > claims->items[kept - 1].fence)
				claims->items[kept - 1].fence = claim->fence;
		} else {
			claims->items[kept++] = *claim;
		}
	}
	claims->count = kept;
}

const struct resolve_claim *resolve_claims_find(const struct resolve_state *state,
						const struct resolve_claims *claims,
						const struct shunt_endpoint *endpoint, size_t port)
{
	struct resolve_claim wanted = {
		.endpoint = *endpoint, .service = state->ports[port].service, .port = port};
	size_t i = array_lower_bound(&wanted, claims->items, claims->count, sizeof(wanted),
				     compare_claims);

	return i < claims->count && !compare_claims(&wanted, &claims->items[i]) ? &claims->items[i]
										: NULL;
}

bool resolve_is_target(const struct resolve_state *state, const struct shunt_endpoint *endpoint,
		       size_t port)
{
	const struct resolve_claim *claim =
		resolve_claims_find(state, &state->offloaded_claims, endpoint, port);

	return claim && claim->flags & RESOLVE_CLAIM_TARGET;
}

static int compare_conflicts(const void *a, const void *b)
{
	const struct conflict *x = a, *y = b;
	int order = compare_numbers(x->winner, y->winner);

	if (!order)
		order = compare_numbers(x->lost.port, y->lost.port);
	return order ? order : address_compare_endpoint(&x->lost.endpoint, &y->lost.endpoint);
}

/* One line for two ports, however many endpoints they share. */
static void warn_pair(const struct resolve_state *state, const struct conflict *first, size_t count)
{
	const char *winner = state->ports[first->winner].name.name;
	const char *loser = state->ports[first->lost.port].name.name;
	char text[ADDRESS_ENDPOINT_TEXT_SIZE];

	address_format_endpoint(&first->lost.endpoint, text);
	if (count == 1)
		problems_add(state->warnings, "%s is claimed by %s and %s; %s has it", text, winner,
			     loser, winner);
	else
		problems_add(state->warnings,
			     "%s and %zu more are claimed by %s and %s; %s has them", text,
			     count - 1, winner, loser, winner);
}

static void warn(const struct resolve_state *state, struct conflict *conflicts, size_t count)
{
	size_t next;

	array_sort(conflicts, count, sizeof(*conflicts), compare_conflicts);
	for (size_t i = 0; i < count; i = next) {
		for (next = i + 1; next < count; next++) {
			if (conflicts[next].winner != conflicts[i].winner ||
			    conflicts[next].lost.port != conflicts[i].lost.port)
				break;
		}
		warn_pair(state, &conflicts[i], next - i);
	}
}

/* Of the claims to one endpoint, of which there is at least one. */
static size_t choose_winner(const struct resolve_claim *claims, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (claims[i].flags & RESOLVE_CLAIM_TARGET)
			return i;
	return 0;
}

static __u8 strictest_fence(const struct resolve_claim *claims, size_t count)
{
	__u8 fence = SHUNT_FENCE_OFF;

	for (size_t i = 0; i < count; i++)
		fence = claims[i].fence > fence ? claims[i].fence : fence;
	return fence;
}

struct conflicts {
	struct conflict *items;
	size_t count;
	size_t capacity;
};

/* Makes one claim to an endpoint of all, and notes the others. */
static int settle_endpoint(const struct resolve_claim *claims, size_t count,
			   struct resolve_claim *settled, struct conflicts *conflicts)
{
	size_t winner = choose_winner(claims, count);
	__u8 fence = strictest_fence(claims, count);

	for (size_t i = 0; i < count; i++) {
		int err = 0;

		if (i != winner)
			err = array_grow(&conflicts->items, &conflicts->capacity, conflicts->count,
					 sizeof(*conflicts->items));
		if (err)
			return err;
		if (i != winner)
			conflicts->items[conflicts->count++] =
				(struct conflict){.winner = claims[winner].port, .lost = claims[i]};
	}
	/* It may stand where one of them does. */
	*settled = claims[winner];
	settled->fence = fence;
	return 0;
}

int resolve_claims_settle(const struct resolve_state *state, struct resolve_claims *claims)
{
	struct conflicts conflicts = {0};
	size_t kept = 0, next;
	int err = 0;

	for (size_t i = 0; !err && i < claims->count; i = next) {
		for (next = i + 1; next < claims->count; next++)
			if (address_compare_endpoint(&claims->items[i].endpoint,
						     &claims->items[next].endpoint))
				break;
		err = settle_endpoint(&claims->items[i], next - i, &claims->items[kept++],
				      &conflicts);
	}
	if (!err) {
		claims->count = kept;
		warn(state, conflicts.items, conflicts.count);
	}
	free(conflicts.items);
	return err;
}
