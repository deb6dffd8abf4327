#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Sequence numbers that wrap while requests move, on real sockets. The client chooses its own initial
# number (tests/net/tools/lib/numbers.h). A server's cannot be chosen, but where it answers with SYN
# cookies it is that of the client's SYN plus a number that stays for a minute: a first connection
# tells this number, and a second one from the same port, to the same server, begins where it should.

. "$(dirname "$0")/lib.sh"

LIMIT=4294967296
FROM_PORT=41000

world_ready()
{
	local pod

	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	for pod in users-1 users-x users-y; do
		in_pod "$pod" sysctl -qw net.ipv4.tcp_syncookies=2
	done
	agent_start
}

# Connects to the pod users-1 with this initial sequence number.
connect_at() # NAME INITIAL [PORT]
{
	client_ok "$1" connect "$(pod_address users-1)" "$HTTP_TARGET" "${3:-0}" $((($2 + LIMIT) % LIMIT))
}

# Requests that alternate among the origin and two contexts; every body is checked at both ends.
alternate() # NAME BODY DOWNLOAD TURNS
{
	local i

	for ((i = 0; i < $4; i++)); do
		client_gets "$1" users-x context=x body="$2" download="$3" "seed=$((i + 1))"
		client_gets "$1" users-1 body="$2" download="$3" "seed=$((i + 2))"
		client_gets "$1" users-y context=y body="$2" download="$3" "seed=$((i + 3))"
	done
}

# What the answers of the leg to a pod begin with; by the flow, whose client expected FIRST then.
leg_initial() # POD FIRST
{
	local delta

	delta=$(map_dump flows | jq --argjson port $FROM_PORT \
		'.[] | select(.key.client_port == $port) | .value.legs[1].reply_delta')
	expect_match "$delta" '^[0-9]+$' "reply delta of the leg to $1"
	echo $((($2 - delta - 1 + 2 * LIMIT) % LIMIT))
}

test_numbers_of_the_client_wrap_in_any_request()
{
	local before

	client_open a
	for ((before = 40; before < 1400; before += 67)); do
		connect_at a $((LIMIT - before))
		alternate a 0 100 3
	done
}

test_numbers_of_the_client_wrap_in_bodies()
{
	local before

	client_open a
	for before in 1 1000 30000 65000 150000 400000; do
		connect_at a $((LIMIT - before))
		alternate a 50000 70000 3
	done
}

test_numbers_of_the_client_wrap_in_a_split_head()
{
	local before

	client_open a
	for before in 10 50 120 400; do
		connect_at a $((LIMIT - before))
		client_gets a users-x context=x marker=last split=30 head=200
		client_gets a users-1 split=30 head=200
		client_gets a users-y context=y marker=last split=30 head=200 body=3000
	done
}

# Connects and has the pod answer; the number of its SYN-ACK is in $initial then.
begin_at() # NAME POD CONTEXT INITIAL
{
	local expected

	connect_at "$1" "$4" $FROM_PORT
	expected=$(answer_word expected)
	initial=$((expected - 1))
	[ "$3" = - ] && return
	client_gets "$1" "$2" "context=$3"
	initial=$(leg_initial "$2" "$expected")
}

# Connects twice from one port, so that the server's numbers wrap within the answers. In between the
# minute may be over.
wrap_of_the_server() # POD CONTEXT BEFORE
{
	local name=$1-$3 initial

	client_open "$name"
	for _ in 1 2 3; do
		begin_at "$name" "$1" "$2" 1000000
		client_ok "$name" reset
		begin_at "$name" "$1" "$2" $((LIMIT - $3 - initial + 1000000))
		[ "$initial" = $((LIMIT - $3)) ] && break
		client_ok "$name" reset
	done
	expect_equal "$initial" $((LIMIT - $3)) "initial number of $1"
	alternate "$name" 20000 70000 3
	client_ok "$name" reset
}

test_numbers_of_the_origin_wrap()
{
	local before

	for before in 100 5000 30000 100000; do
		wrap_of_the_server users-1 - $before
	done
}

test_numbers_of_the_offloaded_pod_wrap()
{
	local before

	for before in 400 5000 30000 100000; do
		wrap_of_the_server users-x x $before
	done
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main "$PAIRWISE"
