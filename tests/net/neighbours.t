#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Programs of others on the client's link, before Shunt's and behind: requests move, each program sees
# each packet once and as it should, and what jumps over Shunt is ordinary traffic.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/neighbours.sh"

ORIGIN=users-1,users-2
LINK=veth-client

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'sha: 9e01d77'
	agent_start
}

watchers_add()
{
	neighbour_add pod:client egress 1 pod_out
	neighbour_add pod:client ingress 1 pod_in
	neighbour_add $LINK ingress $BEFORE before_in
	neighbour_add $LINK ingress $AFTER after_in
	neighbour_add $LINK egress $BEFORE before_out
	neighbour_add $LINK egress $AFTER after_out
}

exchange() # NAME SERVERS [WORDS...]
{
	local i

	for i in 1 2 3 4 5; do
		client_gets "$1" "$2" "${@:3}" body=50000 download=50000
	done
}

test_programs_before_and_behind_see_each_packet_once_and_their_own_view_of_it()
{
	local FAMILY then

	neighbours_begin
	watchers_add
	for FAMILY in 4 6; do
		client_connect "a$FAMILY" service
		client_gets "a$FAMILY" users-x context=x
		then=$(seen_all)
		exchange "a$FAMILY" users-x context=x
		expect_seen_alike "$then" pod_out:80 before_in:80 after_in:8080
		expect_seen_alike "$then" before_out:8080 after_out:80 pod_in:80
		expect_equal "$(since "$then" after_in:80)$(since "$then" before_out:80)" '0 00 0' \
			"packets of moved requests that those behind Shunt saw untranslated"
		client_gets "a$FAMILY" 'users-1|users-2'
		then=$(seen_all)
		exchange "a$FAMILY" 'users-1|users-2'
		expect_seen_alike "$then" pod_out:80 before_in:80 after_in:80
		expect_seen_alike "$then" before_out:80 after_out:80 pod_in:80
		client_ok "a$FAMILY" close
	done
}

# Requests that move, fail and are answered by the kernel: packets go on, are made and turn round.
every_kind_of_packet()
{
	requests_move
	server_stop users-y
	client_connect refused service
	client_ok refused request context=y
	expect_match "$answer" 'status=503 ' "answer for a pod that refuses"
	server_start users-y
}

test_marks_and_priorities_stay_with_packets_and_do_not_turn_round_with_them()
{
	local all

	neighbours_begin
	neighbour_add $LINK ingress $BEFORE mark_in
	neighbour_add $LINK ingress $AFTER after_in
	neighbour_add $LINK egress $BEFORE mark_out
	neighbour_add $LINK egress $AFTER after_out
	every_kind_of_packet
	expect_equal "$(all_have after_in 'marks[1]') $(all_have after_out 'marks[0]')" "true true" \
		"whether all packets behind Shunt have their mark"
	expect_equal "$(all_have after_in priority) $(all_have after_out priority)" "true true" \
		"whether all packets behind Shunt have their priority"
	expect_equal "$(seen mark_in 'marks[0]') $(seen mark_out 'marks[1]')" "0 0" \
		"packets with the other direction's mark"
}

# Others' programs redirect what these pods send; they find the way by the node's routes and neighbours,
# which are there once somebody was there.
links_redirect() # PRIORITY PROGRAM POD...
{
	local pod

	neighbours_begin
	requests_move
	for pod in "${@:3}"; do
		neighbour_add "veth-$pod" ingress "$1" "$2"
	done
}

redirects()
{
	echo jump jump_neigh
	[ "$TOPOLOGY" = bridged ] || echo jump_peer
}

test_packets_redirected_before_Shunt_are_ordinary_traffic()
{
	local program

	for program in $(redirects); do
		links_redirect $BEFORE "$program" client users-1
		requests_stay users-1 users-1
		expect_between "$(seen "$program" packets)" 400 20000 "packets redirected by $program"
	done
}

test_requests_move_where_packets_are_redirected_behind_Shunt()
{
	local program

	for program in jump jump_neigh; do
		links_redirect $AFTER "$program" client users-1 users-2 users-x
		requests_go users-x users-1 users-1
		expect_between "$(seen "$program" packets)" 400 20000 "packets redirected by $program"
	done
}

test_packets_accepted_before_Shunt_are_ordinary_traffic()
{
	neighbours_begin
	neighbour_add $LINK ingress $BEFORE finish_in
	neighbour_add $LINK egress $BEFORE finish_out
	requests_stay service $ORIGIN
	expect_between "$(seen finish_in packets)" 400 20000 "packets accepted"
}

# What comes to the client's pod jumps over Shunt, and what it sends does not: on routed links straight into
# the pods, as Cilium does it.
answers_jump()
{
	if [ "$TOPOLOGY" = routed ]; then
		links_redirect $BEFORE jump_peer users-1 users-x
		neighbour_add $LINK ingress $AFTER jump_peer
	else
		neighbours_begin
		neighbour_add $LINK egress $BEFORE finish_out
	fi
}

