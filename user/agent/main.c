// SPDX-License-Identifier: Apache-2.0
#include "user/agent/agent.h"
#include "user/agent/start.h"
#include "user/lib/log.h"

int main(int argc, char **argv)
{
	struct options options;

	options_parse(argc, argv, &options);
	log_libbpf(false);
	return options.detach ? start_detach(&options) : agent_run(&options);
}
