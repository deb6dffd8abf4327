#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What networks between nodes do to packets: a VXLAN wraps them, in frames with a VLAN tag, links are
# smaller than the pods', and addresses are translated on the way. Clients are on node-a, users-x is on
# node-b; users-1 and users-y are on node-a.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/nodes.sh"
. "$NET/lib/fence.sh"
. "$NET/lib/mtu.sh"
. "$NET/lib/neighbours.sh"

ORIGIN=users-1,users-2

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'sha: 9e01d77'
	for node in "${NODES[@]}"; do
		in_node ip address add "fd77:253::${NODE_NUMBER[$node]}/64" dev vxlan0 nodad
		agent_launch "$SHUNTD" --manifests "$MANIFESTS" --keys "$WORLD/keys" \
			--interface 'veth-*'
		agent_await
	done
	node=node-a
}

test_requests_move_over_the_VXLAN_in_both_families()
{
	local FAMILY

	for FAMILY in 4 6; do
		requests_move
		bodies_go
	done
}

# Each node tags what it sends over the underlay, and takes tags away; between them, frames are counted.
tags_add()
{
	local node

	for node in "${NODES[@]}"; do
		neighbour_add underlay egress 1 tag
		neighbour_add underlay ingress 1 untag
	done
	nft -f - <<-END
		table bridge between {
			counter tagged { }
			counter others { }
			chain forward {
				type filter hook forward priority filter
				vlan id 7 counter name tagged accept
				counter name others
			}
		}
	END
}

frames_between() # tagged|others
{
	nft -j list counter bridge between "$1" | jq '.nftables[1].counter.packets'
}

# No tag reaches a pod's link: these are the network's own.
test_requests_move_over_an_underlay_with_VLAN_tags()
{
	local FAMILY

	neighbours_begin
	tags_add
	for FAMILY in 4 6; do
		requests_move
		bodies_go
	done
	expect_between "$(frames_between tagged)" 1000 1000000 "frames with the tag"
	expect_equal "$(frames_between others)" 0 "frames without the tag"
	neighbours_end
	nft delete table bridge between
}

# The way to users-x and users-2 is smaller than the links at both of its ends, and only routers know.
test_bodies_over_a_way_between_nodes_that_is_smaller_than_links()
{
	local FAMILY

	links_set_mtu 9000 client-a users-1 users-2 users-x
	for FAMILY in 4 6; do
		bodies_go
	done
	links_set_mtu "$POD_MTU" client-a users-1 users-2 users-x
}

# node-a's address takes the place of its pods', as where pods' addresses are known on their nodes only.
masquerade()
{
	in_node nft -f - <<-END
		table inet translation {
			chain out {
				type nat hook postrouting priority srcnat
				oifname vxlan0 meta l4proto tcp masquerade
			}
		}
	END
}

masquerade_end()
{
	in_node nft delete table inet translation
}

generations_are() # NUMBERS...
{
	[ "$(node=node-a generation)" = "$1" ] && [ "$(node=node-b generation)" = "$2" ]
}

# On both nodes.
fence_set() # [FIELDS]
{
	local a b

	a=$(node=node-a generation) b=$(node=node-b generation)
	manifest_write settings.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Settings
		metadata: {name: default}
		spec: {fence: {${1:-}}}
	END
	expect_soon 10 "the fence on both nodes" generations_are $((a + 1)) $((b + 1))
}

# Those that stay on the node, and ordinary ones, are none of the fence's.
expect_passport_refused()
{
	client_connect a service
	client_gets a users-y context=y body=100000 download=100000
	client_gets a 'users-1|users-2' body=100000 download=100000
	counted passport_refused=1 -- client_ok a request context=x
	expect_match "$answer" 'status=503 .*reason=passport_refused' "answer"
	client_ok a close
	client_connect a users-2
	client_gets a users-2 body=100000 download=100000
	client_gets a users-y context=y
	client_ok a close
}

test_requests_to_another_node_that_masquerades_are_refused_by_the_fence_and_no_others()
{
	local FAMILY

	masquerade
	for FAMILY in 4 6; do
		expect_passport_refused
	done
	masquerade_end
}

# The server sees the node.
test_requests_move_through_masquerade_where_the_fence_lets_in_the_node()
{
	local FAMILY fields

	masquerade
	for fields in "allowedSources: [10.77.253.1/32, 'fd77:253::1/128']" 'mode: observe' 'mode: "off"'; do
		fence_set "$fields"
		for FAMILY in 4 6; do
			requests_move
			client_connect a service
			client_gets a users-x context=x
			expect_match "$(answer_word peer)" "^\[?$(place_address node-a)\]?:" "peer"
			client_ok a close
		done
	done
	fence_set
	masquerade_end
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

matrix_main '^(routed 4 on|bridged 6 off)'
