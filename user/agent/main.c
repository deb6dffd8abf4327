// SPDX-License-Identifier: Apache-2.0
#include <argp.h>
#include <malloc.h>
#include "user/agent/agent.h"
#include "user/agent/start.h"
#include "user/lib/log.h"
#include "user/lib/process.h"
#include "user/lib/version.h"

#define LARGE (128 * 1024)

const char *argp_program_version = "shuntd " SHUNT_VERSION;

int main(int argc, char **argv)
{
	struct options options;
	int status;

	/* What is large goes back to the system when it is freed, as libc does until the first is. */
	mallopt(M_MMAP_THRESHOLD, LARGE);
	process_protect();
	options_parse(argc, argv, &options);
	log_libbpf(false);
	status = options.detach ? start_detach(&options) : agent_run(&options);
	options_clear(&options);
	return status;
}
