#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The client's end at each point of a move, by FIN and by RST. Afterwards nothing is left of the
# connection, neither in the maps nor at any server.

. "$(dirname "$0")/lib.sh"

world_pods()
{
	pod_add silent 5111e17
	in_pod silent nft -f - <<-END
		table inet silence {
			chain input {
				type filter hook input priority filter
				meta l4proto tcp drop
			}
		}
	END
}

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	context_write silent 'pod: silent'
	nginx_start_each users-1 users-2 users-x
	agent_start
}

# Brings two connections to a point and ends one with a FIN, the other with a RST.
end_at() # FUNCTION [SECONDS]
{
	local way

	for way in close reset; do
		client_connect "$way" service
		"$1" "$way"
		client_ok "$way" "$way"
	done
	expect_clean "${2:-}"
}

at_first_connected()
{
	:
}

test_end_before_the_first_request()
{
	end_at at_first_connected
}

within_head()
{
	client_gets "$1" users-x context=x
	client_ok "$1" send context=x to=40
	client_ok "$1" drain
}

test_end_within_the_head_of_a_request()
{
	end_at within_head
}

within_first_head()
{
	client_ok "$1" send context=x marker=last to=60
	client_ok "$1" drain
}

test_end_within_the_head_of_the_first_request()
{
	end_at within_first_head
}

while_opening()
{
	client_gets "$1" users-x context=x
	client_ok "$1" send context=silent body=1000
}

# A client that closes, and does not reset, still waits for its answer: the 504.
test_end_while_a_leg_is_opening()
{
	end_at while_opening 6
}

after_sending()
{
	client_ok "$1" send context=x
}

test_end_at_once_after_the_first_marked_request_is_sent()
{
	end_at after_sending
}

# All of it is acknowledged: a RST that is ahead of what the server has acknowledged leaves conntrack,
# which expects a challenge (RFC 5961), to call those invalid that answer acknowledgements under way. So
# it does with any connection.
within_upload()
{
	client_ok "$1" send context=x body=500000 to=200000
	client_ok "$1" drain
}

test_end_within_an_upload_to_the_offloaded_pod()
{
	end_at within_upload
}

within_download()
{
	client_ok "$1" send "$2" download=1000000 query=stop=300000
	client_ok "$1" read 200000
}

within_offloaded_download()
{
	client_gets "$1" 'users-1|users-2'
	within_download "$1" context=x
}

test_end_within_a_download_from_the_offloaded_pod()
{
	end_at within_offloaded_download
}

within_origin_download()
{
	client_gets "$1" users-x context=x
	within_download "$1" seed=1
}

test_end_within_a_download_from_the_origin_while_another_leg_is_parked()
{
	end_at within_origin_download
}

while_waiting()
{
	client_gets "$1" 'users-1|users-2'
	client_ok "$1" send context=x query=delay=300
	client_ok "$1" drain
}

test_end_while_the_offloaded_pod_thinks()
{
	end_at while_waiting
}

on_offloaded()
{
	client_gets "$1" 'users-1|users-2'
	client_gets "$1" users-x context=x
}

test_end_with_the_origin_parked()
{
	end_at on_offloaded
}

on_origin()
{
	on_offloaded "$1"
	client_gets "$1" 'users-1|users-2'
}

test_end_with_the_offloaded_leg_parked()
{
	end_at on_origin
}

on_third()
{
	on_offloaded "$1"
	client_gets "$1" users-y context=y
}

test_end_with_two_legs_parked()
{
	end_at on_third
}

test_client_that_shuts_its_side_still_gets_its_answer()
{
	local context

	client_open a
	for context in context=x seed=1; do
		client_dial a service
		client_gets a users-x context=x
		client_ok a send "$context" download=1000000
		client_ok a shutdown
		client_ok a receive download=1000000
		client_ok a eof
		client_ok a close
	done
	expect_clean
}

test_client_that_shuts_its_side_with_its_first_marked_request_gets_its_answer()
{
	client_connect a service
	client_ok a send context=x body=40000
	client_ok a shutdown
	client_ok a receive body=40000
	expect_match "$answer" 'status=200 server=users-x ' "answer"
	client_ok a eof
	client_ok a close
	expect_clean
}

server_ends() # WAY END
{
	local context

	client_open a
	for context in context=x seed=1; do
		client_dial a service
		client_gets a users-x context=x
		client_gets a 'users-1|users-2'
		client_ok a send "$context" download=100000 "query=$1=50000"
		client_do a receive download=100000
		expect_match "$answer" "^error body after .*: $2" "answer that was cut off"
		client_ok a close
	done
	expect_clean
}

test_server_that_closes_within_its_answer_is_seen_by_the_client()
{
	server_ends fin 'Broken pipe'
}

test_server_that_resets_within_its_answer_is_seen_by_the_client()
{
	server_ends reset 'Connection reset'
}

# Many at once, ended while their moves are under way.
test_wrk_that_stops_in_the_middle_leaves_nothing()
{
	client_wrk 1 -s "$NET/wrk.lua"
	expect_clean
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main "$PAIRWISE"
