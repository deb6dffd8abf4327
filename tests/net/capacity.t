#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Many moved connections at once: every request on them is answered by the right server, and when they
# are closed, all at the same moment, the tables are empty again and their memory is given back.
#
#   CAPACITY_CONNECTIONS=50000   at a time
#
# No process has more open files than a hard limit of 20,000 lets it: there are several clients, and
# several workers of each server.

WORLD_LIMIT=${WORLD_LIMIT:-1800}
CLIENT_LIMIT=${CLIENT_LIMIT:-600}
. "$(dirname "$0")/lib.sh"

CAPACITY_CONNECTIONS=${CAPACITY_CONNECTIONS:-3000}
CAPACITY_CLIENTS=$((CAPACITY_CONNECTIONS / 15000 + 1))
CAPACITY_WINDOW=$((512 / CAPACITY_CLIENTS)) # requests under way at a time: `held` has room for more
REMOVALS=4096       # of closed connections at one tick of a tenth of a second
ORIGIN=-=users-1,users-2

world_ready()
{
	local pod

	NGINX_WORKERS=$((CAPACITY_CONNECTIONS / 10000 + 1))
	NGINX_CONNECTIONS=12000
	for pod in x y; do
		context_write "$pod" "pod: users-$pod"
	done
	for pod in users-1 users-2 users-x users-y; do
		nginx_start "$pod" "$WEB_TARGET" reuseport
	done
	agent_start
}

# Gives all clients the same command, at the same time.
crowd_do() # COMMAND...
{
	local i

	for ((i = 0; i < CAPACITY_CLIENTS; i++)); do
		client_tell "$i" "$@"
	done
	for ((i = 0; i < CAPACITY_CLIENTS; i++)); do
		client_hear "$i" "$@"
		[ "${answer%% *}" = ok ] || fail "client $i: $*: $answer"
	done
	note "$*: $answer by the last of $CAPACITY_CLIENTS clients"
}

crowd_connect()
{
	local i

	for ((i = 0; i < CAPACITY_CLIENTS; i++)); do
		client_open "$i" crowd
		client_ok "$i" connect "$(service_address)" "$WEB_PORT" "$CAPACITY_WINDOW" \
			$((2000 + i * 15000))
	done
}

flows()
{
	counters | awk '/^shunt_table_entries\{table="flows"\}/ { print $2 }'
}

no_flows()
{
	[ "$(flows)" = 0 ]
}

legs()
{
	on_node bpftool -j map dump pinned "$BPFFS/legs" | grep -o '"leg"' | wc -l
}

# Bytes that maps which grow have of the kernel's memory (before Linux 6.4: that they could have), and
# resident ones of the agent.
memory()
{
	local map sum=0

	for map in flows legs; do
		sum=$((sum + $(on_node bpftool -j map show pinned "$BPFFS/$map" | jq .bytes_memlock)))
	done
	echo "$sum"
}

agent_memory()
{
	awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$(cat "$WORLD/run/shuntd.pid")/status"
}

nothing_closing()
{
	[ "$(on_node bpftool -j map peek pinned "$BPFFS/closing")" = null ]
}

# None of these tables was too small, and no helper of the kernel failed.
expect_room() # COUNTERS
{
	local reason

	for reason in flows_full held_full tuple_in_use helper_failed swept; do
		expect_equal "$(counter $reason)" "$(counter $reason "$1")" "counted as $reason"
	done
}

# All at the same moment. The timer alone removes them, so many at each tick.
expect_all_removed() # WAY
{
	local seconds=$((CLOSE_GRACE + 4 + 2 * CAPACITY_CONNECTIONS / REMOVALS)) start

	crowd_do "$1"
	start=$EPOCHREALTIME
	expect_soon "$seconds" "no flows" no_flows
	note "$1: no flows after $(milliseconds_since "$start") ms"
	expect_clean
	expect_soon 5 "framing is empty" map_is_empty framing
	expect_soon 5 "closing is empty" nothing_closing
}

moves_all_and_ends() # WAY
{
	local before counted agent count=$((CAPACITY_CONNECTIONS / CAPACITY_CLIENTS))

	expect_clean # of the trial that an agent begins with
	before=$(memory) agent=$(agent_memory) counted=$(counters)
	crowd_connect
	crowd_do open "$count" x=users-x
	count=$((count * CAPACITY_CLIENTS))
	expect_equal "$(flows)" "$count" "flows"
	expect_equal "$(legs)" "$count" "legs"
	note "flows and legs: $before bytes before, $(memory) now"
	crowd_do request 1 "$ORIGIN"
	crowd_do request 3 x=users-x "$ORIGIN" y=users-y
	expect_equal "$(flows)" "$count" "flows"
	expect_all_removed "$1"
	expect_room "$counted"
	expect_equal "$(memory)" "$before" "bytes of flows and legs"
	note "agent: $agent bytes before, $(agent_memory) after"
	expect_between "$(agent_memory)" 1 $((agent + (4 << 20))) "resident bytes of the agent"
}

test_connections_that_are_reset()
{
	moves_all_and_ends reset
}

test_connections_that_are_closed()
{
	moves_all_and_ends close
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main '^(routed 4|bridged 6) on'
