#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The fence on the link that joins two nodes whose pods are routed, in the driver and behind it: what
# comes from the other node is refused there, before the node sees anything, and moved requests pass.

. "$(dirname "$0")/lib.sh"
JOIN=routes
. "$NET/lib/nodes.sh"
. "$NET/lib/fence.sh"
. "$NET/lib/xdp.sh"

PLACES=(client-a users-1 node-a) # users-x is on the other node
ORIGIN='users-1|users-2'
declare -A MODE=([routed]=native [bridged]=generic)

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'sha: 9e01d77'
	for node in "${NODES[@]}"; do
		in_node ip address add "fd77:253::${NODE_NUMBER[$node]}/64" dev underlay nodad
	done
	uplink_prepare
	node=node-a
	launch
	node=node-b
	launch --uplink underlay
	for node in "${NODES[@]}"; do
		expect_soon 10 "SYNs of the agents" passports_are_tested
	done
	node=node-b
	keys_read
}

# A veth sends at once what an XDP program turns round only where its peer has a program too, and takes
# none where its peer has more queues to send than it has to receive.
uplink_prepare()
{
	if [ "${MODE[$TOPOLOGY]}" = native ]; then
		xdp_other_load /sys/fs/bpf/other
		bpftool net attach xdpdrv pinned /sys/fs/bpf/other dev up-node-b
	else
		ethtool -L up-node-b tx 2
	fi
}

launch() # OPTIONS...
{
	agent_launch "$SHUNTD" --manifests "$MANIFESTS" --keys "$WORLD/keys" --interface 'veth-*' "$@"
	agent_await
}

test_the_uplink_has_the_fence()
{
	expect_equal "$(shunt status --output json | jq -r '[.uplinks[] | .name, .mode] | join(" ")')" \
		"underlay ${MODE[$TOPOLOGY]}" "uplinks in the status"
}

# SYNs to users-x that node-b gets from its uplink.
syns_watch()
{
	in_node nft -f - <<-END
		table inet seen {
			counter syns { }
			chain watch {
				type filter hook prerouting priority raw
				iifname underlay ip daddr $(pod_address4 users-x) jump syns
				iifname underlay ip6 daddr $(pod_address6 users-x) jump syns
			}
			chain syns {
				tcp dport $HTTP_TARGET tcp flags & (syn|ack) == syn counter name syns
			}
		}
	END
}

syns_seen()
{
	in_node nft -j list counter inet seen syns | jq '.nftables[1].counter.packets'
}

test_what_has_no_right_passport_is_refused_before_the_node_sees_it()
{
	local FAMILY place

	syns_watch
	for FAMILY in 4 6; do
		for place in "${PLACES[@]}"; do
			refused_whatever_it_shows "$place"
			counted fence_missing=1 fence_refused=1 -- \
				request_refused "$place" "$(pod_address users-x)" "$HTTP_TARGET"
		done
	done
	expect_equal "$(syns_seen)" 0 "SYNs that the node saw"
	expect_equal "$(accepts users-x)" 0 "connections that the offloaded pod got"
}

# On the pod's link it is let in, and counted once.
test_the_right_passport_passes()
{
	local FAMILY place number=0

	for FAMILY in 4 6; do
		for place in "${PLACES[@]}"; do
			counted fence_passed=1 fence_refused=0 -- syn "$place" --key "$key" --epoch "$epoch"
			expect_equal "$answer" syn-ack "answer to the right passport from $place"
			number=$((number + 1))
		done
	done
	expect_equal "$(syns_seen)" "$number" "SYNs that the node saw"
	in_node nft delete table inet seen
}

test_moved_requests_pass()
{
	local FAMILY

	for FAMILY in 4 6; do
		client_pod=client-a
		client_connect "a$FAMILY" service
		counted fence_passed=1 fence_refused=0 -- client_gets "a$FAMILY" users-x context=x
		client_gets "a$FAMILY" users-y context=y
		client_gets "a$FAMILY" users-x context=x body=1000000 download=1000000
		client_ok "a$FAMILY" repeat 500 0 x=users-x "-=${ORIGIN/|/,}" y=users-y
	done
}

# Requests of node-b's own pods do not come by the uplink, but their answers do.
test_requests_of_pods_of_the_same_node_are_fenced_too()
{
	local FAMILY

	client_pod=client-b
	for FAMILY in 4 6; do
		counted fence_missing=1 fence_refused=1 -- \
			request_refused client-b "$(pod_address users-x)" "$HTTP_TARGET"
		client_connect "b$FAMILY" service
		client_gets "b$FAMILY" users-x context=x
		client_gets "b$FAMILY" users-y context=y body=1000000 download=1000000
	done
}

test_other_traffic_passes()
{
	local FAMILY

	client_pod=client-a
	for FAMILY in 4 6; do
		client_connect "a$FAMILY" users-2
		client_gets "a$FAMILY" users-2 body=1000000 download=1000000
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
