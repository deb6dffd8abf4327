#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The control plane on two nodes: what a manager is told is in force on both when it says so, and
# nothing that happens to managers and agents is felt by a request.
#
#   CONTROL_CHANGES=300    how many contexts are set and deleted, one after the other
#   CONTROL_OUTAGE=5       seconds that a manager is away

. "$(dirname "$0")/lib.sh"
. "$NET/lib/nodes.sh"
. "$NET/lib/manager.sh"

CHANGES=${CONTROL_CHANGES:-300}
OUTAGE=${CONTROL_OUTAGE:-5}
WORLD_LIMIT=$((600 + OUTAGE))
ORIGIN='users-1|users-2'
PAUSE=4 # ms between the requests of a connection under load, so that others have a turn

world_pods()
{
	pod_add users-m1 7ab1e01 # two of one commit: one replaces the other
	pod_add users-m2 7ab1e01
}

world_ready()
{
	local node

	nginx_start_each users-1 users-2 users-x users-m1 users-m2
	server_start users-m1
	server_start users-m2
	cluster_write users-m2
	tokens_make
	manager_start m1
	for node in "${NODES[@]}"; do
		managed_start m1
	done
	expect_soon 5 "both nodes are live" all_nodes_are_live
	context set x shop/users=pod:users-x --wait
	context set y shop/users=sha:9e01d77 --wait
	context set moving shop/users=sha:7ab1e01 --wait
	context set used shop/users=pod:users-y --wait
	context set unused shop/users=pod:users-y --wait
	use
}

# A use that agents tell of within a minute, by when other behaviours have passed.
use()
{
	clients_connect service
	both client_gets users-y context=used
	clients_end
	clients=()
}

# The clients of both nodes.
both() # COMMAND ARGUMENTS...; the client's name is put after the command
{
	"$1" client-a "${@:2}"
	"$1" client-b "${@:2}"
}

test_the_very_next_request_on_either_node_follows_each_set_and_each_delete()
{
	local i start=$EPOCHREALTIME

	clients_connect service
	for ((i = 0; i < CHANGES / 2; i++)); do
		context set loop shop/users=pod:users-x --wait
		both client_gets users-x context=loop
		context delete loop --wait
		both client_gets "$ORIGIN" context=loop
	done
	note "$CHANGES changes, each followed on both nodes: $(milliseconds_since "$start") ms"
}

test_a_new_connection_follows_too_and_contexts_do_not_touch_each_other()
{
	local i

	for ((i = 0; i < 20; i++)); do
		context set "new-$i" shop/users=pod:users-y --wait
		clients_connect service
		both client_gets users-y context="new-$i"
		both client_gets users-x context=x
		both client_gets "$ORIGIN"
	done
	for ((i = 0; i < 20; i++)); do
		context delete "new-$i" --wait
		both client_gets "$ORIGIN" context="new-$i"
		both client_gets users-x context=x
	done
}

# The times of requests with the context `moving` that a pod has logged, in milliseconds.
request_times() # POD
{
	sed -n 's/^\([0-9]*\)\.\([0-9]*\) moving .*/\1\2/p' "$WORLD/log/nginx-times-$1"
}

now_ms()
{
	echo $((${EPOCHREALTIME/./} / 1000))
}

# Replaces the only ready pod of a commit and says how long the old one got requests after that.
replace() # OLD NEW
{
	local start last

	cluster_write "$1"
	start=$(now_ms)
	expect_soon 2 "requests at $2" requests_after "$2" "$start"
	sleep 0.3 # what comes late has come by then
	last=$(request_times "$1" | tail -1)
	echo $((${last:-0} > start ? last - start : 0))
}

requests_after() # POD TIME
{
	[ "$(request_times "$1" | tail -1)" -gt "$2" ]
}

test_a_pod_that_is_replaced_gets_no_request_100_ms_later()
{
	local i took worst=0

	pod_exec client-a wrk -t1 -c2 -d60s -H 'x-shunt-context: moving' -s "$NET/pause.lua" \
		"http://$(host_port "$(service_address)" "$WEB_PORT")/timed" -- 2 >"$WORLD/run/load-moving" 2>&1 3>&- &
	clients+=($!)
	expect_soon 5 "requests at users-m1" requests_after users-m1 0
	for ((i = 0; i < 5; i++)); do
		for pair in 'users-m1 users-m2' 'users-m2 users-m1'; do
			# shellcheck disable=SC2086
			took=$(replace $pair) || fail "$took"
			worst=$((took > worst ? took : worst))
			expect_took "$took" 0 100 "until the last request at ${pair% *}"
		done
	done
	note "a replaced pod got its last request at most $worst ms after the change"
}

test_the_last_use_of_a_context_is_known_from_the_nodes()
{
	expect_soon 65 "used was used" was_used used
	was_used unused && fail "unused was used: $(context_status unused .lastUsed)"
	context delete used
	context delete unused
}

was_used() # CONTEXT
{
	[ "$(context_status "$1" .lastUsed)" != null ]
}

