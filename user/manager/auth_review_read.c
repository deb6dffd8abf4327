// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "user/manager/auth_state.h"

#define AGENT_ACCOUNT "shuntd"

/* By precedence. */
static const struct {
	const char *group;
	enum auth_role role;
} groups[] = {
	{"shunt:admins", AUTH_ADMIN},
	{"shunt:editors", AUTH_EDITOR},
	{"shunt:agents", AUTH_AGENT},
	{"shunt:readers", AUTH_READER},
};

static bool is_in(json_t *user, const char *group)
{
	size_t index;
	json_t *item;

	json_array_foreach(json_object_get(user, "groups"), index, item)
	{
		const char *name = json_string_value(item);

		if (name && !strcmp(name, group))
			return true;
	}
	return false;
}

static bool is_agent_account(const char *name, const char *namespace)
{
	char account[AUTH_NAME_SIZE];

	snprintf(account, sizeof(account), "system:serviceaccount:%s:" AGENT_ACCOUNT, namespace);
	return !strcmp(name, account);
}

static enum auth_role find_role(json_t *user, const char *name, const char *namespace)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (is_in(user, groups[i].group))
			return groups[i].role;
	return is_agent_account(name, namespace) ? AUTH_AGENT : AUTH_NONE;
}

/* The node of the pod that the token was made for, where the API server says it. */
static const char *find_node(json_t *user)
{
	json_t *extra = json_object_get(user, "extra");
	json_t *nodes = json_object_get(extra, "authentication.kubernetes.io/node-name");

	return json_string_value(json_array_get(nodes, 0));
}

void auth_review_read(json_t *review, const char *namespace, struct auth_answer *answer)
{
	json_t *status = json_object_get(review, "status");
	json_t *user = json_object_get(status, "user");
	const char *name = json_string_value(json_object_get(user, "username"));
	const char *node = find_node(user);
	struct auth_identity *identity = &answer->identity;

	*identity = (struct auth_identity){.role = AUTH_NONE, .status = 401};
	answer->problem[0] = '\0';
	if (!json_is_true(json_object_get(status, "authenticated")) || !name || !*name) {
		snprintf(answer->problem, sizeof(answer->problem),
			 "a token that the Kubernetes API does not accept; get a new one");
		return;
	}
	if (strlen(name) >= sizeof(identity->name) ||
	    (node && strlen(node) >= sizeof(identity->name))) {
		snprintf(answer->problem, sizeof(answer->problem),
			 "a token of a user whose name is too long");
		return;
	}
	identity->role = find_role(user, name, namespace);
	if (identity->role == AUTH_AGENT) {
		strcpy(identity->name, node ? node : "");
		return;
	}
	strcpy(identity->name, name);
	if (identity->role != AUTH_NONE)
		return;
	identity->status = 403;
	snprintf(answer->problem, sizeof(answer->problem),
		 "%s is in none of the groups shunt:readers, shunt:editors and shunt:admins", name);
}
