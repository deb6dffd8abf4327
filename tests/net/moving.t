#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Where requests go: each to the pod that its marker names, the others to their origin.

. "$(dirname "$0")/lib.sh"

ORIGIN=users-1,users-2

world_pods()
{
	pod_add users-z 77aa001
	pod_add users-w c0ffee1
	server_start users-z
	server_start users-w
}

contexts_write()
{
	context_write x 'pod: users-x'
	context_write y 'sha: 9e01d77'
	context_write z "address: \"$(host_port "$(pod_address users-z)" "$HTTP_TARGET")\""
	context_write w 'pod: users-w'
}

world_ready()
{
	contexts_write
	nginx_start_each users-1 users-2 users-x
	agent_start
}

test_unmarked_request_goes_to_the_origin()
{
	local before frontend

	before=$(accepts users-x users-y users-z users-w)
	for frontend in service users-1; do
		client_connect "$frontend" "$frontend"
		client_gets "$frontend" 'users-1|users-2'
		client_gets "$frontend" 'users-1|users-2' download=100000
	done
	expect_equal "$(accepts users-x users-y users-z users-w)" "$before" "connections to offloaded pods"
}

test_marked_request_goes_to_the_offloaded_pod()
{
	local frontend port

	for frontend in service users-1; do
		client_connect "$frontend" "$frontend"
		port=$(answer_word port)
		client_gets "$frontend" users-x context=x
		expect_equal "$(answer_word peer)" "$(host_port "$(pod_address client)" "$port")" \
			"the client as the offloaded pod sees it"
		client_gets "$frontend" users-x context=x download=100000
	done
}

test_overrides_by_pod_and_commit_and_address_are_obeyed()
{
	local frontend context

	for frontend in service users-2; do
		for context in x y z w; do
			client_connect "$frontend$context" "$frontend"
			client_gets "$frontend$context" "users-$context" "context=$context"
		done
	done
}

test_access_log_of_the_offloaded_nginx_shows_the_own_address_of_the_client()
{
	expect_equal "$(client_curl /marked -H 'x-shunt-context: x')" users-x "answer"
	expect_soon 2 "access log" grep -qE \
		"^$(pod_address client) [0-9]+ \"GET /marked HTTP/1.1\" context=x$" "$WORLD/log/nginx-users-x"
	expect_match "$(client_curl /unmarked)" '^users-[12]$' "answer without a marker"
	expect_equal "$(cat "$WORLD"/log/nginx-users-[12] | grep -c /marked)" 0 "marked requests at the origin"
	expect_equal "$(grep -c /unmarked "$WORLD/log/nginx-users-x")" 0 "unmarked requests at users-x"
}

test_unknown_context_goes_to_the_origin_and_is_counted()
{
	local before

	before=$(counter unknown_context)
	client_connect a service
	client_gets a 'users-1|users-2' context=nobody
	client_gets a 'users-1|users-2' context=nobody-else
	expect_equal "$(counter unknown_context)" $((before + 2)) "unknown contexts counted"
}

# The alternation costs one handshake more than no alternation.
alternate() # FRONTEND ORIGIN-SERVERS SEED
{
	local origins offloaded

	origins=$(accepts users-1 users-2)
	offloaded=$(accepts users-x)
	client_connect "$1" "$1"
	client_ok "$1" repeat 2000 "$3" "-=$2" x=users-x
	note "2000 requests, $1, IPv$FAMILY: $(answer_word ms) ms"
	expect_equal $(($(accepts users-1 users-2) - origins)) 1 "connections to the origin"
	expect_equal $(($(accepts users-x) - offloaded)) 1 "connections to the offloaded pod"
}

test_2000_alternating_requests_through_the_ClusterIP_cost_one_extra_handshake()
{
	alternate service $ORIGIN 0
}

test_2000_alternating_requests_straight_to_a_pod_cost_one_extra_handshake()
{
	alternate users-1 users-1 0
}

test_2000_requests_in_random_order_cost_one_extra_handshake()
{
	alternate service $ORIGIN 7
}

segments() # FIELD PODS...
{
	local pod

	for pod in "${@:2}"; do
		in_pod "$pod" nstat -asz "$1"
	done | awk -v name="$1" '$1 == name { sum += $2 } END { print sum }'
}

all_is_acknowledged()
{
	local pod

	for pod in users-1 users-2 users-x; do
		in_pod "$pod" ss -tniH | grep -q unacked: && return 1
	done
	return 0
}

# The next request on a leg brings the acknowledgement of the answer before. Where none follows, its
# server sends that again, once, and has it then.
test_requests_that_take_turns_bring_the_acknowledgements_with_them()
{
	local got answered again

	got=$(segments TcpInSegs users-x)
	again=$(segments TcpRetransSegs users-1 users-2 users-x)
	answered=$(counter parked_answered)
	client_connect a service
	client_ok a repeat 400 0 x=users-x "-=$ORIGIN"
	expect_between $(($(segments TcpInSegs users-x) - got)) 200 $((200 + 40 * NET_PATIENCE)) "segments to the offloaded pod"
	expect_soon 5 "all is acknowledged" all_is_acknowledged
	again=$(($(segments TcpRetransSegs users-1 users-2 users-x) - again))
	note "sent again after 400 requests: $again"
	expect_between "$again" 0 $((10 * NET_PATIENCE)) "segments sent again"
	expect_equal $(($(counter parked_answered) - answered)) "$again" "answered for the client"
}

test_three_contexts_taking_turns_never_meet_the_wrong_pod()
{
	local before

	before=$(accepts users-x users-y users-z)
	client_connect a service
	client_ok a repeat 1500 0 x=users-x y=users-y z=users-z
	client_ok a repeat 1500 0 x=users-x -=$ORIGIN y=users-y z=users-z
	client_ok a repeat 1000 11 x=users-x -=$ORIGIN y=users-y z=users-z
	expect_equal $(($(accepts users-x users-y users-z) - before)) 3 "connections to offloaded pods"
}

# One more than a connection keeps legs for: legs are replaced, and pods meet tuples they know.
test_more_contexts_than_legs_never_meet_the_wrong_pod()
{
	client_connect a service
	client_ok a repeat 500 0 x=users-x y=users-y z=users-z w=users-w -=$ORIGIN
	client_ok a repeat 500 13 x=users-x y=users-y z=users-z w=users-w -=$ORIGIN
}

test_a_context_that_changes_is_followed_by_the_next_request()
{
	client_connect a service
	context_apply moving 'pod: users-x'
	client_gets a users-x context=moving
	context_apply moving 'pod: users-y'
	client_gets a users-y context=moving
	applied rm "$MANIFESTS/context-moving.yaml"
	client_gets a 'users-1|users-2' context=moving
	client_gets a users-x context=x
}

test_offloaded_pod_that_is_not_ready_is_no_target()
{
	client_connect a service
	client_gets a users-w context=w
	applied cluster_write users-w
	client_gets a 'users-1|users-2' context=w
	applied cluster_write
	client_gets a users-w context=w
}

test_sixteen_connections_at_once_under_wrk_are_all_answered_rightly()
{
	client_wrk 2 -s "$NET/wrk.lua"
	note "checked alternation under wrk: $rate requests/s"
}

test_nothing_is_left_when_the_clients_are_gone()
{
	expect_clean
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main