test_no_request_changes_its_way_while_the_manager_is_away_and_agents_start_anew()
{
	local node before

	loads_start "$PAUSE"
	clients_connect service
	manager_stop m1
	before=$EPOCHREALTIME
	for node in "${NODES[@]}"; do
		agent_stop
		both client_gets users-x context=x
		managed_start m1
		both client_gets users-y context=y
	done
	until [ "$(milliseconds_since "$before")" -ge $((OUTAGE * 1000)) ]; do
		both client_gets users-x context=x
		both client_gets "$ORIGIN"
		sleep 0.1
	done
	manager_start m1
	expect_soon 15 "both nodes are live" all_nodes_are_live
	context set back shop/users=pod:users-y --wait
	both client_gets users-y context=back
	context delete back --wait
	both client_gets "$ORIGIN" context=back
	expect_load_unharmed
}

test_what_changed_while_an_agent_was_away_is_there_when_it_is_back()
{
	local node=node-b

	agent_stop
	context delete y
	context set z shop/users=pod:users-y
	managed_start m1
	expect_soon 5 "both nodes are live" all_nodes_are_live
	context set z2 shop/users=pod:users-y --wait
	client_pod=client-b
	client_connect b service
	client_gets b "$ORIGIN" context=y
	client_gets b users-y context=z
	client_gets b users-y context=z2
	context set y shop/users=sha:9e01d77 --wait
	client_gets b users-y context=y
}

test_a_node_that_starts_while_the_manager_is_away_serves_what_it_had()
{
	local node=node-a

	# What changed since the last writing of the file would be lost with the node.
	touch "$WORLD/run/before"
	context set cached shop/users=pod:users-y --wait
	expect_soon 12 "the tables are in the file" cache_is_new
	manager_stop m1
	agent_stop KILL
	node_forget
	managed_start m1
	client_connect a service
	client_gets a users-x context=x
	client_gets a users-y context=y
	client_gets a "$ORIGIN"
	expect_match "$(on_node curl -s "http://$LISTEN/metrics")" 'age_seconds [0-9.]+' "age of the tables"
	manager_start m1
	expect_soon 15 "both nodes are live" all_nodes_are_live
	context set forgotten shop/users=pod:users-y --wait
	client_gets a users-y context=forgotten
	context delete cached
	context delete forgotten --wait
	client_gets a "$ORIGIN" context=forgotten
}

cache_is_new()
{
	[ "$WORLD/run/cache-node-a" -nt "$WORLD/run/before" ]
}

test_agents_that_ask_two_managers_switch_to_the_other_without_a_gap()
{
	local node i

	manager_start m2
	for node in "${NODES[@]}"; do
		agent_stop
		managed_start m1 m2
	done
	expect_soon 5 "both nodes are live" all_nodes_are_live
	loads_start "$PAUSE"
	clients_connect service
	api_as root m2
	for i in term kill; do
		manager_stop m1 "${i^^}"
		context set "switched-$i" shop/users=pod:users-y --wait
		both client_gets users-y context="switched-$i"
		expect_equal "$(node_field node-a manager)" m2 "manager of node-a"
		context delete "switched-$i" --wait
		both client_gets "$ORIGIN" context="switched-$i"
		manager_start m1
	done
	expect_load_unharmed
}

test_waiting_at_one_manager_counts_the_nodes_of_the_other()
{
	local node=node-a i

	agent_stop
	managed_start m1
	node=node-b
	agent_stop
	managed_start m2
	expect_soon 5 "node-a is at m1" node_field_is node-a manager m1
	expect_soon 5 "node-b is at m2" node_field_is node-b manager m2
	clients_connect service
	for ((i = 0; i < 25; i++)); do
		api_as root m1
		context set both shop/users=pod:users-x --wait
		both client_gets users-x context=both
		api_as root m2
		context delete both --wait
		both client_gets "$ORIGIN" context=both
	done
	api_as root m1
	node=node-b
	agent_stop
	managed_start m1
	manager_stop m2
	expect_soon 5 "both nodes are live" all_nodes_are_live
}

test_a_context_that_expires_stops_to_redirect()
{
	clients_connect service
	context set brief shop/users=pod:users-y --expires 2s --wait
	both client_gets users-y context=brief
	expect_soon 4 "brief redirects no more" goes_to_origin brief
	both client_gets "$ORIGIN" context=brief
	context delete brief
}

goes_to_origin() # CONTEXT
{
	client_do client-a request context="$1"
	[[ $answer =~ "status=200 server="($ORIGIN)" " ]]
}

test_an_override_whose_pod_is_gone_is_unresolved_since_then()
{
	local since

	context set late shop/users=sha:7ab1e01 --wait
	cluster_write users-m1 users-m2
	expect_soon 3 "late is unresolved" context_status_is late '.overrides[0].state' Unresolved
	since=$(date +%s -d "$(context_status late '.overrides[0].since')") || fail "since when is no time"
	expect_between "$since" $(($(date +%s) - 5)) "$(date +%s)" "since when it is unresolved"
	client_connect a service
	client_gets a "$ORIGIN" context=late
	cluster_write users-m2
	expect_soon 3 "late is resolved again" context_status_is late '.overrides[0].state' Resolved
	expect_soon 1 "requests are redirected again" goes_to late users-m1
	context delete late
}

goes_to() # CONTEXT SERVER
{
	client_do a request context="$1"
	[[ $answer == *" server=$2 "* ]]
}

test_nothing_is_left_when_the_clients_are_gone()
{
	local node

	for node in "${NODES[@]}"; do
		expect_clean
	done
}

matrix_main 'routed 4 on'
