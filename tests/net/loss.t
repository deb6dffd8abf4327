#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One packet in fifty of the client is lost, in each direction, at random: nothing else is.

. "$(dirname "$0")/lib.sh"

world_pods()
{
	pod_add users-z 77aa001
	server_start users-z
}

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	context_write z 'pod: users-z'
	agent_start
	in_pod client nft -f - <<-END
		table inet loss {
			counter lost { }
			chain input {
				type filter hook input priority filter
				meta l4proto tcp numgen random mod 50 == 0 counter name lost drop
			}
			chain output {
				type filter hook output priority filter
				meta l4proto tcp numgen random mod 50 == 0 counter name lost drop
			}
		}
	END
}

lost()
{
	in_pod client nft -j list counter inet loss lost | jq '.nftables[1].counter.packets'
}

test_random_contexts_never_meet_the_wrong_pod()
{
	local before name

	before=$(lost)
	for name in a b c d; do
		client_connect $name service
		echo "repeat 100 ${RANDOM} x=users-x -=users-1,users-2 y=users-y z=users-z" \
			>&"${CLIENT_IN[$name]}"
	done
	for name in a b c d; do
		read -r -t 120 -u "${CLIENT_OUT[$name]}" answer || fail "client $name hangs"
		expect_match "$answer" '^ok requests=100 wrong=0 ' "client $name"
	done
	expect_between $(($(lost) - before)) 5 1000 "packets lost meanwhile"
}

test_bodies_are_intact()
{
	client_connect a service
	client_gets a users-x context=x download=500000
	client_gets a 'users-1|users-2' download=500000
	client_gets a users-x context=x body=500000
	client_gets a 'users-1|users-2' body=500000 chunk=3000
	client_gets a users-y context=y body=100000 head=8000
}

test_new_legs_open_and_close()
{
	local i

	client_open a
	for i in 1 2 3 4 5 6 7 8; do
		client_dial a service
		client_gets a users-x context=x body=3000
		client_gets a 'users-1|users-2'
	done
	client_ok a close
	expect_clean 20
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main
