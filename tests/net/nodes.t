#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two nodes joined by a VXLAN: requests move between pods of both, whichever node they come from.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/nodes.sh"

ORIGIN=users-1,users-2

world_ready()
{
	local node

	context_write x 'pod: users-x'
	context_write y 'sha: 9e01d77'
	nginx_start_each users-1 users-2 users-x
	for node in "${NODES[@]}"; do
		agent_launch "$SHUNTD" --manifests "$MANIFESTS" --keys "$WORLD/keys" \
			--interface 'veth-*'
		agent_await
	done
}

test_marked_request_goes_to_the_offloaded_pod_of_either_node()
{
	local client frontend

	for frontend in service users-1 users-2; do
		clients_connect "$frontend"
		for client in client-a client-b; do
			client_gets "$client" users-x context=x
			expect_match "$(answer_word peer)" "^\[?$(pod_address "$client")\]?:" "peer"
			client_gets "$client" users-y context=y
			client_gets "$client" 'users-1|users-2'
		done
	done
}

test_contexts_taking_turns_across_nodes_never_meet_the_wrong_pod()
{
	local client

	clients_connect service
	for client in client-a client-b; do
		client_ok "$client" repeat 1000 0 x=users-x -=$ORIGIN y=users-y
		client_ok "$client" repeat 500 5 x=users-x -=$ORIGIN y=users-y
	done
}

test_bodies_cross_nodes_intact()
{
	local client context

	clients_connect service
	for client in client-a client-b; do
		for context in x y; do
			client_gets "$client" "users-$context" "context=$context" download=5000000
			client_gets "$client" "users-$context" "context=$context" body=2000000
		done
	done
}

test_load_on_both_nodes_is_answered_rightly()
{
	loads_start
	client_connect a service
	client_ok a repeat 2000 3 x=users-x -=$ORIGIN y=users-y
	expect_load_unharmed
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

# Connections that it had moved are cut off, as by any reboot: hence the last.
test_a_node_that_has_forgotten_all_redirects_again_after_a_start()
{
	client_connect a service
	client_gets a users-x context=x
	agent_stop KILL
	node_forget
	client_connect b service
	client_gets b 'users-1|users-2' context=x
	agent_launch "$SHUNTD" --manifests "$MANIFESTS" --keys "$WORLD/keys" --interface 'veth-*'
	agent_await
	client_gets b users-x context=x
	client_connect a service
	client_gets a users-x context=x
}

matrix_main "$PAIRWISE"
