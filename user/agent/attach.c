// SPDX-License-Identifier: Apache-2.0
#include "user/agent/attach.h"

void attach_init(struct attach *attach, bool at_pod, const struct choice *choice,
		 const struct kernel *kernel)
{
	*attach = (struct attach){
		.at_pod = at_pod,
		.links = {.choice = choice, .kernel = kernel},
		.namespaces = {.choice = choice, .kernel = kernel},
	};
}

int attach_read(struct attach *attach)
{
	return attach->at_pod ? namespaces_read(&attach->namespaces) : links_read(&attach->links);
}

void attach_start(struct attach *attach, uv_loop_t *loop, namespaces_changed changed,
		  void *argument)
{
	if (attach->at_pod)
		namespaces_start(&attach->namespaces, loop, changed, argument);
}

void attach_change(struct attach *attach, const struct rtnl_event *event)
{
	if (attach->at_pod)
		namespaces_change(&attach->namespaces, event);
	else
		links_change(&attach->links, event);
}

void attach_retry(struct attach *attach)
{
	if (attach->at_pod)
		namespaces_retry(&attach->namespaces);
	else
		links_retry(&attach->links);
}

int attach_each(const struct attach *attach, links_visit visit, void *argument)
{
	const struct namespaces *namespaces = &attach->namespaces;
	int stopped = 0;

	if (!attach->at_pod)
		return links_each(&attach->links, visit, argument);
	for (size_t i = 0; i < namespaces->count && !stopped; i++)
		if (namespaces->items[i].has_element)
			stopped = visit(argument, namespaces->items[i].number,
					namespaces->items[i].id);
	return stopped;
}

void attach_count(const struct attach *attach, size_t *attached, size_t *chosen)
{
	if (attach->at_pod)
		namespaces_count(&attach->namespaces, attached, chosen);
	else
		links_count(&attach->links, attached, chosen);
}

__u64 attach_failures(const struct attach *attach)
{
	return attach->at_pod ? attach->namespaces.failures : attach->links.failures;
}

__u64 attach_restored(const struct attach *attach)
{
	return attach->at_pod ? attach->namespaces.restored : attach->links.restored;
}

void attach_clear(struct attach *attach)
{
	links_clear(&attach->links);
	namespaces_clear(&attach->namespaces);
}
