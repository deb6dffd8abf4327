// SPDX-License-Identifier: Apache-2.0
#include "user/cli/context_watch.h"
int context_watch_run(struct globals *globals, int argc, char **argv)
{
	(void)globals;
	(void)argc;
	(void)argv;
	return 1;
}
