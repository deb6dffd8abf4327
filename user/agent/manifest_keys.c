// SPDX-License-Identifier: Apache-2.0
#include "user/agent/manifest_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/clock.h"
#include "user/lib/log.h"

#define ROTATION_MS_MAX 10000 /* then it is looked at again: the clock may be set */

static int load(struct manifest_keys *keys, const char *file)
{
	struct problems problems = {0};
	int error = file ? keys_load(file, &keys->root, &problems) : keys_make(&keys->root);

	for (size_t i = 0; i < problems.count; i++)
		log_line("%s", problems.texts[i]);
	if (error && !problems.count)
		log_line("cannot make keys: %s", strerror(-error));
	problems_clear(&problems);
	return error;
}

/* The keys of now. Returns for how many ms they are those at least. */
static __u64 update(struct manifest_keys *keys)
{
	__u64 now = clock_wall() / 1000000, next;

	keys_at(&keys->root, now, KEYS_PERIOD_MS_DEFAULT, &keys->current, &next);
	return next - now;
}

/* It is no generation of its own: the tables are what they were. */
static void on_rotation(uv_timer_t *timer)
{
	struct manifest_keys *keys = timer->data;
	const struct backend *backend = &keys->sync->backend;
	__u64 wait = update(keys);
	bool changed;
	int error = backend->set_keys(backend->context, &keys->current, &changed);

	if (error)
		log_line("cannot write the keys of passports: %s", strerror(-error));
	uv_timer_start(timer, on_rotation, wait < ROTATION_MS_MAX ? wait : ROTATION_MS_MAX, 0);
}

int manifest_keys_start(struct manifest_keys *keys, uv_loop_t *loop, const char *file,
			struct sync *sync)
{
	int error;

	*keys = (struct manifest_keys){.sync = sync};
	error = load(keys, file);
	if (error)
		return error;
	uv_timer_init(loop, &keys->rotation);
	keys->rotation.data = keys;
	uv_timer_start(&keys->rotation, on_rotation, 0, 0);
	return 0;
}

void manifest_keys_add(struct manifest_keys *keys, struct changes *changes)
{
	const struct change_override *former = NULL;

	for (size_t i = 0; i < changes->override_count; i++) {
		struct change_override *override = &changes->overrides[i];

		/* They are sorted by context. */
		if (former && strcmp(former->context, override->context) == 0)
			override->tag = former->tag;
		else
			override->tag = keys_tag(&keys->root, override->context);
		former = override;
	}
	update(keys);
	changes->keys = &keys->current;
}

void manifest_keys_stop(struct manifest_keys *keys)
{
	uv_timer_stop(&keys->rotation);
	keys_forget(&keys->root);
	explicit_bzero(&keys->current, sizeof(keys->current));
}
