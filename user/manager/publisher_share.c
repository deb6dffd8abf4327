// SPDX-License-Identifier: Apache-2.0
/* What managers of one store tell each other of their agents. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/text.h"
#include "user/manager/publisher_state.h"

static json_t *describe(const struct publisher *publisher, const struct publisher_node *node)
{
	const struct publisher_view *view = &node->own;

	return json_pack(
		"{s:s, s:b, s:s, s:I, s:I, s:I, s:I, s:s, s:I, s:s}", "name", node->name, "live",
		view->live, "instance", view->instance, "generation", (json_int_t)view->generation,
		"revision", (json_int_t)publisher_node_own_revision(publisher, node), "appliedAtMs",
		(json_int_t)view->applied_at, "lastSeenMs", (json_int_t)view->last_seen, "version",
		view->version, "leftOut", (json_int_t)view->left_out, "problem", view->problem);
}

/* {"nodes": [...]}: those that were connected here, or reported to us. */
static json_t *describe_all(const struct publisher *publisher)
{
	json_t *nodes = json_array();

	for (size_t i = 0; nodes && i < publisher->node_count; i++) {
		if (!publisher->nodes[i]->own.last_seen)
			continue;
		if (json_array_append_new(nodes, describe(publisher, publisher->nodes[i]))) {
			json_decref(nodes);
			return NULL;
		}
	}
	return json_pack("{s:o}", "nodes", nodes);
}

static void on_share(uv_timer_t *timer)
{
	struct publisher *publisher = timer->data;
	json_t *nodes;

	publisher->changed = false;
	publisher->shared_at = uv_now(publisher->loop);
	uv_timer_start(&publisher->share, on_share, PUBLISHER_SHARE_MAX_MS, 0);
	publisher_node_forget(publisher);
	if (!publisher->options.share)
		return;
	/* For want of memory it is left to the next time. */
	nodes = describe_all(publisher);
	if (nodes)
		publisher->options.share(publisher->options.argument, nodes);
	json_decref(nodes);
}

void publisher_share_start(struct publisher *publisher)
{
	uv_timer_start(&publisher->share, on_share, 0, 0);
}

void publisher_share_soon(struct publisher *publisher)
{
	uint64_t since = uv_now(publisher->loop) - publisher->shared_at;

	if (publisher->changed || uv_is_closing((uv_handle_t *)&publisher->share))
		return;
	publisher->changed = true;
	uv_timer_start(&publisher->share, on_share,
		       since < PUBLISHER_SHARE_MIN_MS ? PUBLISHER_SHARE_MIN_MS - since : 0, 0);
}

struct shared_node {
	const char *name, *instance, *version, *problem;
	int live;
	json_int_t generation, revision, applied_at, last_seen, left_out;
};

/* What another manager wrote into the store; false where it is not what we would have written. */
static bool read_node(json_t *item, struct shared_node *node)
{
	return !json_unpack(item, "{s:s, s:b, s:s, s:I, s:I, s:I, s:I, s:s, s:I, s:s}", "name",
			    &node->name, "live", &node->live, "instance", &node->instance,
			    "generation", &node->generation, "revision", &node->revision,
			    "appliedAtMs", &node->applied_at, "lastSeenMs", &node->last_seen,
			    "version", &node->version, "leftOut", &node->left_out, "problem",
			    &node->problem) &&
	       text_is_dns_name(node->name) && node->generation >= 0 && node->revision >= 0 &&
	       node->applied_at >= 0 && node->last_seen > 0 && node->left_out >= 0;
}

/* A third manager may know it too: the one that it is connected to, or else the latest, counts. */
static bool is_newer(const struct publisher_node *known, const char *manager,
		     const struct shared_node *node)
{
	if (!known->other.last_seen || !strcmp(known->manager, manager))
		return true;
	if (known->other.live != !!node->live)
		return node->live;
	return (uint64_t)node->last_seen > known->other.last_seen;
}

static void fill_view(struct publisher_view *view, const struct shared_node *node)
{
	*view = (struct publisher_view){
		.live = node->live,
		.generation = (uint64_t)node->generation,
		.revision = (uint64_t)node->revision,
		.applied_at = (uint64_t)node->applied_at,
		.last_seen = (uint64_t)node->last_seen,
		.left_out = (uint64_t)node->left_out,
	};
	snprintf(view->instance, sizeof(view->instance), "%s", node->instance);
	snprintf(view->version, sizeof(view->version), "%s", node->version);
	snprintf(view->problem, sizeof(view->problem), "%s", node->problem);
}

/*
 * Where managers have one address, an agent's reports may reach another one than its stream comes
 * from. What that one is told of our generations counts as if it had been told to us.
 */
static void take_relayed(struct publisher *publisher, struct publisher_node *known,
			 const struct shared_node *node)
{
	struct publisher_view *own = &known->own;

	if (!known->session || strcmp(node->instance, publisher->options.instance) != 0 ||
	    (uint64_t)node->last_seen <= known->relayed)
		return;
	known->relayed = (uint64_t)node->last_seen;
	known->session->reported = uv_now(publisher->loop);
	if (!strcmp(own->instance, node->instance) && own->generation > (uint64_t)node->generation)
		return;
	fill_view(own, node);
	own->live = true;
	own->last_seen = publisher_now();
	publisher_share_soon(publisher);
}

static void take_node(struct publisher *publisher, const char *manager,
		      const struct shared_node *node)
{
	struct publisher_node *known;

	if (publisher_node_get(publisher, node->name, &known))
		return;
	take_relayed(publisher, known, node);
	if (!is_newer(known, manager, node))
		return;
	fill_view(&known->other, node);
	snprintf(known->manager, sizeof(known->manager), "%s", manager);
}

void publisher_shared(struct publisher *publisher, const char *manager, json_t *nodes)
{
	json_t *item;
	size_t i;

	if (!sync_is_instance(manager) || !strcmp(manager, publisher->options.name))
		return;
	/* Those that it does not name any more are not connected to it. */
	for (i = 0; i < publisher->node_count; i++) {
		struct publisher_node *node = publisher->nodes[i];

		if (strcmp(node->manager, manager) != 0)
			continue;
		if (node->other.live && !nodes)
			node->other.last_seen = publisher_now(); /* as far as is known */
		node->other.live = false;
	}
	json_array_foreach(json_object_get(nodes, "nodes"), i, item)
	{
		struct shared_node node;

		if (read_node(item, &node))
			take_node(publisher, manager, &node);
	}
	publisher_wait_check_all(publisher);
}