# Requests that no answer was seen before stay. A connection's first one moves, and its leg never opens,
# which the client is told.
test_where_only_answers_jump_over_Shunt_ordinary_requests_go_and_the_first_if_marked_gets_504()
{
	local FAMILY

	answers_jump
	for FAMILY in 4 6; do
		client_connect "marked$FAMILY" users-1
		client_ok "marked$FAMILY" send context=x
		client_connect "a$FAMILY" users-1
		client_gets "a$FAMILY" users-1 body=300000 download=300000
		client_ok "a$FAMILY" repeat 100 0 -=users-1 x=users-1
	done
	for FAMILY in 4 6; do
		client_ok "marked$FAMILY" receive
		expect_match "$answer" 'status=504 .*reason=timeout' "answer to a marked request"
	done
}

u32_add() # HOOK PRIORITY ARGUMENTS...
{
	neighbour_filter $LINK "$1" "$2" protocol ip u32 match ip protocol 6 0xff "${@:3}"
	neighbour_filter $LINK "$1" $(($2 + 1)) protocol ipv6 u32 match ip6 protocol 6 0xff "${@:3}"
}

# A filter that matches without an action ends the hook.
test_packets_that_u32_classifies_before_Shunt_are_ordinary_traffic()
{
	neighbours_begin
	u32_add ingress $BEFORE flowid 1:1
	u32_add egress $BEFORE flowid 1:1
	requests_stay service $ORIGIN
}

# The copies go nowhere: each filter makes them of 100 requests or answers at least, of each family.
test_requests_move_where_u32_mirrors_before_Shunt_and_behind()
{
	local hook

	neighbours_begin
	ip -batch - <<-END
		link add sink type veth peer name sink-end
		link set sink up
		link set sink-end up
	END
	for hook in ingress egress; do
		u32_add $hook $BEFORE action mirred egress mirror dev sink continue
		u32_add $hook $AFTER action mirred egress mirror dev sink continue
	done
	requests_move
	neighbours_end
	expect_between "$(ip -s -j link show sink | jq '.[0].stats64.tx.packets')" $((2 * 100 * 4)) 40000 "copies"
	ip link delete sink
}

tcx_add() # ingress|egress PROGRAM
{
	"$TOOLS/tcx" attach "$OTHER/$2" $LINK "$1" || fail "no TCX program at $1"
}

tcx_end()
{
	"$TOOLS/tcx" detach "$OTHER/$2" $LINK "$1"
}

# TCX comes before all filters.
test_programs_of_TCX_see_each_packet_once_and_requests_move()
{
	local start

	neighbours_begin
	watchers_add
	tcx_add ingress tcx_in
	tcx_add egress tcx_out
	requests_move
	client_connect a service
	client_gets a users-x context=x
	start=$(seen_all)
	exchange a users-x context=x
	expect_seen_alike "$start" pod_out:80 tcx_in:80 before_in:80 after_in:8080
	expect_seen_alike "$start" tcx_out:8080 before_out:8080 after_out:80 pod_in:80
	client_ok a close
	tcx_end ingress tcx_in
	tcx_end egress tcx_out
}

test_packets_that_TCX_accepts_are_ordinary_traffic()
{
	neighbours_begin
	tcx_add ingress finish_in
	tcx_add egress finish_out
	requests_stay service $ORIGIN
	expect_between "$(seen finish_in packets)" 400 20000 "packets accepted"
	tcx_end ingress finish_in
	tcx_end egress finish_out
}

# The pod's own end tags what it sends and takes tags away; on the node's end others do.
tags_add() # PROGRAM [COUNT]
{
	local i

	for ((i = 1; i <= ${2:-1}; i++)); do
		neighbour_add pod:client egress $i "$1"
		neighbour_add $LINK ingress $((AFTER + i)) untag
		neighbour_add $LINK egress $((BEFORE + i)) "$1"
		neighbour_add pod:client ingress $i untag
	done
	neighbour_add $LINK ingress $BEFORE before_in
	neighbour_add $LINK egress $((BEFORE + 10)) before_out
}

# Linux keeps one tag beside the packet, wherever in the frame it came.
test_requests_of_a_link_with_a_VLAN_tag_move()
{
	local program

	for program in tag tag_none; do
		neighbours_begin
		tags_add "$program"
		requests_move
		expect_equal "$(all_have before_in tagged) $(all_have before_out tagged)" "true true" \
			"whether all packets have a tag"
		in_pod client ethtool -K eth0 tx-vlan-hw-insert off >/dev/null
	done
	in_pod client ethtool -K eth0 tx-vlan-hw-insert on >/dev/null
}

# Shunt does not look behind the second, for which a frame has no room unless its packet is smaller.
test_packets_with_two_VLAN_tags_are_ordinary_traffic()
{
	neighbours_begin
	in_pod client ip link set eth0 mtu 1400
	tags_add tag 2
	requests_stay service $ORIGIN
	in_pod client ip link set eth0 mtu "$POD_MTU"
}

test_nothing_is_left_when_the_clients_are_gone()
{
	neighbours_end
	expect_clean
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main '^(routed 4 on|bridged 6 off)'
