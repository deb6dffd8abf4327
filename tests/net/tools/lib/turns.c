// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "turns.h"

bool turns_add(char *word, struct turn turns[TURNS_MAX], unsigned int *count)
{
	char *equals = strchr(word, '=');

	if (!equals || strchr(word, ' ') || *count == TURNS_MAX)
		return false;
	*equals = '\0';
	turns[(*count)++] = (struct turn){.context = word, .servers = equals + 1};
	return true;
}

int turns_parse(char *words, struct turn turns[TURNS_MAX])
{
	char *state;
	unsigned int count = 0;

	for (char *word = strtok_r(words, " ", &state); word; word = strtok_r(NULL, " ", &state)) {
		if (!turns_add(word, turns, &count))
			return 0;
	}
	return count;
}

bool turn_names(const struct turn *turn, const char *server)
{
	size_t length = strlen(server);

	for (const char *at = turn->servers; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, server, length) == 0 && (at[length] == ',' || !at[length]))
			return true;
	}
	return false;
}

bool turn_accepts(struct turn *turn, const char *server)
{
	if (turn->server[0])
		return strcmp(turn->server, server) == 0;
	if (!turn_names(turn, server))
		return false;
	snprintf(turn->server, sizeof(turn->server), "%s", server);
	return true;
}
