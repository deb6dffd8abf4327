// SPDX-License-Identifier: Apache-2.0
#include "user/cli/applied.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include "user/cli/pages.h"
#include "user/cli/visible.h"
#include "user/cli/when.h"
#include "user/lib/clock.h"
#include "user/lib/log.h"

#define ROUND_MAX 30 /* seconds that the manager is asked to wait */
#define PAUSE_NS 100000000L

static int ask(struct client *client, unsigned long long revision, unsigned long seconds,
	       json_t **nodes)
{
	char revision_text[24], seconds_text[24];
	const struct pages_parameter parameters[] = {
		{"revision", revision_text}, {"wait", seconds_text}, {0}};

	snprintf(revision_text, sizeof(revision_text), "%llu", revision);
	snprintf(seconds_text, sizeof(seconds_text), "%lu", seconds);
	return pages_get_one(client, "nodes", parameters, (unsigned int)seconds, nodes);
}

static bool is_live(const json_t *node)
{
	return json_is_true(json_object_get(node, "live"));
}

static size_t count_live(const json_t *nodes)
{
	const json_t *node;
	size_t count = 0, i;

	json_array_foreach(json_object_get(nodes, "items"), i, node)
	{
		count += is_live(node);
	}
	return count;
}

static void name_node(const json_t *node, unsigned long long revision)
{
	char name[VISIBLE_SIZE], problem[VISIBLE_SIZE], seen[WHEN_SIZE];
	const char *text = json_string_value(json_object_get(node, "name"));
	const char *why = json_string_value(json_object_get(node, "problem"));
	const char *last = json_string_value(json_object_get(node, "lastSeen"));

	visible(text ? text : "?", name);
	if (is_live(node))
		log_line("node %s has applied revision %lld, not yet %llu%s%s", name,
			 (long long)json_integer_value(json_object_get(node, "revision")), revision,
			 why && *why ? ": " : "", visible(why ? why : "", problem));
	else
		log_line("node %s is not connected, and was last seen %s", name,
			 when_describe(last, "never", seen));
}

/* Names the nodes that are behind, live or not; returns how many. */
static size_t name_nodes(const json_t *nodes, unsigned long long revision, bool live)
{
	const json_t *node;
	size_t count = 0, i;

	json_array_foreach(json_object_get(nodes, "items"), i, node)
	{
		json_int_t applied = json_integer_value(json_object_get(node, "revision"));

		if (is_live(node) != live ||
		    (applied >= 0 && (unsigned long long)applied >= revision))
			continue;
		name_node(node, revision);
		count++;
	}
	return count;
}

/* Where all that are live have it, the manager waits for agents that have just gone. */
static void name_missing(const json_t *nodes, unsigned long long revision, unsigned long seconds)
{
	log_line("not applied everywhere within %lu s:", seconds);
	if (!name_nodes(nodes, revision, true) && !name_nodes(nodes, revision, false))
		log_line("the manager has just started, and waits for agents to come back");
}

static void tell(const json_t *nodes)
{
	size_t count = count_live(nodes);

	if (count)
		printf("applied on %s%zu live node%s\n", count > 1 ? "all " : "", count,
		       count > 1 ? "s" : "");
	else
		printf("no node is live, so there is none to apply it\n");
	fflush(stdout);
}

int applied_wait(struct client *client, unsigned long long revision, unsigned long seconds,
		 bool quiet)
{
	__u64 end = clock_monotonic() + seconds * CLOCK_SECOND, now = clock_monotonic();
	const struct timespec pause = {.tv_nsec = PAUSE_NS};

	for (;;) {
		unsigned long left = now < end ? (end - now + CLOCK_SECOND - 1) / CLOCK_SECOND : 0;
		bool applied;
		json_t *nodes;
		int error;

		error = ask(client, revision, left < ROUND_MAX ? left : ROUND_MAX, &nodes);
		if (error)
			return error;
		now = clock_monotonic();
		applied = json_is_true(json_object_get(nodes, "applied"));
		if (applied && !quiet)
			tell(nodes);
		else if (!applied && now >= end)
			name_missing(nodes, revision, seconds);
		json_decref(nodes);
		if (applied || now >= end)
			return applied ? 0 : -ETIME;
		/* One that does not wait must not be asked without a pause. */
		nanosleep(&pause, NULL);
		now = clock_monotonic();
	}
}
