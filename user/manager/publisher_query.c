// SPDX-License-Identifier: Apache-2.0
#include "user/manager/publisher_query.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "user/lib/text.h"

enum name {
	NAME_NODE,
	NAME_INSTANCE,
	NAME_GENERATION,
};

static const char *const names[] = {
	[NAME_NODE] = "node",
	[NAME_INSTANCE] = "instance",
	[NAME_GENERATION] = "generation",
	NULL,
};

static int refuse(char problem[QUERY_PROBLEM_SIZE], const char *text)
{
	snprintf(problem, QUERY_PROBLEM_SIZE, "query parameter %s", text);
	return -EINVAL;
}

/* An instance or generation that is empty is none. */
static int read_values(const struct query *query, struct publisher_query *parsed,
		       char problem[QUERY_PROBLEM_SIZE])
{
	const char *node = query->values[NAME_NODE];
	const char *instance = query->values[NAME_INSTANCE];
	const char *text = query->values[NAME_GENERATION];
	unsigned long long generation = 0;

	if (node && !text_is_dns_name(node))
		return refuse(problem, "node is no DNS name of 1 to 253 characters");
	if (instance && *instance && !sync_is_instance(instance))
		return refuse(problem, "instance is no name that a manager gives itself");
	if (text && *text && query_number(text, UINT64_MAX, &generation))
		return refuse(problem, "generation is no number");
	if (node)
		strcpy(parsed->node, node);
	if (instance)
		strcpy(parsed->instance, instance);
	parsed->generation = generation;
	return 0;
}

int publisher_query_parse(const char *text, struct publisher_query *query,
			  char problem[QUERY_PROBLEM_SIZE])
{
	struct publisher_query parsed = {0};
	struct query read;
	int error;

	error = query_parse(text, names, &read, problem);
	if (error)
		return error;
	error = read_values(&read, &parsed, problem);
	query_clear(&read);
	if (!error)
		*query = parsed;
	return error;
}
