// SPDX-License-Identifier: Apache-2.0
#include "user/agent/agent.h"
#include "user/agent/start.h"
#include "user/lib/log.h"

int main(int argc, char **argv)
{
	struct options options;
	int status;

	options_parse(argc, argv, &options);
	log_libbpf(false);
	status = options.detach ? start_detach(&options) : agent_run(&options);
	options_clear(&options);
	return status;
}
