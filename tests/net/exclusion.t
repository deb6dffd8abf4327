#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Exclusion on two nodes with a manager: wherever connections come from, none that is ordinary gets to
# an offloaded pod.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/nodes.sh"
. "$NET/lib/manager.sh"
. "$NET/lib/steer.sh"

CONNECTIONS=5000 # of each node
ORDINARY=(users-1 users-2 users-3)
CHOICE=("${ORDINARY[@]}" users-x)
SERVERS='users-1|users-2|users-3'
SELECTED=(users-x)

world_pods()
{
	pod_add users-3
}

world_ready()
{
	local node

	server_start users-3
	tokens_make
	manager_start m1
	for node in "${NODES[@]}"; do
		managed_start m1
	done
	expect_soon 5 "both nodes are live" all_nodes_are_live
	context set x shop/users=pod:users-x --wait
}

# Those of a node go to a file, so that both nodes dial at the same time.
dials_start() # NODE
{
	(
		dials "client-${1#node-}" $CONNECTIONS
		echo "$tally" >"$WORLD/run/tally-$1"
	) &
}

test_10000_connections_from_two_nodes_keep_off_the_offloaded_pod()
{
	local name jobs=()

	for name in "${NODES[@]}"; do
		dials_start "$name"
		jobs+=($!)
	done
	for name in "${jobs[@]}"; do
		wait "$name" || fail "connections failed"
	done
	for name in "${NODES[@]}"; do
		tally=$(cat "$WORLD/run/tally-$name")
		note "$name: ${tally//$'\n'/, }"
		expect_even_shares "${ORDINARY[@]}"
	done
}

test_marked_requests_of_both_nodes_still_reach_it()
{
	local client

	clients_connect service
	for client in client-a client-b; do
		client_gets "$client" "$SERVERS"
		client_gets "$client" users-x context=x
		client_gets "$client" "$SERVERS"
	done
}

connection_is_refused() # CLIENT
{
	client_do "$1" connect "$(service_address)" "$HTTP_PORT"
	[ "$answer" = "error connect: Connection refused" ]
}

connection_is_taken() # CLIENT
{
	client_do "$1" connect "$(service_address)" "$HTTP_PORT"
	[[ $answer == ok* ]]
}

test_without_an_ordinary_pod_both_nodes_refuse_and_later_do_not()
{
	local client client_pod

	for client_pod in client-a client-b; do
		client_open "$client_pod"
	done
	cluster_write "${ORDINARY[@]}"
	for client in client-a client-b; do
		expect_soon 5 "$client is refused" connection_is_refused "$client"
	done
	cluster_write
	for client in client-a client-b; do
		expect_soon 5 "$client is taken" connection_is_taken "$client"
		client_gets "$client" "$SERVERS"
	done
}

test_nothing_is_left_when_the_clients_are_gone()
{
	local node

	for node in "${NODES[@]}"; do
		expect_clean
	done
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main 'routed 4 on|bridged 6 off'
