#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What servers do to a leg while it is parked stays unseen by the client.

. "$(dirname "$0")/lib.sh"

IDLE=400 # ms until a server loses patience

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	agent_start
}

# Servers with these options instead of the ordinary ones.
restart() # OPTIONS... -- POD...
{
	local options=() pod

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	for pod; do
		server_stop "$pod"
		server_start "$pod" "${options[@]}"
	done
}

# Connections that the pods' servers have ended, having lost patience.
endings() # POD...
{
	local pod

	for pod; do
		cat "$WORLD/log/$pod"
	done | grep -c '^close .* timeout$'
}

ended() # COUNT POD...
{
	[ "$(endings "${@:2}")" -gt "$1" ]
}

expect_ending() # COUNT POD...
{
	expect_soon 5 "a server ends the parked leg" ended "$@"
}

origin_gives_up() # SERVER-OPTION WORDS...
{
	local before

	restart "$1" $IDLE -- users-1 users-2
	before=$(endings users-1 users-2)
	client_connect a service
	client_gets a 'users-1|users-2'
	client_gets a users-x context=x
	expect_ending "$before" users-1 users-2
	client_gets a 'users-1|users-2' "${@:2}"
	client_gets a users-x context=x
	client_gets a 'users-1|users-2'
	client_ok a repeat 50 0 x=users-x -=users-1,users-2
	restart -- users-1 users-2
}

test_keepalive_of_the_origin_runs_out_while_parked_and_the_next_request_succeeds()
{
	origin_gives_up --keepalive
}

test_keepalive_of_the_origin_runs_out_while_parked_and_the_next_upload_succeeds()
{
	origin_gives_up --keepalive body=50000
}

test_408_of_the_origin_into_its_parked_leg_never_reaches_the_client()
{
	local before

	before=$(counter parked_data)
	origin_gives_up --timeout
	expect_equal "$(($(counter parked_data) > before))" 1 "unasked data is counted"
}

offloaded_gives_up() # SERVER-OPTION WORDS...
{
	local before

	restart "$1" $IDLE -- users-x
	before=$(endings users-x)
	client_connect a users-1
	client_gets a users-x context=x
	client_gets a users-1
	expect_ending "$before" users-x
	client_gets a users-x context=x "${@:2}"
	client_gets a users-1
	client_gets a users-x context=x
	client_ok a repeat 50 0 x=users-x -=users-1
	restart -- users-x
}

test_keepalive_of_the_offloaded_pod_runs_out_while_parked_and_the_next_request_succeeds()
{
	offloaded_gives_up --keepalive
}

test_keepalive_of_the_offloaded_pod_runs_out_while_parked_and_the_next_upload_succeeds()
{
	offloaded_gives_up --keepalive body=50000
}

test_408_of_the_offloaded_pod_into_its_parked_leg_never_reaches_the_client()
{
	offloaded_gives_up --timeout
}

# Both at once, while the client uses a third.
test_two_parked_legs_end_while_a_third_is_used()
{
	local before

	restart --keepalive $IDLE -- users-1 users-2 users-x
	before=$(endings users-x)
	client_connect a service
	client_gets a 'users-1|users-2'
	client_gets a users-x context=x
	client_gets a users-y context=y
	expect_ending "$before" users-x
	client_gets a users-y context=y body=20000
	client_gets a users-x context=x body=20000
	client_gets a 'users-1|users-2' body=20000
	restart -- users-1 users-2 users-x
}

# A server that dies takes its connections with it.
test_offloaded_pod_that_dies_while_parked_is_replaced_unseen()
{
	client_connect a service
	client_gets a users-x context=x
	client_gets a 'users-1|users-2'
	restart -- users-x
	client_gets a users-x context=x
	client_gets a 'users-1|users-2'
}

# As without Shunt: the leg in use ends, so the connection ends.
test_server_that_ends_the_current_leg_ends_the_connection_of_the_client()
{
	client_connect a service
	client_gets a 'users-1|users-2'
	client_gets a users-x context=x query=close=1
	client_ok a eof
	expect_equal "$answer" 'ok eof' "the end of the connection"
	client_dial a service
	client_gets a users-x context=x
	client_gets a 'users-1|users-2' query=close=1
	client_ok a eof
	client_ok a close
	expect_clean
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main "$PAIRWISE"
