#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Exclusion on two nodes with a manager: wherever connections come from, none that is ordinary gets to
# an offloaded pod, and at an edge nobody is led there by a marker that is not signed.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/nodes.sh"
. "$NET/lib/manager.sh"
. "$NET/lib/steer.sh"
. "$NET/lib/fence.sh"

CONNECTIONS=5000 # of each node
ORDINARY=(users-1 users-2 users-3)
CHOICE=("${ORDINARY[@]}" users-x)
SERVERS='users-1|users-2|users-3'
SELECTED=(users-x)
PLACES=(client-a users-1 node-a client-b users-2 node-b) # users-x is on node-b

world_pods()
{
	pod_add users-3
}

world_ready()
{
	local node

	server_start users-3
	clients_write
	tokens_make
	manager_start m1
	for node in "${NODES[@]}"; do
		# With only a link-local one it could not ask pods of the other node.
		in_node ip address add "fd77:253::${NODE_NUMBER[$node]}/64" dev vxlan0 nodad
		managed_start m1
	done
	expect_soon 5 "both nodes are live" all_nodes_are_live
	context set x shop/users=pod:users-x
	context set y shop/users=pod:users-y
	expect_soon 5 "the contexts on both nodes" nodes_have_overrides 4
	for node in "${NODES[@]}"; do
		expect_soon 15 "SYNs of the agents" passports_are_tested
	done
}

clients_write()
{
	{
		client_manifest client-a edge 'app: gateway'
		client_manifest client-b edge 'app: gateway'
	} | manifest_write clients.yaml
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

# In both families, whatever this world's own is.
test_direct_attempts_from_anywhere_are_refused_at_once()
{
	local FAMILY place before node=node-b

	before=$(accepts users-x)
	for FAMILY in 4 6; do
		for place in "${PLACES[@]}"; do
			counted fence_missing=1 fence_refused=1 -- \
				request_refused "$place" "$(pod_address users-x)" "$HTTP_TARGET"
		done
	done
	expect_equal "$(accepts users-x)" "$before" "connections that the offloaded pod got"
}

test_wrong_passports_from_anywhere_are_refused_and_the_right_one_is_not()
{
	local FAMILY place before node=node-b

	keys_read
	before=$(accepts users-x)
	for FAMILY in 4 6; do
		for place in "${PLACES[@]}"; do
			refused_whatever_it_shows "$place"
			counted fence_passed=1 fence_refused=0 -- \
				syn "$place" --key "$key" --epoch "$epoch"
			expect_equal "$answer" syn-ack "answer to the right passport from $place"
		done
	done
	expect_equal "$(accepts users-x)" "$before" "connections that the offloaded pod got"
}

# What a client was given is of no use to anybody else, on its node or on another one.
test_passport_of_a_client_is_refused_from_elsewhere()
{
	local FAMILY place stolen node=node-b

	keys_read
	for FAMILY in 4 6; do
		stolen=$(passport client-a --port 45003 --sequence 78) || fail "no passport: $stolen"
		for place in "${PLACES[@]:1}"; do
			refused 0x5303 fence_forged "$place" --port 45003 --sequence 78 --passport "$stolen"
		done
	done
}

test_every_moved_request_of_both_nodes_passes()
{
	local FAMILY i node=node-b before

	before=$(counter fence_refused)
	for FAMILY in 4 6; do
		for ((i = 0; i < 20; i++)); do
			counted fence_passed=2 -- move_anew
		done
	done
	expect_equal "$(counter fence_refused)" "$before" "connections refused"
}

# A new connection of each client, moved to the pod of either node.
move_anew()
{
	local client

	clients_connect service
	for client in client-a client-b; do
		client_gets "$client" users-x context=x
		client_gets "$client" users-y context=y
		client_gets "$client" "$SERVERS"
	done
	clients_end
	clients=()
}

# The clients of both nodes are edges then, by their namespace and labels.
test_at_edges_only_what_the_manager_signed_counts()
{
	local name x y

	manifest_write settings.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Settings
		metadata: {name: default}
		spec: {edges: [{namespace: edge, labels: {app: gateway}}]}
	END
	clients_connect service
	for name in a b; do
		expect_soon 5 "client-$name has to sign" client_is_ordinary "client-$name"
	done
	x=$(signed x) y=$(signed y) || exit 1
	for name in a b; do
		node=node-$name obeyed_signed "client-$name" "$x" "$y"
	done
	rm "$MANIFESTS/settings.yaml"
	for name in a b; do
		expect_soon 5 "client-$name need not sign" client_is_moved "client-$name"
	done
}

# The context's name with the tag that the manager makes.
signed() # NAME
{
	local line

	line=$("$SHUNT" header "$1" --signed) || fail "shunt header $1 --signed"
	expect_match "$line" "^x-shunt-context: $1\.[0-9a-f]{16}$" "the signed header of $1"
	echo "${line#x-shunt-context: }"
}

obeyed_signed() # CLIENT SIGNED-X SIGNED-Y
{
	counted unsigned=1 bad_signature=0 -- client_gets "$1" "$SERVERS" context=x
	counted unsigned=0 bad_signature=0 -- client_gets "$1" users-x "context=$2"
	counted unsigned=0 bad_signature=0 -- client_gets "$1" users-y "context=$3"
	counted unsigned=0 bad_signature=1 -- client_gets "$1" "$SERVERS" context=x.0123456789abcdef
	counted unsigned=0 bad_signature=1 -- client_gets "$1" "$SERVERS" "context=x.${3#*.}"
	counted unsigned=0 bad_signature=0 -- client_gets "$1" "$SERVERS"
}

client_is_ordinary() # CLIENT
{
	client_do "$1" request context=x
	[[ $answer =~ "status=200 server="($SERVERS)" " ]]
}

client_is_moved() # CLIENT
{
	client_do "$1" request context=x
	[[ $answer == *"status=200 server=users-x "* ]]
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
