#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The agent is killed again and again, at every moment, and met by one that lays the tables out otherwise:
# no request notices.
#
#   CRASH_SECONDS=60   how long it is killed every 2 s
#   CRASH_STARTS=50    how many starts are not survived

. "$(dirname "$0")/lib.sh"

SECONDS_OF_CRASHES=${CRASH_SECONDS:-4}
STARTS=${CRASH_STARTS:-5}
WORLD_LIMIT=$((300 + SECONDS_OF_CRASHES + STARTS * 2))
OTHER=$BUILD/tests/layout # programs with another layout version
EXIT_LAYOUT=3

world_ready()
{
	context_write x 'pod: users-x'
	nginx_start_each users-1 users-2 users-x
	agent_start
}

# What is in the kernel, by numbers, and what of it is attached to the client's link.
in_kernel()
{
	local pin hook

	for pin in "$BPFFS"/*; do
		[ -f "$pin" ] && bpftool -j map show pinned "$pin" | jq -c '[.name, .id]'
	done
	for pin in "$BPFFS"/programs/*; do
		bpftool -j prog show pinned "$pin" | jq -c '[.name, .id]'
	done
	for pin in "$BPFFS"/attachments/*; do
		bpftool -j link show pinned "$pin" | jq -c '[.id, .prog_id]'
	done
	for hook in ingress egress; do
		tc -j filter show dev veth-client "$hook" | jq '.[].options.prog.id // empty'
	done
}

expect_moving() # CLIENT
{
	client_ok "$1" repeat 100 0 x=users-x -=users-1,users-2
}

test_an_agent_killed_every_2_s_under_load_costs_no_request()
{
	local start kills=0 began

	load_start
	client_connect a service
	start=$EPOCHREALTIME
	while [ "$(milliseconds_since "$start")" -lt $((SECONDS_OF_CRASHES * 1000)) ]; do
		began=$EPOCHREALTIME
		agent_stop KILL
		kills=$((kills + 1))
		expect_moving a
		agent_start
		until [ "$(milliseconds_since "$began")" -ge 2000 ]; do
			expect_moving a
		done
	done
	expect_load_unharmed
	note "killed $kills times in $(milliseconds_since "$start") ms, $load_requests requests"
}

# From before it has touched anything to after it was ready, at moments that are spread over that time.
test_an_agent_that_is_killed_while_it_starts_costs_no_request()
{
	local start took i

	load_start
	client_connect a service
	agent_stop KILL
	start=$EPOCHREALTIME
	agent_start
	took=$(milliseconds_since "$start")
	agent_stop KILL
	for ((i = 0; i < STARTS; i++)); do
		agent_launch "$SHUNTD" --manifests "$MANIFESTS" --keys "$WORLD/keys"
		sleep "$(awk -v ms="$took" -v i="$i" -v n="$STARTS" 'BEGIN { print ms * i / n / 1000 }')"
		agent_stop KILL
		expect_moving a
	done
	agent_start
	expect_moving a
	expect_load_unharmed
	note "killed $STARTS times within $took ms of a start, $load_requests requests"
}

# What is pinned by a first start that was interrupted is taken over, or refused, by no one's harm.
test_a_first_start_that_is_killed_is_finished_by_the_next()
{
	local start took i

	agent_stop
	shunt detach || fail "shunt detach: $?"
	LOAD_FLOWS=0 LOAD_SCRIPT=pause.lua load_start
	start=$EPOCHREALTIME
	agent_start
	took=$(milliseconds_since "$start")
	for ((i = 0; i < STARTS; i++)); do
		agent_stop KILL
		shunt detach || fail "shunt detach: $?"
		agent_launch "$SHUNTD" --manifests "$MANIFESTS" --keys "$WORLD/keys"
		sleep "$(awk -v ms="$took" -v i="$i" -v n="$STARTS" 'BEGIN { print ms * i / n / 1000 }')"
		agent_stop KILL
		agent_start
	done
	client_connect a service
	expect_moving a
	expect_load_unharmed
	note "killed $STARTS times within $took ms of a first start, $load_requests requests"
}

# An agent's program that finds another one's tables says so, and exits.
expect_layout_refused() # PROGRAM FOUND NEEDED
{
	local status before

	before=$(in_kernel; map_dump settings)
	: >"$WORLD/log/shuntd"
	agent_launch "$1" --manifests "$MANIFESTS" --keys "$WORLD/keys"
	wait $!
	status=$?
	expect_equal "$status" $EXIT_LAYOUT "exit status of $1"
	expect_match "$(<"$WORLD/log/shuntd")" \
		"pinned map settings has layout version $2, but this version needs $3" "log"
	expect_match "$(<"$WORLD/log/shuntd")" "shuntd --detach" "log"
	expect_equal "$(in_kernel; map_dump settings)" "$before" "the kernel's state after the refusal"
}

layout_version()
{
	map_dump settings | jq '.[0].value.layout_version'
}

test_another_layout_version_is_refused_and_costs_no_request()
{
	local own

	own=$(layout_version)
	load_start
	client_connect a service
	client_gets a users-x context=x
	agent_stop KILL
	expect_layout_refused "$OTHER/shuntd" "$own" 1000
	client_gets a users-x context=x
	expect_moving a
	"$OTHER/shunt" status --bpffs "$BPFFS" 2>"$WORLD/run/status" && fail "another version reads the tables"
	expect_match "$(<"$WORLD/run/status")" "layout version $own, but this version reads 1000" "shunt status"
	expect_load_unharmed
	agent_start
	expect_moving a
}

# From here on `shunt detach` leaves moved connections that nobody translates.
test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

# With the old version's `shunt detach`, as it is documented.
test_an_upgrade_to_another_layout_ends_moved_connections_and_no_others()
{
	local ended

	LOAD_FLOWS=0 LOAD_SCRIPT=pause.lua load_start
	client_connect moved service
	client_gets moved users-x context=x
	client_connect ordinary service
	client_gets ordinary 'users-1|users-2'
	agent_stop
	ended=$(shunt detach --output json | jq .connections_ended) || fail "shunt detach"
	expect_equal "$ended" 1 "moved connections that were ended"
	client_do moved request
	expect_match "$answer" 'Connection reset|connection abort|Broken pipe' "answer on the moved connection"
	client_gets ordinary 'users-1|users-2' context=x
	agent_start "$OTHER/shuntd"
	expect_equal "$(layout_version)" 1000 "layout version"
	client_gets ordinary users-x context=x
	expect_moving ordinary
	expect_load_unharmed
}

# The other way round, and with the wrong version's `shunt detach`: it cannot know which they are.
test_a_downgrade_is_refused_too_and_its_detach_reads_no_flow()
{
	local report

	load_start
	client_connect a service
	client_gets a users-x context=x
	agent_stop KILL
	expect_layout_refused "$SHUNTD" 1000 '[0-9]+'
	expect_moving a
	expect_load_unharmed
	LOAD_FLOWS=0 LOAD_SCRIPT=pause.lua load_start
	client_connect ordinary service
	client_gets ordinary 'users-1|users-2'
	client_gets a users-x context=x
	report=$(shunt detach --output json) || fail "shunt detach"
	expect_equal "$(jq .connections_ended <<<"$report")" 0 "moved connections that were ended"
	[ ! -e "$BPFFS" ] || fail "pins are left: $(find "$BPFFS")"
	client_gets ordinary 'users-1|users-2' context=x
	agent_start
	client_gets ordinary users-x context=x
	expect_moving ordinary
	expect_load_unharmed
}

matrix_main 'routed 4 on'
