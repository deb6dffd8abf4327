// SPDX-License-Identifier: Apache-2.0
#include "user/agent/stage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/log.h"

int stage_add(struct stage *stage, const struct shunt_override_key *key,
	      const struct shunt_override *value)
{
	int error;

	error = array_grow(&stage->keys, &stage->key_capacity, stage->count, sizeof(*key));
	if (!error)
		error = array_grow(&stage->values, &stage->value_capacity, stage->count,
				   sizeof(*value));
	if (error)
		return error;
	stage->keys[stage->count] = *key;
	stage->values[stage->count++] = *value;
	return 0;
}

/* Removes the first `count` of them from `staged`. */
static void unstage(const struct stage *stage, const struct backend *backend, __u32 count)
{
	int error = 0;

	if (count)
		error = backend->remove(backend->context, PINS_STAGED, stage->keys, &count);
	if (error)
		log_line("cannot remove staged overrides: %s", strerror(-error));
}

void stage_begin(struct stage *stage, const struct backend *backend)
{
	__u32 count = stage->count, number;
	int error;

	if (count < 2)
		return;
	error = backend->get_stage(backend->context, &stage->in_force, &number);
	if (error)
		return;
	for (size_t i = 0; i < count; i++)
		stage->values[i].stage = number;
	error = backend->update(backend->context, PINS_STAGED, stage->keys, stage->values, &count);
	if (!error)
		error = backend->set_stage(backend->context, true);
	if (error)
		unstage(stage, backend, count);
	stage->in_force = !error;
}

void stage_end(struct stage *stage, const struct backend *backend)
{
	int error;

	if (stage->in_force) {
		error = backend->set_stage(backend->context, false);
		if (error)
			log_line("cannot write the settings: %s", strerror(-error));
		else
			unstage(stage, backend, stage->count);
	}
	free(stage->keys);
	free(stage->values);
	*stage = (struct stage){0};
}

static int on_staged(void *argument, const void *key, const void *value)
{
	return stage_add(argument, key, value);
}

/* Brings one that is in force to where it belongs. */
static int finish(const struct backend *backend, const struct shunt_override_key *key,
		  const struct shunt_override *staged)
{
	struct shunt_override value = *staged;
	__u32 one = 1;
	int error;

	value.stage = 0;
	if (value.endpoint_count)
		return backend->update(backend->context, PINS_OVERRIDES, key, &value, &one);
	error = backend->remove(backend->context, PINS_OVERRIDES, key, &one);
	return error == -ENOENT ? 0 : error;
}

int stage_recover(const struct backend *backend)
{
	struct stage stage = {0};
	bool in_force;
	__u32 number;
	int error;

	error = backend->get_stage(backend->context, &in_force, &number);
	if (!error)
		error = backend->each(backend->context, PINS_STAGED, on_staged, &stage);
	for (size_t i = 0; !error && in_force && i < stage.count; i++)
		if (stage.values[i].stage == number)
			error = finish(backend, &stage.keys[i], &stage.values[i]);
	if (!error && in_force)
		error = backend->set_stage(backend->context, false);
	if (!error)
		unstage(&stage, backend, stage.count);
	stage_end(&stage, backend);
	return error;
}
