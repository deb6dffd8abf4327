#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A request split at any byte goes where it belongs, and all of it does. Without offloads, so that
# nothing on the way joins packets again.

. "$(dirname "$0")/lib.sh"

ORIGIN='users-1|users-2'
# 700 bytes: a head of 300, eight chunks of 40 bytes and one of 6, and a trailer.
LENGTH=700
POST=(head=300 body=326 chunk=40)

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	agent_start
}

# Segments that the client pod has sent.
segments_sent()
{
	in_pod client nstat -asz TcpOutSegs | awk '$1 == "TcpOutSegs" { print $2 }'
}

# Both writes at once, each a packet: the second is on its way before the first is acknowledged.
each_split_on_a_new_connection() # WORDS...
{
	local at

	client_open a
	for ((at = 1; at < LENGTH; at++)); do
		client_dial a service
		client_gets a users-x context=x "${POST[@]}" "split=$at" "$@"
	done
}

# The server has acknowledged the first part before the second is written.
each_split_acknowledged() # WORDS...
{
	local at

	client_open a
	for ((at = 1; at < LENGTH; at++)); do
		client_dial a service
		client_ok a send context=x "${POST[@]}" "to=$at" "$@"
		client_ok a drain
		client_gets a users-x context=x "${POST[@]}" "from=$at" "$@"
	done
}

# Three connections; on each, every request belongs elsewhere than the one before.
each_split_in_turn() # WORDS...
{
	local at name

	for name in a b c; do
		client_connect $name service
	done
	for ((at = 1; at < LENGTH; at++)); do
		client_gets a users-x context=x "${POST[@]}" "split=$at" "$@"
		client_gets b "$ORIGIN" "${POST[@]}" "split=$at" "$@"
		client_gets c users-y context=y "${POST[@]}" "split=$at" "$@"
		client_gets a "$ORIGIN" "${POST[@]}" "split=$((LENGTH - at))" "$@"
		client_gets b users-y context=y "${POST[@]}" "split=$((LENGTH - at))" "$@"
		client_gets c users-x context=x "${POST[@]}" "split=$((LENGTH - at))" "$@"
	done
}

test_two_writes_split_at_every_byte_on_new_connections()
{
	each_split_on_a_new_connection
}

test_two_writes_split_at_every_byte_on_new_connections_with_the_marker_last()
{
	each_split_on_a_new_connection marker=last
}

test_two_writes_split_at_every_byte_the_first_one_acknowledged()
{
	each_split_acknowledged
}

test_two_writes_split_at_every_byte_the_first_one_acknowledged_with_the_marker_last()
{
	each_split_acknowledged marker=last
}

test_two_writes_split_at_every_byte_on_connections_that_alternate()
{
	each_split_in_turn
}

test_two_writes_split_at_every_byte_on_connections_that_alternate_with_the_marker_last()
{
	each_split_in_turn marker=last
}

# Without this the others would prove little.
test_every_write_is_a_packet_of_its_own()
{
	local before

	client_connect a service
	client_gets a users-x context=x
	before=$(segments_sent)
	client_gets a users-x context=x "${POST[@]}" writes=1
	expect_between $(($(segments_sent) - before)) "$LENGTH" $((LENGTH + 100)) "segments for $LENGTH bytes"
}

test_writes_of_one_byte()
{
	local i

	client_open a
	for i in 1 2 3 4 5; do
		client_dial a service
		client_gets a users-x context=x "${POST[@]}" writes=1
		client_gets a "$ORIGIN" "${POST[@]}" writes=1
		client_gets a users-y context=y "${POST[@]}" writes=1 marker=last
		client_gets a "$ORIGIN"
		client_gets a users-x context=x "${POST[@]}" writes=1 marker=last
	done
}

test_writes_of_2_to_30_bytes()
{
	local size

	client_connect a service
	for size in {2..30}; do
		client_gets a users-x context=x "${POST[@]}" "writes=$size"
		client_gets a "$ORIGIN" "${POST[@]}" "writes=$size"
		client_gets a users-y context=y "${POST[@]}" "writes=$size" marker=last
	done
}

test_header_block_of_8000_bytes_in_small_pieces()
{
	local size

	client_connect a service
	client_gets a users-x context=x head=8000 body=300 chunk=50 writes=1 marker=last
	client_gets a "$ORIGIN"
	for size in 3 50 1000; do
		client_gets a users-x context=x head=8000 body=300 chunk=50 "writes=$size"
		client_gets a "$ORIGIN" head=8000 "writes=$size"
		client_gets a users-y context=y head=8000 body=300 "writes=$size" marker=last
	done
	client_gets a "$ORIGIN"
}

test_nothing_is_left_when_the_clients_are_gone()
{
	expect_clean
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main 'routed 4 off|bridged 6 off'
