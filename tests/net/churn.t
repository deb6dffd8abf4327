#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Tables change 10,000 times a second, through the agent, while requests are made: none goes wrong, and
# no generation is seen by half: of the overrides of two services, which each generation replaces together,
# nobody sees the new one of one service and later the old one of the other (churn/client.py).
#
#   CHURN_SECONDS=60   how long
#   CHURN_KILLS=30     how often the agent and its manager are killed meanwhile
#   CHURN_RATE, CHURN_CHANGES   rows a second, rows of a generation

. "$(dirname "$0")/lib.sh"
. "$NET/lib/churn.sh"

SECONDS_OF_CHURN=${CHURN_SECONDS:-5}
KILLS=${CHURN_KILLS:-2}
WORLD_LIMIT=$((300 + SECONDS_OF_CHURN + KILLS * 20))

# Nobody here asks the tests' own servers.
servers_start()
{
	:
}

world_ready()
{
	nginx_start_each users-1 users-2 users-x
	churn_start
}

test_no_request_goes_wrong_and_no_generation_is_seen_by_half()
{
	local start rows generations

	load_start
	start=$EPOCHREALTIME rows=$(progress 2) generations=$(progress 0)
	checker_start "$SECONDS_OF_CHURN"
	wait "$CHECKER"
	rows=$(($(progress 2) - rows)) generations=$(($(progress 0) - generations))
	start=$(milliseconds_since "$start")
	note "$((rows * 1000 / start)) rows/s in $((generations * 1000 / start)) generations/s for $start ms"
	expect_checker_content
	expect_load_unharmed
	note "$load_requests requests of wrk"
}

agent_is_killed()
{
	agent_stop KILL
	churned_launch
	agent_await
}

source_is_killed()
{
	source_kill
	source_start
}

# At whatever moment of a generation it is.
expect_unnoticed() # COMMAND
{
	local i

	load_start
	checker_start
	for ((i = 0; i < KILLS; i++)); do
		"$1"
		expect_churn
	done
	checker_stop
	expect_checker_content
	expect_load_unharmed
}

test_nor_where_the_agent_is_killed_again_and_again()
{
	expect_unnoticed agent_is_killed
}

test_nor_where_its_manager_is()
{
	expect_unnoticed source_is_killed
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main 'routed 4 on'
