// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "commands.h"

static void run_line(const struct command *commands, size_t count, char *line)
{
	size_t length = strcspn(line, " ");
	char *words = line + length + (line[length] == ' ');

	line[length] = '\0';
	for (size_t i = 0; i < count; i++) {
		if (strcmp(line, commands[i].name) == 0) {
			commands[i].run(words);
			return;
		}
	}
	printf("error unknown command %s\n", line);
}

void commands_run(const struct command *commands, size_t count)
{
	char line[4096];

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		run_line(commands, count, line);
	}
}
