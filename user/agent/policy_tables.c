// SPDX-License-Identifier: Apache-2.0
#include "user/agent/policy_tables.h"

#include "user/agent/policy_passage.h"

const enum pins_map policy_maps[POLICY_TABLE_COUNT] = {
	PINS_SOURCES,
	PINS_FENCE_ALLOWED,
	PINS_STEERED,
};

/* Everybody's markers count before the sources go, and no longer when they are there. */
static int apply_all(struct policy_tables *tables, const struct backend *backend,
		     const struct policy *old, const struct policy *new)
{
	int error = 0;

	if (!new->source_count)
		error = backend->set_flags(backend->context, 0);
	for (size_t i = 0; !error && i < POLICY_TABLE_COUNT; i++) {
		error = policy_passage(&policy_parts[i], backend, old, new, &tables->tables[i]);
		if (!error && policy_maps[i] == PINS_SOURCES && new->source_count)
			error = backend->set_flags(backend->context, SHUNT_SETTINGS_SOURCES);
	}
	return error;
}

int policy_tables_apply(struct policy_tables *tables, const struct backend *backend,
			const struct policy *wanted)
{
	struct policy copy, old = {0};
	bool exact = tables->exact;
	int error;

	error = policy_copy(wanted ? wanted : &tables->policy, &copy);
	if (error)
		return error;
	tables->given = true;
	tables->exact = false;
	if (!exact)
		error = policy_parts_read(backend, &old);
	if (!error)
		error = apply_all(tables, backend, exact ? &tables->policy : &old, &copy);
	policy_clear(&old);
	policy_clear(&tables->policy);
	tables->policy = copy;
	tables->exact = !error && !policy_tables_left_out(tables);
	return error;
}

int policy_tables_read(struct policy_tables *tables, const struct backend *backend)
{
	int error = policy_parts_read(backend, &tables->policy);

	if (error)
		return error;
	tables->exact = true;
	for (size_t i = 0; i < POLICY_TABLE_COUNT; i++)
		tables->tables[i].entries = policy_parts[i].count(&tables->policy);
	return 0;
}

size_t policy_tables_left_out(const struct policy_tables *tables)
{
	size_t left_out = 0;

	for (size_t i = 0; i < POLICY_TABLE_COUNT; i++)
		left_out += tables->tables[i].left_out;
	return left_out;
}

void policy_tables_clear(struct policy_tables *tables)
{
	policy_clear(&tables->policy);
	*tables = (struct policy_tables){0};
}
