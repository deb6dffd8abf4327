#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shunt doctor finds nothing on a sound node, and names the cause, and no other, where something is wrong.
# An agent is ready only when its programs move requests.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/manager.sh"
. "$NET/lib/neighbours.sh"

HERE=127.0.0.1 # of managers
LINK=veth-client
ROOM=64 # moved connections
RESERVED='192,0,2\|"0xc0","0x00","0x02"\|shunt-trial\|1397227520' # what a trial's elements have, and no others

world_ready()
{
	context_write x 'pod: users-x'
	nginx_start_each users-1 users-2 users-x
	tokens_make
	launch
}

launch()
{
	agent_launch "$SHUNTD" --manifests "$MANIFESTS" --keys "$WORLD/keys" --max-moved $ROOM
	agent_await
}

# What it says, as JSON, to a file.
doctor() # ARGUMENTS...
{
	shunt doctor --cgroup "$CGROUP" --output json "$@" >"$WORLD/run/doctor" 2>"$WORLD/run/doctor.err"
}

found()
{
	jq -r '.findings[] | select(.state != "ok") | "\(.state) \(.check) \(.seen)"' "$WORLD/run/doctor"
}

# All that it finds, in this order, each with something to do about it, and its exit status.
expect_findings() # STATUS PATTERN...
{
	local status=$1 pattern line lines

	shift
	expect_equal "$(cat "$WORLD/run/doctor.err")" "" "errors"
	found >"$WORLD/run/found"
	mapfile -t lines <"$WORLD/run/found"
	expect_equal "${#lines[@]}" $# "findings: $(found)"
	for line in "${lines[@]}"; do
		pattern=$1
		shift
		expect_match "$line" "^$pattern" "a finding"
	done
	expect_equal "$(jq '[.findings[] | select(.state != "ok" and .advice == null)] | length' \
		"$WORLD/run/doctor")" 0 "findings without advice"
	expect_equal "$doctor_status" "$status" "exit status"
}

# Looks, and compares.
doctor_finds() # STATUS PATTERN...
{
	doctor
	doctor_status=$?
	expect_findings "$@"
}

NO_AGENT=('warning agent no agent runs' 'warning generation generation [0-9]+ was applied .* nobody keeps it')

# Process ids; a small system has no pgrep.
processes_called() # NAME
{
	grep -lx "$1" /proc/[0-9]*/comm 2>/dev/null | cut -d / -f 3
}

has_nothing_of_trials() # MAP
{
	! on_node bpftool -j map dump pinned "$BPFFS/$1" | tr -d ' ' | grep -q "$RESERVED"
}

# Elements of trials in all tables, and processes that make the requests of them, but for the agent's own.
expect_nothing_left()
{
	local map

	for map in frontends overrides offloaded links sources override_stats services held framing; do
		has_nothing_of_trials $map || fail "elements of trials in $map"
	done
	for map in flows legs; do
		expect_soon 5 "no element of trials in $map" has_nothing_of_trials $map
	done
	expect_equal "$(processes_called shunt-trial | wc -l)" "$(processes_called shuntd | wc -l)" \
		"processes of trials"
}

test_sound_node_has_no_finding_and_nothing_is_left()
{
	local before

	doctor_finds 0
	expect_match "$(shunt doctor --cgroup "$CGROUP" | tail -1)" '^0 faults, 0 warnings, 0 notes$' "last line"
	expect_match "$(jq -r '.findings[] | select(.check == "trial") | .seen' "$WORLD/run/doctor")" \
		'moved there and back .* over IPv4 and IPv6' "the trial"
	expect_nothing_left
	before=$(generation)
	context_apply later 'pod: users-y'
	expect_between "$(generation)" $((before + 1)) $((before + 1)) "the next generation"
	applied rm "$MANIFESTS/context-later.yaml"
}

# Wherever a trial is killed, the next one removes what it left.
test_trials_that_are_killed_leave_nothing_for_long()
{
	local i

	for i in 01 02 03 04 05 06 08 10; do
		timeout -s KILL "0.$i" "$SHUNT" doctor --cgroup "$CGROUP" --bpffs "$BPFFS" >/dev/null 2>&1
	done
	# And an element as one leaves that is killed while it waits.
	bpftool map update pinned "$BPFFS/frontends" key 0 0 0 0 0 0 0 0 0 0 255 255 192 0 2 2 80 0 0 0 \
		value 0 0 0 0 1 0 0 0 || fail "no element"
	doctor_finds 0
	expect_nothing_left
	client_connect a service
	client_gets a users-x context=x
	client_ok a close
}

test_programs_that_were_removed_or_replaced_are_named()
{
	agent_stop
	tc filter delete dev $LINK egress prio 21320
	doctor_finds 1 "${NO_AGENT[@]}" "fault link $LINK: the program to_pod is not attached at egress"
	neighbours_begin
	tc filter add dev $LINK egress handle 0x5348 prio 21320 bpf da pinned "$OTHER/after_out"
	doctor_finds 1 "${NO_AGENT[@]}" "fault link $LINK: another program, after_out \(.*\), has the place of to_pod"
	tc qdisc delete dev $LINK clsact
	doctor_finds 1 "${NO_AGENT[@]}" "fault link $LINK: the program from_pod is not attached at ingress" \
		"fault link $LINK: the program to_pod"
	launch
	doctor_finds 0
}

