#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Connections that are older than what moves them. The behaviours follow each other: the first
# two open connections before there is an agent.

. "$(dirname "$0")/lib.sh"

world_ready()
{
	context_write x 'pod: users-x'
}

test_connection_from_before_the_agent_is_moved_at_its_next_request()
{
	local frontend

	for frontend in service users-1; do
		client_connect "$frontend" "$frontend"
		client_gets "$frontend" 'users-1|users-2' download=100000
		client_gets "$frontend" 'users-1|users-2' context=x
	done
	client_connect silent service
	agent_start
	for frontend in service users-1 silent; do
		client_gets "$frontend" users-x context=x
		client_gets "$frontend" 'users-1|users-2' body=30000
		client_ok "$frontend" repeat 200 0 x=users-x -=users-1,users-2
	done
}

test_connection_from_before_the_context_is_moved_at_its_next_request()
{
	local frontend

	for frontend in service users-1; do
		client_connect "$frontend" "$frontend"
		client_gets "$frontend" 'users-1|users-2' body=100000
		client_gets "$frontend" 'users-1|users-2' context=late
	done
	client_connect silent service
	context_apply late 'pod: users-y'
	for frontend in service users-1 silent; do
		client_gets "$frontend" users-y context=late
		client_gets "$frontend" 'users-1|users-2'
		client_ok "$frontend" repeat 200 0 late=users-y -=users-1,users-2 x=users-x
	done
}

# The service has no other override, so nothing of the connection is remembered before.
test_connection_from_before_the_first_context_of_its_service_is_moved_at_its_next_request()
{
	client_connect a service
	client_gets a 'users-1|users-2'
	applied rm "$MANIFESTS/context-x.yaml" "$MANIFESTS/context-late.yaml"
	client_connect b service
	client_gets a 'users-1|users-2' download=50000
	client_gets b 'users-1|users-2' download=50000
	context_apply first 'pod: users-x'
	client_gets a users-x context=first
	client_gets b users-x context=first
	client_gets a 'users-1|users-2'
	client_gets b 'users-1|users-2'
}

test_upload_that_was_under_way_when_the_agent_started_is_not_taken_for_a_request()
{
	client_connect a service
	client_ok a send body=200000 to=100000
	client_ok a drain
	agent_stop
	agent_start
	client_ok a send body=200000 from=100000
	client_ok a receive body=200000
	expect_match "$answer" 'status=200 server=users-[12] ' "answer to the upload"
	client_gets a users-x context=first
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
