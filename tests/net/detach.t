#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `shunt detach` leaves nothing of ours in the kernel, and everything of others.

. "$(dirname "$0")/lib.sh"

world_ready()
{
	context_write x 'pod: users-x'
	# A filter of somebody else on one link, and a qdisc without filters on another.
	tc qdisc add dev veth-users-1 clsact
	tc filter add dev veth-users-1 ingress prio 7 protocol ip u32 \
		match ip protocol 253 0xff flowid 1:1
	tc qdisc add dev veth-users-2 clsact
	agent_start
}

# "map 12", "prog 34", "link 5" for all that is pinned or attached.
kernel_objects()
{
	local pin

	for pin in "$BPFFS"/*; do
		[ -f "$pin" ] && echo "map $(bpftool -j map show pinned "$pin" | jq .id)"
	done
	for pin in "$BPFFS"/programs/*; do
		echo "prog $(bpftool -j prog show pinned "$pin" | jq .id)"
	done
	for pin in "$BPFFS"/attachments/*; do
		echo "link $(bpftool -j link show pinned "$pin" | jq .id)"
	done
}

kernel_object_is_gone() # KIND ID
{
	! bpftool "$1" show id "$2"
}

filters_of_ours()
{
	local link hook

	for link in $(ip -o link show type veth | sed 's/^[0-9]*: \([^@:]*\).*/\1/'); do
		for hook in ingress egress; do
			tc filter show dev "$link" "$hook" | grep -E 'from_pod|to_pod'
		done
	done
}

links_with_clsact()
{
	tc qdisc show | sed -n 's/^qdisc clsact .* dev \([^ ]*\) .*/\1/p' | sort | tr '\n' ' '
}

expect_nothing_left() # OBJECTS
{
	local kind id

	[ ! -e "$BPFFS" ] || fail "pins are left: $(find "$BPFFS")"
	expect_equal "$(filters_of_ours)" "" "filters"
	expect_equal "$(bpftool cgroup show "$CGROUP")" "" "programs at the cgroup"
	expect_equal "$(links_with_clsact)" "veth-users-1 veth-users-2 " "links with a clsact qdisc"
	tc filter show dev veth-users-1 ingress | grep -q u32 || fail "the filter of others is gone"
	while read -r kind id; do
		expect_soon 3 "$kind $id is gone" kernel_object_is_gone "$kind" "$id"
	done <<<"$1"
}

test_detach_leaves_nothing_and_the_next_request_works()
{
	local objects

	client_connect old service
	client_gets old 'users-1|users-2'
	objects=$(kernel_objects)
	expect_match "$objects" 'map .*prog .*link ' "objects in the kernel"
	agent_stop
	shunt detach || fail "shunt detach: $?"
	expect_nothing_left "$objects"
	client_gets old 'users-1|users-2'
	client_gets old 'users-1|users-2' context=x
	client_connect new service
	client_gets new 'users-1|users-2' context=x body=100000 download=100000
}

test_detach_twice_is_no_error()
{
	shunt detach || fail "shunt detach: $?"
}

# Such a connection is not what its servers believe it to be: it cannot go on, but may not hang.
test_connection_that_was_moved_ends_with_detach_and_does_not_hang()
{
	local start name

	agent_start
	for name in offloaded origin; do
		client_connect $name service
		client_gets $name 'users-1|users-2'
		client_gets $name users-x context=x
	done
	client_gets origin 'users-1|users-2'
	agent_stop
	shunt detach || fail "shunt detach: $?"
	start=$EPOCHREALTIME
	for name in offloaded origin; do
		client_do $name request
		expect_match "$answer" 'Connection reset|connection abort|Broken pipe' "answer"
	done
	expect_took "$(milliseconds_since "$start")" 0 1000 "until both ended"
	expect_soon 3 "no server keeps a connection" no_server_connections
}

test_an_agent_that_starts_after_detach_moves_again()
{
	local objects

	agent_start
	client_connect a service
	client_ok a repeat 100 0 x=users-x -=users-1,users-2
	client_ok a close
	expect_clean
	objects=$(kernel_objects)
	agent_stop
	"$SHUNTD" --detach --bpffs "$BPFFS" --cgroup "$CGROUP" || fail "shuntd --detach: $?"
	expect_nothing_left "$objects"
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main "$PAIRWISE"