test_link_that_the_agent_never_saw_is_named()
{
	agent_stop
	pod_add late
	doctor_finds 1 "${NO_AGENT[@]}" 'fault link veth-late: our programs are not there'
	launch
	doctor_finds 0
}

test_who_gets_packets_before_Shunt_is_named()
{
	neighbours_begin
	neighbour_add $LINK ingress $BEFORE finish_in
	neighbour_add $LINK egress $AFTER after_out
	doctor_finds 0 "warning order $LINK: a bpf filter at ingress, priority $BEFORE, .*: finish_in \(id"
	neighbours_begin
	neighbour_filter $LINK egress $BEFORE protocol ip u32 match ip protocol 6 0xff flowid 1:1
	doctor_finds 0 "warning order $LINK: a u32 filter at egress, priority $BEFORE, "
	neighbours_begin
	"$TOOLS/tcx" attach "$OTHER/finish_out" $LINK egress || fail "no TCX"
	doctor_finds 0 "warning order $LINK: a program of TCX at egress .*: finish_out \(id"
	"$TOOLS/tcx" detach "$OTHER/finish_out" $LINK egress
	neighbours_end
}

# Behind ours on a pod's link, and on one that has none of ours, directly and by TCX.
test_who_hands_packets_straight_into_pods_is_named()
{
	neighbours_begin
	neighbour_add veth-users-1 ingress $AFTER jump_peer
	doctor_finds 0 "warning redirect veth-users-1: jump_peer \(.*bpf_redirect_peer"
	neighbours_begin
	ip link add spare type veth peer name spare-end || fail "no veth"
	"$TOOLS/tcx" attach "$OTHER/jump_peer" spare ingress || fail "no TCX"
	neighbour_add spare ingress $BEFORE jump_neigh
	doctor_finds 0 "warning redirect spare: jump_peer \("
	ip link delete spare
	: >"$WORLD/run/neighbours"
}

test_links_that_Shunt_cannot_serve_are_named()
{
	ip link set $LINK gso_max_size 131072 || fail "no BIG TCP"
	doctor_finds 0 "warning offloads $LINK: BIG TCP is on \(packets of up to 131072 bytes"
	ip link set $LINK gso_max_size 65536
	ip link add spare type veth peer name spare-end || fail "no veth"
	ip link add side link spare type macvlan || fail "no macvlan"
	doctor_finds 0 'note pods network namespaces with a link of the kind macvlan: 1'
	ip link delete spare
}

# In mounts of its own.
doctor_where() # COMMANDS
{
	unshare --mount bash -c "$1"' && exec "${@:2}"' - "" "$SHUNT" doctor --bpffs "$BPFFS" --cgroup "$CGROUP" \
		--output json >"$WORLD/run/doctor" 2>"$WORLD/run/doctor.err"
	doctor_status=$?
}

test_what_is_not_mounted_is_named()
{
	doctor_where 'mount -t tmpfs none /sys/fs/bpf'
	expect_findings 1 'fault bpffs no BPF file system is mounted at /sys/fs/bpf:'
	doctor_where 'mkdir "$WORLD/empty" && mount --bind "$WORLD/empty" /sys/kernel/btf'
	expect_findings 1 'fault btf there is no description'
	doctor_where 'mount -t bpf bpf /sys/fs/bpf'
	expect_findings 1 "fault pins nothing is at $BPFFS"
	setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all "$SHUNT" doctor --output json \
		>"$WORLD/run/doctor" 2>"$WORLD/run/doctor.err"
	doctor_status=$?
	expect_findings 1 'fault rights the kernel does not let us look'
	"$SHUNT" doctor --listen nowhere 2>/dev/null
	expect_equal $? 2 "exit status for an argument that is none"
}

# Nothing can be tried where no further connection can be moved; those that are moved are no fault of that.
test_full_table_is_named()
{
	expect_clean
	client_open a crowd
	client_ok a connect "$(service_address)" "$WEB_PORT" 4 2000
	client_ok a open $ROOM x=users-x
	expect_soon 3 "a full table" eval '[ "$(map_count flows)" = '$ROOM' ]'
	doctor_finds 1 "fault tables flows: $ROOM of $ROOM elements are in use" \
		'warning trial .*: there is no room for another moved connection'
	agent_stop
	launch
	client_ok a close
	expect_clean
	doctor_finds 0
}

test_agent_that_hangs_is_named()
{
	local pid

	pid=$(cat "$WORLD/run/shuntd.pid")
	kill -STOP "$pid"
	doctor
	doctor_status=$?
	kill -CONT "$pid"
	expect_findings 0 "warning agent shuntd runs \(process $pid\), but does not answer" \
		'warning generation .*nobody keeps it'
}

