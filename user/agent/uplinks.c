// SPDX-License-Identifier: Apache-2.0
#include "user/agent/uplinks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/log.h"

struct uplink {
	int ifindex;
	char name[IFNAMSIZ];
	bool attached;
	bool seen; /* by the dump under way */
	int error; /* why it could not be attached to; 0 where it was not tried or is */
};

static bool is_chosen(const struct uplinks *uplinks, const struct rtnl_link *link)
{
	return uplinks->uplinks->glob_count && choice_includes(uplinks->uplinks, link) &&
	       !choice_includes(uplinks->links, link);
}

static struct uplink *find(const struct uplinks *uplinks, int ifindex)
{
	for (size_t i = 0; i < uplinks->count; i++)
		if (uplinks->items[i].ifindex == ifindex)
			return &uplinks->items[i];
	return NULL;
}

static struct uplink *find_or_add(struct uplinks *uplinks, int ifindex)
{
	struct uplink *uplink = find(uplinks, ifindex);

	if (uplink)
		return uplink;
	if (array_grow(&uplinks->items, &uplinks->capacity, uplinks->count, sizeof(*uplink)))
		return NULL;
	uplink = &uplinks->items[uplinks->count++];
	*uplink = (struct uplink){.ifindex = ifindex};
	return uplink;
}

static bool is_there(const struct uplink *uplink)
{
	char name[IFNAMSIZ];

	return if_indextoname((unsigned int)uplink->ifindex, name);
}

static void log_foreign(const struct uplink *uplink, int error)
{
	struct uplink_program program;

	uplink_look(uplink->ifindex, &program);
	if (!program.id)
		log_line("%s: cannot attach the fence: %s", uplink->name, strerror(-error));
	else
		log_line("%s: cannot attach the fence: XDP program %u%s%s of somebody else is "
			 "there; the fence on pods' links still guards",
			 uplink->name, program.id, program.name[0] ? " " : "", program.name);
}

static void note_failure(struct uplinks *uplinks, struct uplink *uplink, int error)
{
	/* It went away meanwhile. */
	if (!is_there(uplink))
		return;
	uplinks->failures++;
	if (error != uplink->error && (error == -EBUSY || error == -EEXIST))
		log_foreign(uplink, error);
	else if (error != uplink->error)
		log_line("%s: cannot attach the fence: %s", uplink->name, strerror(-error));
	uplink->error = error;
}

static void log_attached(const struct uplinks *uplinks, const struct uplink *uplink, int refused)
{
	enum uplink_mode mode = uplink_query(uplinks->directory, uplink->ifindex);

	log_line("%s: fence attached, mode %s%s%s", uplink->name, uplink_mode_names[mode],
		 refused ? ", as the driver does not take it: " : "",
		 refused ? strerror(-refused) : "");
}

static void attach(struct uplinks *uplinks, struct uplink *uplink)
{
	int refused, error;

	error = uplink_attach(uplinks->directory, uplink->ifindex, &uplinks->programs, &refused);
	if (error) {
		note_failure(uplinks, uplink, error);
		return;
	}
	log_attached(uplinks, uplink, refused);
	uplink->attached = true;
	uplink->error = 0;
}

static void update(struct uplinks *uplinks, struct uplink *uplink)
{
	if (uplink->attached && uplink_is_attached(uplinks->directory, uplink->ifindex))
		return;
	/* Asked afterwards: a link's end hides it first and takes the program then. */
	if (!is_there(uplink))
		return;
	if (uplink->attached)
		log_line("%s: somebody detached the fence", uplink->name);
	uplink->attached = false;
	attach(uplinks, uplink);
}

static void detach(const struct uplinks *uplinks, int ifindex, const char *name)
{
	bool removed;
	int error = uplink_detach(uplinks->directory, ifindex, &removed);

	if (error)
		log_line("%s: cannot detach the fence: %s", name, strerror(-error));
	else if (removed)
		log_line("%s: fence detached, no longer chosen or gone", name);
}

static void forget(struct uplinks *uplinks, struct uplink *uplink)
{
	detach(uplinks, uplink->ifindex, uplink->name);
	*uplink = uplinks->items[--uplinks->count];
}

static void take(void *argument, const struct rtnl_event *event)
{
	struct uplinks *uplinks = argument;
	struct uplink *uplink;

	if (!is_chosen(uplinks, &event->link))
		return;
	uplink = find_or_add(uplinks, event->link.ifindex);
	if (!uplink) {
		log_line("%s: %s", event->link.name, strerror(ENOMEM));
		return;
	}
	memcpy(uplink->name, event->link.name, sizeof(uplink->name));
	uplink->seen = true;
}

void uplinks_change(struct uplinks *uplinks, const struct rtnl_event *event)
{
	struct uplink *uplink;

	if (event->change == RTNL_UNFILTERED)
		return;
	if (event->change == RTNL_IS)
		take(uplinks, event);
	uplink = find(uplinks, event->link.ifindex);
	if (!uplink)
		return;
	if (event->change == RTNL_IS && is_chosen(uplinks, &event->link))
		update(uplinks, uplink);
	else
		forget(uplinks, uplink);
}

/* What an earlier agent attached to. */
static int detach_unseen(void *argument, int ifindex)
{
	const struct uplinks *uplinks = argument;
	char name[IFNAMSIZ];

	if (find(uplinks, ifindex))
		return 0;
	if (!if_indextoname((unsigned int)ifindex, name))
		snprintf(name, sizeof(name), "link %d", ifindex);
	detach(uplinks, ifindex, name);
	return 0;
}

/* More likely a slip of the pen than links that come later. */
static void say_none(const struct uplinks *uplinks)
{
	if (uplinks->uplinks->glob_count && !uplinks->count)
		log_line("--uplink: no link has such a name yet, or those that have are of pods");
}

int uplinks_read(struct uplinks *uplinks)
{
	int error;

	for (size_t i = 0; i < uplinks->count; i++)
		uplinks->items[i].seen = false;
	error = rtnl_dump(take, uplinks);
	if (error)
		return error;
	for (size_t i = uplinks->count; i-- > 0;)
		if (!uplinks->items[i].seen)
			forget(uplinks, &uplinks->items[i]);
	say_none(uplinks);
	error = uplink_each(uplinks->directory, detach_unseen, uplinks);
	uplinks_retry(uplinks);
	return error;
}

void uplinks_retry(struct uplinks *uplinks)
{
	for (size_t i = 0; i < uplinks->count; i++)
		update(uplinks, &uplinks->items[i]);
}

void uplinks_count(const struct uplinks *uplinks, size_t *attached, size_t *chosen)
{
	*attached = 0;
	*chosen = uplinks->count;
	for (size_t i = 0; i < uplinks->count; i++)
		*attached += uplinks->items[i].attached;
}

void uplinks_clear(struct uplinks *uplinks)
{
	free(uplinks->items);
	uplinks->items = NULL;
	uplinks->count = uplinks->capacity = 0;
}
