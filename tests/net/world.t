#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The world itself, without Shunt: what the other tests take for granted holds.

. "$(dirname "$0")/lib.sh"

test_every_pod_answers_at_its_own_address()
{
	local pod

	client_open a
	for pod in users-1 users-2 users-x users-y; do
		client_dial a "$pod"
		client_gets a "$pod"
		expect_match "$(answer_word peer)" "^\[?$(pod_address client)\]?:" "peer"
	done
}

test_ClusterIP_reaches_both_ordinary_pods_and_no_other()
{
	local i seen=

	client_open a
	for i in 1 2 3 4; do
		client_dial a service
		client_gets a 'users-1|users-2'
		seen+=" $(answer_word server)"
	done
	expect_match "$seen" users-1 "answers"
	expect_match "$seen" users-2 "answers"
}

test_ClusterIP_connection_keeps_its_pod()
{
	client_connect a service
	client_ok a repeat 500 0 -=users-1,users-2 other=users-1,users-2
}

test_bodies_are_intact()
{
	client_connect a service
	client_gets a 'users-1|users-2' download=20000000
	client_gets a 'users-1|users-2' download=1000000 query=chunked=1
	client_gets a 'users-1|users-2' body=5000000
	client_gets a 'users-1|users-2' body=1000000 chunk=1000 head=8000 apart
}

test_nginx_logs_the_address_of_the_client()
{
	nginx_start users-1
	in_pod client curl -sS --max-time 5 "http://$(host_port "$(pod_address users-1)" "$WEB_TARGET")/me" |
		grep -q '^users-1$' || fail "no answer"
	expect_soon 2 "access log" grep -q "^$(pod_address client) .*GET /me" "$WORLD/log/nginx-users-1"
}

test_offloads_are_as_this_world_says()
{
	local link state

	for link in veth-client veth-users-x; do
		state=$(ethtool -k "$link" |
			grep -cE "^(tx-checksumming|scatter-gather|tcp-segmentation-offload|generic-segmentation-offload|generic-receive-offload): $OFFLOADS")
		expect_equal "$state" 5 "settings of $link that are $OFFLOADS"
	done
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main