test_tables_that_are_stale_are_named()
{
	echo 'kind: [' >"$MANIFESTS/broken.yaml"
	expect_soon 5 "refused manifests" eval 'counters | grep -q "^shunt_manifest_problems [1-9]"'
	doctor_finds 0 'warning manifests the manifests are refused'
	rm "$MANIFESTS/broken.yaml"
	expect_soon 5 "good manifests" eval 'counters | grep -q "^shunt_manifest_problems 0"'
	agent_stop
	doctor_finds 0 "${NO_AGENT[@]}"
	# Of long ago: epochs 400000 and 400001; and none.
	bpftool map update pinned "$BPFFS/keys" key 0 0 0 0 \
		value 128 26 6 0 129 26 6 0 128 26 6 0 0 0 0 0 $(seq 32) || fail "no keys"
	bpftool map update pinned "$BPFFS/keys" key 1 0 0 0 \
		value 128 26 6 0 129 26 6 0 128 26 6 0 0 0 0 0 $(seq 32) || fail "no keys"
	doctor_finds 1 "${NO_AGENT[@]}" 'fault keys the key of epoch 400000 is [0-9]+ d older than the clock says'
	for i in 0 1; do
		# shellcheck disable=SC2046
		bpftool map update pinned "$BPFFS/keys" key $i 0 0 0 value $(yes 0 | head -48)
	done
	doctor_finds 1 "${NO_AGENT[@]}" 'fault keys there is no key'
	launch
	doctor_finds 0
}

manager_is_away()
{
	counters | grep -q '^shunt_sync_connected 0'
}

test_manager_that_is_away_is_named()
{
	agent_stop
	manager_start m1
	managed_start m1
	doctor_finds 0
	manager_stop m1
	expect_soon 10 "the manager is missed" manager_is_away
	doctor_finds 0 'warning manager no manager is there, it was last heard [0-9]+ s ago'
	agent_stop
	launch
}

# A program of somebody else's, where from_pod is pinned.
test_programs_that_do_not_move_requests_are_found_by_the_trial()
{
	agent_stop
	neighbours_begin
	mv "$BPFFS/programs/from_pod" "$BPFFS/programs/kept"
	bpftool prog pin pinned "$OTHER/after_in" "$BPFFS/programs/from_pod"
	doctor
	doctor_status=$?
	expect_between "$(found | grep -c "^fault link veth-.*another program, from_pod")" 5 6 "links"
	expect_match "$(found | tail -1)" \
		'^fault trial the pinned programs do not move requests: IPv4: a marked request was not moved: it went to its origin' \
		"the trial"
	expect_equal "$doctor_status" 1 "exit status"
	rm "$BPFFS/programs/from_pod"
	mv "$BPFFS/programs/kept" "$BPFFS/programs/from_pod"
	doctor_finds 0 "${NO_AGENT[@]}"
	neighbours_end
	launch
}

# In the namespace of the agent's own client.
agents_client() # COMMAND...
{
	nsenter --net --target "$(processes_called shunt-trial)" "$@"
}

not_ready()
{
	curl -s "http://$LISTEN/readyz" | grep -q "^not ready: the trial whether requests are moved failed: $1"
}

test_agent_is_ready_only_while_its_programs_move_requests()
{
	local log=$WORLD/log/shuntd good

	good=$(agents_client ip -j neigh show to 192.0.2.2 | jq -r '.[0].lladdr')
	agents_client ip neigh replace 192.0.2.2 lladdr 02:00:00:00:00:99 dev eth0
	tc filter delete dev $LINK egress prio 21320
	expect_soon 5 "an agent that is not ready" not_ready 'IPv4: cannot connect to the origin'
	expect_equal "$(curl -s -o /dev/null -w '%{http_code}' "http://$LISTEN/readyz")" 503 "status of /readyz"
	grep -q 'trial: IPv4: cannot connect to the origin' "$log" || fail "nothing is logged: $(tail -3 "$log")"
	doctor_finds 1 'fault agent shuntd runs, and says: not ready: the trial'
	client_connect a service
	client_gets a users-x context=x
	client_ok a close
	agents_client ip neigh replace 192.0.2.2 lladdr "$good" dev eth0
	tc filter delete dev $LINK egress prio 21320
	expect_soon 5 "an agent that is ready" agent_ready
	grep -q 'trial: requests are moved now' "$log" || fail "nothing is logged: $(tail -3 "$log")"
	doctor_finds 0
	kill -KILL "$(processes_called shunt-trial)"
	tc filter delete dev $LINK egress prio 21320
	expect_soon 5 "what could not be tried" grep -q 'not tried whether requests are moved: the process' "$log"
	expect_soon 5 "an agent that is ready" agent_ready
	agent_stop
	launch
}

test_nothing_is_left_when_the_clients_are_gone()
{
	doctor_finds 0
	expect_nothing_left
	expect_clean
}

matrix_main 'routed 4 on'
