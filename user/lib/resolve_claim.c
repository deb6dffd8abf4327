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
		      const struct shunt_endpoint *endpoint, size_t port)
{
	struct resolve_claim claim = {
		.endpoint = *endpoint, .service = state->ports[port].service, .port = port};
	int err = array_grow(&claims->items, &claims->capacity, claims->count,
			     sizeof(*claims->items));

	if (err)
		return err;
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
	array_sort(claims->items, claims->count, sizeof(*claims->items), compare_claims);
	claims->count =
		array_unique(claims->items, claims->count, sizeof(*claims->items), compare_claims);
}

bool resolve_claims_have(const struct resolve_state *state, const struct resolve_claims *claims,
			 const struct shunt_endpoint *endpoint, size_t port)
{
	struct resolve_claim wanted = {
		.endpoint = *endpoint, .service = state->ports[port].service, .port = port};
	size_t i = array_lower_bound(&wanted, claims->items, claims->count, sizeof(wanted),
				     compare_claims);

	return i < claims->count && !compare_claims(&wanted, &claims->items[i]);
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

int resolve_claims_settle(const struct resolve_state *state, struct resolve_claims *claims)
{
	struct conflict *conflicts = NULL;
	size_t kept = 0, count = 0, capacity = 0;
	int err = 0;

	for (size_t i = 0; i < claims->count; i++) {
		const struct resolve_claim *claim = &claims->items[i];

		if (!kept ||
		    address_compare_endpoint(&claims->items[kept - 1].endpoint, &claim->endpoint)) {
			claims->items[kept++] = *claim;
			continue;
		}
		err = array_grow(&conflicts, &capacity, count, sizeof(*conflicts));
		if (err)
			break;
		conflicts[count].winner = claims->items[kept - 1].port;
		conflicts[count++].lost = *claim;
	}
	if (!err) {
		claims->count = kept;
		warn(state, conflicts, count);
	}
	free(conflicts);
	return err;
}
