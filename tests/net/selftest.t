#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The agent finds out itself, and says, whether passports reach the offloaded pods of another node.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/nodes.sh"

# Either offloaded pod has two ports in two families. Nobody listens on one of those of users-y,
# which is on the node that tests.
ALL=8
REMOTE=4 # of users-x
ROUND=30 # seconds in which the agent has tested what is new to it
mark=1 # the line of its log that counts

world_ready()
{
	context_write x 'pod: users-x'
	nginx_start users-x
	for node in "${NODES[@]}"; do
		# With only a link-local one it could not ask pods of the other node.
		in_node ip address add "fd77:253::${NODE_NUMBER[$node]}/64" dev vxlan0 nodad
		launch
	done
	node=node-a
}

launch()
{
	agent_launch "$SHUNTD" --manifests "$MANIFESTS" --keys "$WORLD/keys" --interface 'veth-*'
	agent_await
}

# To an agent that starts, all endpoints are new.
restart()
{
	agent_stop
	mark=$(($(wc -l <"$WORLD/log/$(agent_name)") + 1))
	launch
}

# What was bad is tested again when a generation comes.
touch_contexts()
{
	applied context_write "round-$SRANDOM" 'pod: users-y'
}

# What $node does to packets to the other one.
middlebox() # TYPE-AND-PRIORITY RULE
{
	in_node nft -f - <<-END
		table inet middlebox {
			chain out {
				type $1
				oifname vxlan0 $2
			}
		}
	END
}

middlebox_remove()
{
	in_node nft delete table inet middlebox
}

result() # LABEL
{
	on_node curl -fs "http://$LISTEN/metrics" |
		sed -n "s/^shunt_selftest_endpoints{result=\"$1\"} //p"
}

results_are() # LABEL=COUNT...
{
	local word

	for word; do
		[ "$(result "${word%=*}")" = "${word#*=}" ] || return
	done
}

expect_results() # LABEL=COUNT...
{
	wait_for "$ROUND" results_are "$@" ||
		fail "want $*, got $(on_node curl -fs "http://$LISTEN/metrics" | grep selftest)"
}

# Lines about users-x since the mark.
said()
{
	tail -n "+$mark" "$WORLD/log/$(agent_name)" |
		grep -E "self-test: ($(pod_address4 users-x)|\[$(pod_address6 users-x)\]):[0-9]+ of shop/users:"
}

expect_said() # TEXT
{
	expect_equal "$(said | grep -cF "$1")" "$REMOTE" "lines with '$1'"
	expect_equal "$(said | wc -l)" "$REMOTE" "lines about users-x"
}

expect_moved_is_answered() # REASON
{
	client_connect a service
	client_ok a send context=x
	client_ok a receive
	expect_match "$answer" "status=503 .*$1" "answer to a moved request"
}

# Everything is as it was, and that is said once.
expect_good_again()
{
	mark=$(($(wc -l <"$WORLD/log/$(agent_name)") + 1))
	touch_contexts
	expect_results "arrived=$((ALL - 2))"
	expect_said 'passports arrive now'
}

test_passports_arrive_and_no_server_sees_a_connection()
{
	expect_results "arrived=$((ALL - 2))" closed=2
	expect_equal "$(accepts users-x users-y)" 0 "connections that servers accepted"
	expect_soon 2 "no connection is left half open" no_server_connections
	expect_equal "$(in_node ss -Hawn | awk '{ print $4 }' | sort | tr '\n' ' ')" \
		'127.255.255.254:6 [::1]:6 ' "where idle raw sockets take packets"
	expect_equal "$(tail -n "+$mark" "$WORLD/log/$(agent_name)" | grep -c self-test)" 0 "lines said"
}

test_what_strips_the_option_is_found_and_said()
{
	middlebox 'filter hook postrouting priority filter' 'reset tcp option 254'
	restart
	expect_results "lost=$REMOTE" arrived=2
	expect_said 'let TCP option 254 through'
	expect_moved_is_answered passport_lost
	middlebox_remove
	expect_good_again
}

# To ports that no probe comes from by itself.
test_what_translates_addresses_is_found_and_said()
{
	middlebox 'nat hook postrouting priority srcnat' 'meta l4proto tcp masquerade to :20000-20999'
	restart
	expect_results "translated=$REMOTE" arrived=2
	expect_said 'exempt traffic to pods from masquerade'
	expect_moved_is_answered passport_refused
	middlebox_remove
	expect_good_again
}

could_not_be_moved()
{
	tail -n "+$mark" "$WORLD/log/$(agent_name)" |
		grep '2 requests could not be moved.*exempt traffic to pods from masquerade'
}

# The agent asks from the node's address; the requests themselves tell.
test_what_translates_only_pods_is_said_when_requests_fail()
{
	middlebox 'nat hook postrouting priority srcnat' \
		'iifname { cni0, veth-client-a } meta l4proto tcp masquerade to :20000-20999'
	restart
	expect_results "arrived=$((ALL - 2))"
	expect_moved_is_answered passport_refused
	expect_moved_is_answered passport_refused
	expect_soon 35 "what the requests tell" could_not_be_moved
	middlebox_remove
	expect_equal "$(said)" "" "lines about endpoints"
}

# Of long ago: epochs 1000 and 1001.
keys_outdate()
{
	local element

	for element in 0 1; do
		on_node bpftool map update pinned "$BPFFS/keys" key "$element" 0 0 0 \
			value 232 3 0 0 233 3 0 0 232 3 0 0 0 0 0 0 $(seq 32)
	done
}

test_a_node_with_other_keys_is_found_and_said()
{
	node=node-b
	agent_stop
	keys_outdate
	node=node-a
	restart
	expect_results "other_keys=$REMOTE" arrived=2
	expect_said 'does not know the present key'
	node=node-b
	launch
	node=node-a
	expect_good_again
}

test_silence_says_nothing()
{
	node=node-b
	middlebox 'filter hook postrouting priority filter' 'meta l4proto tcp drop'
	node=node-a
	restart
	expect_results "silent=$REMOTE" arrived=2
	node=node-b
	middlebox_remove
	node=node-a
	expect_equal "$(said)" "" "lines said"
}

observe()
{
	manifest_write settings.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Settings
		metadata: {name: default}
		spec: {fence: {mode: observe}}
	END
}

# Where everything is let in, an answer would prove nothing.
test_fences_that_only_observe_are_not_tested()
{
	applied observe
	expect_results arrived=0 closed=0 silent=0 untested=0
	applied rm "$MANIFESTS/settings.yaml"
	expect_results "arrived=$((ALL - 2))"
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main 'routed 4 on|bridged 6 off'
