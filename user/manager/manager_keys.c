// SPDX-License-Identifier: Apache-2.0
/* The root of keys, and the keys of passports that follow from it as time goes on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/clock.h"
#include "user/lib/log.h"
#include "user/manager/manager.h"

#define FILE_SUFFIX ".keys"
#define ROTATION_MS_MAX 10000 /* then it is looked at again: the clock may be set */

static int load(struct manager *manager)
{
	const struct arguments *arguments = manager->arguments;
	struct problems problems = {0};
	char *beside = NULL;
	int error = 0;

	if (!arguments->keys_file && asprintf(&beside, "%s" FILE_SUFFIX, arguments->store_file) < 0)
		error = -ENOMEM;
	if (!error)
		error = keys_load(beside ? beside : arguments->keys_file, &manager->keys,
				  &problems);
	for (size_t i = 0; i < problems.count; i++)
		log_line("%s", problems.texts[i]);
	if (error && !problems.count)
		log_line("cannot read the keys: %s", strerror(-error));
	problems_clear(&problems);
	free(beside);
	return error;
}

static void on_rotation(uv_timer_t *timer)
{
	struct manager *manager = timer->data;
	__u64 now = clock_wall() / 1000000, next;
	struct shunt_keys keys;

	keys_at(&manager->keys, now, manager->arguments->key_period_s * 1000, &keys, &next);
	catalog_set_keys(manager->catalog, &keys);
	explicit_bzero(&keys, sizeof(keys));
	uv_timer_start(timer, on_rotation,
		       next - now < ROTATION_MS_MAX ? next - now : ROTATION_MS_MAX, 0);
}

int manager_start_keys(struct manager *manager)
{
	const struct arguments *arguments = manager->arguments;
	int error;

	if (!arguments->store_file && !arguments->keys_file) {
		log_line("without --keys no passports are made, so that fences let every "
			 "connection in, and markers cannot be signed");
		return 0;
	}
	error = load(manager);
	if (error)
		return error;
	manager->has_keys = true;
	catalog_set_signing(manager->catalog, &manager->keys);
	on_rotation(&manager->rotation);
	return 0;
}
