// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/lib/array.h"
#include "user/lib/format.h"
#include "user/manager/publisher_state.h"

/* Whether another manager's word counts. */
static bool is_elsewhere(const struct publisher_node *node)
{
	if (node->own.live != node->other.live)
		return node->other.live;
	return !node->own.live && node->other.last_seen > node->own.last_seen;
}

const struct publisher_view *publisher_node_view(const struct publisher_node *node)
{
	return is_elsewhere(node) ? &node->other : &node->own;
}

uint64_t publisher_node_own_revision(const struct publisher *publisher,
				     const struct publisher_node *node)
{
	const struct publisher_view *view = &node->own;
	const struct publisher_chunk *next;

	if (strcmp(view->instance, publisher->options.instance) != 0)
		return view->revision;
	if (view->generation == publisher->generation)
		return publisher->revision;
	/* Up to the next generation, no revision changed anything. */
	next = publisher_log_find(&publisher->log, view->generation + 1);
	return next && next->before > view->revision ? next->before : view->revision;
}

uint64_t publisher_node_revision(const struct publisher *publisher,
				 const struct publisher_node *node)
{
	return is_elsewhere(node) ? node->other.revision
				  : publisher_node_own_revision(publisher, node);
}

static int compare_node(const void *key, const void *item)
{
	const struct publisher_node *const *node = item;

	return strcmp(key, (*node)->name);
}

static void remove_node(struct publisher *publisher, size_t at)
{
	free(publisher->nodes[at]);
	publisher->node_count--;
	memmove(publisher->nodes + at, publisher->nodes + at + 1,
		(publisher->node_count - at) * sizeof(*publisher->nodes));
}

/* Whoever may name itself must not keep others out: the one that is gone for longest has to go. */
static int make_room(struct publisher *publisher)
{
	size_t longest = publisher->node_count;

	if (publisher->node_count < PUBLISHER_NODES_MAX)
		return 0;
	for (size_t i = 0; i < publisher->node_count; i++) {
		const struct publisher_view *view = publisher_node_view(publisher->nodes[i]);

		if (!view->live &&
		    (longest == publisher->node_count ||
		     view->last_seen < publisher_node_view(publisher->nodes[longest])->last_seen))
			longest = i;
	}
	if (longest == publisher->node_count)
		return -ENOSPC;
	remove_node(publisher, longest);
	return 0;
}

static size_t find(const struct publisher *publisher, const char *name)
{
	return array_lower_bound(name, publisher->nodes, publisher->node_count,
				 sizeof(*publisher->nodes), compare_node);
}

int publisher_node_get(struct publisher *publisher, const char *name, struct publisher_node **node)
{
	size_t at = find(publisher, name);
	struct publisher_node *made;
	int error;

	if (at < publisher->node_count && !strcmp(publisher->nodes[at]->name, name)) {
		*node = publisher->nodes[at];
		return 0;
	}
	error = make_room(publisher);
	if (error)
		return error;
	at = find(publisher, name);
	made = calloc(1, sizeof(*made));
	if (!made || array_grow(&publisher->nodes, &publisher->node_capacity, publisher->node_count,
				sizeof(*publisher->nodes))) {
		free(made);
		return -ENOMEM;
	}
	snprintf(made->name, sizeof(made->name), "%s", name);
	memmove(publisher->nodes + at + 1, publisher->nodes + at,
		(publisher->node_count - at) * sizeof(*publisher->nodes));
	publisher->nodes[at] = made;
	publisher->node_count++;
	*node = made;
	return 0;
}

void publisher_node_changed(struct publisher *publisher)
{
	publisher_share_soon(publisher);
	publisher_wait_check_all(publisher);
}

void publisher_node_forget(struct publisher *publisher)
{
	uint64_t now = publisher_now();
	size_t kept = 0;

	for (size_t i = 0; i < publisher->node_count; i++) {
		struct publisher_node *node = publisher->nodes[i];
		const struct publisher_view *view = publisher_node_view(node);

		if (view->live || view->last_seen + PUBLISHER_FORGET_MS > now)
			publisher->nodes[kept++] = node;
		else
			free(node);
	}
	publisher->node_count = kept;
}

void publisher_node_clear(struct publisher *publisher)
{
	for (size_t i = 0; i < publisher->node_count; i++)
		free(publisher->nodes[i]);
	free(publisher->nodes);
	publisher->nodes = NULL;
	publisher->node_count = publisher->node_capacity = 0;
}

static json_t *timestamp(uint64_t ms)
{
	char text[FORMAT_SIZE];

	return ms ? json_string(format_timestamp(ms * 1000000, text)) : json_null();
}

static json_t *describe(const struct publisher *publisher, const struct publisher_node *node)
{
	const struct publisher_view *view = publisher_node_view(node);

	return json_pack(
		"{s:s, s:b, s:s, s:I, s:I, s:o, s:o, s:s, s:I, s:s}", "name", node->name, "live",
		view->live, "manager", is_elsewhere(node) ? node->manager : publisher->options.name,
		"generation", (json_int_t)view->generation, "revision",
		(json_int_t)publisher_node_revision(publisher, node), "appliedAt",
		timestamp(view->applied_at), "lastSeen", timestamp(view->last_seen), "version",
		view->version, "leftOut", (json_int_t)view->left_out, "problem", view->problem);
}

json_t *publisher_nodes(const struct publisher *publisher)
{
	json_t *nodes = json_array();

	for (size_t i = 0; nodes && i < publisher->node_count; i++) {
		if (json_array_append_new(nodes, describe(publisher, publisher->nodes[i]))) {
			json_decref(nodes);
			return NULL;
		}
	}
	return nodes;
}
