#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Tables that are full. Of moved connections: no further one moves, which is counted, those that were
# moved before go on as if nothing were, and when some have ended there is room again. Of boundaries:
# connections that are forgotten go on moving.

. "$(dirname "$0")/lib.sh"

ROOM=64
ORIGIN=-=users-1,users-2

agent_start_with_room() # COUNT
{
	agent_launch "$SHUNTD" --manifests "$MANIFESTS" --keys "$WORLD/keys" --max-moved "$1"
	agent_await
}

world_ready()
{
	local pod

	for pod in x y; do
		context_write "$pod" "pod: users-$pod"
	done
	nginx_start_each users-1 users-2 users-x users-y
	agent_start_with_room "$ROOM"
}

metric() # NAME OF A TABLE'S METRIC
{
	counters | awk -v name="shunt_table_$1{table=\"flows\"}" '$1 == name { print $2 }'
}

metric_is() # NAME VALUE
{
	[ "$(metric "$1")" = "$2" ]
}

flows_are() # COUNT
{
	expect_soon "$((CLOSE_GRACE + 3))" "$1 flows" metric_is entries "$1"
}

# Another moved connection for each that there is room for.
fill() # NAME
{
	client_open "$1" crowd
	client_ok "$1" connect "$(service_address)" "$WEB_PORT" 16 2000
	client_ok "$1" open "$ROOM" x=users-x
	flows_are "$ROOM"
}

# A command's request with a marker is answered by the origin, and counted.
is_refused() # COMMAND...
{
	local before

	before=$(counters)
	"$@"
	expect_equal $(($(counter flows_full) - $(counter flows_full "$before"))) 1 "counted as flows_full"
	expect_equal "$(counter moved_new)" "$(counter moved_new "$before")" "counted as moved_new"
}

origin_answers_x()
{
	expect_match "$(client_curl /quiet -H 'x-shunt-context: x')" '^users-[12] x$' "answer"
}

test_room_that_was_asked_for_is_there()
{
	expect_equal "$(metric capacity)" "$ROOM" "capacity"
	flows_are 0
}

test_full_table_refuses_new_moves_and_those_before_go_on()
{
	client_connect kept service
	client_gets kept 'users-1|users-2'
	fill all
	is_refused origin_answers_x
	is_refused client_gets kept 'users-1|users-2' context=x
	client_ok all request 6 x=users-x "$ORIGIN" y=users-y
	is_refused client_gets kept 'users-1|users-2' context=x
	client_connect ordinary service
	client_ok ordinary repeat 50 0 "$ORIGIN"
	client_ok all request 3 y=users-y x=users-x "$ORIGIN"
	flows_are "$ROOM"
	client_ok kept close
	client_ok ordinary close
	client_ok all close
	expect_clean
}

test_connection_that_was_refused_moves_when_there_is_room()
{
	client_connect kept service
	fill all
	is_refused client_gets kept 'users-1|users-2' context=x
	client_ok all close 4
	flows_are $((ROOM - 4))
	client_gets kept users-x context=x
	client_gets kept 'users-1|users-2'
	expect_equal "$(client_curl /quiet -H 'x-shunt-context: x')" 'users-x x' "answer to another one"
	client_ok all request 6 x=users-x "$ORIGIN" y=users-y
	flows_are $((ROOM - 3))
	client_ok all open 3 x=users-x
	is_refused origin_answers_x
	client_ok kept repeat 50 0 x=users-x "$ORIGIN"
	client_ok kept close
	client_ok all reset
	expect_clean
}

# As if others had taken their places in `framing`, which forgets what was used least lately.
framing_forget()
{
	local key

	while read -r key; do
		# shellcheck disable=SC2086
		on_node bpftool map delete pinned "$BPFFS/framing" key hex $key || fail "framing: $key"
	done < <(on_node bpftool -j map dump pinned "$BPFFS/framing" |
		jq -r '.[].key | map(.[2:]) | join(" ")')
	map_is_empty framing || fail "framing is not empty"
}

test_connections_whose_framing_is_forgotten_go_on_moving()
{
	local turns before

	fill all
	before=$(counters)
	for turns in "$ORIGIN" y=users-y x=users-x x=users-x "$ORIGIN" "$ORIGIN"; do
		framing_forget
		client_ok all request 1 "$turns"
	done
	expect_equal "$(counter unproven)" "$(counter unproven "$before")" "counted as unproven"
	client_ok all close
	expect_clean
}

# How much room there is cannot be changed under what is moved.
test_tables_keep_their_room_over_a_restart()
{
	fill all
	agent_stop
	agent_start_with_room $((2 * ROOM))
	expect_match "$(cat "$WORLD/log/shuntd")" \
		"there is room for $ROOM moved connections, not $((2 * ROOM)), until" "log"
	expect_equal "$(metric capacity)" "$ROOM" "capacity"
	client_ok all request 3 "$ORIGIN" x=users-x
	is_refused origin_answers_x
	client_ok all close
	expect_clean
}

test_room_has_to_be_a_number()
{
	local room

	for room in 0 -1 '' 1k 1048577; do
		output=$("$SHUNTD" --manifests "$MANIFESTS" --max-moved "$room" 2>&1)
		expect_equal $? 2 "status of shuntd --max-moved '$room'"
		expect_match "$output" 'not a number from 1 to 1048576' "what it says of '$room'"
	done
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main '^(routed 4|bridged 6) on'
