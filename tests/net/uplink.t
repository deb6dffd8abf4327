#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The fence on physical links: attached where it was asked for, never over a program of somebody
# else, replaced in place, and removed with the rest. Here they are veth links, and a bridge for what
# has no XDP in its driver.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/xdp.sh"

FOREIGN=/sys/fs/bpf/foreign

# A physical link, whose other end is a host outside.
uplink_add() # NAME
{
	ip link add "$1" type veth peer name "$1" netns outside
	ip link set "$1" up
	ip -n outside link set "$1" up
}

# A program of somebody else, attached as most programs are.
foreign_attach() # LINK
{
	bpftool net attach xdp pinned "$FOREIGN" dev "$1"
}

world_ready()
{
	context_write x 'pod: users-x'
	ip netns add outside
	uplink_add phys0
	uplink_add phys1
	ip link add phys2 type bridge
	xdp_other_load "$FOREIGN"
	foreign_attach phys1
	fenced_start
}

fenced_launch() # OPTIONS...
{
	agent_launch "$SHUNTD" --manifests "$MANIFESTS" --interface 'veth-*' "$@"
	agent_await
}

fenced_start()
{
	fenced_launch --uplink 'phys*' --uplink 'veth-*'
}

# The XDP program that a link runs, and how: "native", "generic"; nothing where it runs none.
xdp_program() # LINK
{
	ip -j -d link show dev "$1" | jq -r '.[0].xdp // empty | .prog.id // .attached[0].prog.id'
}

xdp_mode() # LINK
{
	ip -j -d link show dev "$1" | jq -r '.[0].xdp.mode // empty'
}

program_id() # PIN
{
	bpftool -j prog show pinned "$1" | jq .id
}

is_fenced() # LINK
{
	local program=fence_xdp

	[ "$(xdp_mode "$1")" != 2 ] || program=fence_generic
	[ "$(xdp_program "$1")" = "$(program_id "$BPFFS/programs/$program")" ]
}

is_bare() # LINK
{
	[ -z "$(xdp_program "$1")" ]
}

ifindex() # LINK
{
	ip -j link show dev "$1" | jq '.[0].ifindex'
}

attachment_id() # LINK
{
	bpftool -j link show pinned "$BPFFS/uplinks/$(ifindex "$1")" | jq .id
}

# What the status says of uplinks: "phys0 native phys2 generic".
uplinks_in_status()
{
	shunt status --output json | jq -r '[.uplinks[] | .name, .mode] | join(" ")'
}

metric() # NAME
{
	curl -s "http://$LISTEN/metrics" | awk -v name="$1" '$1 == name { print $2 }'
}

logged() # PATTERN
{
	grep -E "$1" "$WORLD/log/shuntd"
}

test_links_that_are_there_get_the_fence_in_the_best_mode_they_have()
{
	is_fenced phys0 || fail "phys0 runs $(xdp_program phys0)"
	is_fenced phys2 || fail "phys2 runs $(xdp_program phys2)"
	expect_equal "$(xdp_mode phys0) $(xdp_mode phys2)" "1 2" "modes: 1 is native, 2 generic"
	expect_equal "$(uplinks_in_status)" "phys0 native phys2 generic" "uplinks in the status"
	expect_match "$(logged phys2)" 'mode generic.*not supported' "log of a driver without XDP"
	expect_equal "$(metric shunt_uplinks_attached) $(metric shunt_uplinks_chosen)" "2 3" "metrics"
}

test_program_of_somebody_else_stays_and_is_named()
{
	expect_equal "$(xdp_program phys1)" "$(program_id "$FOREIGN")" "program of phys1"
	expect_match "$(logged phys1)" "XDP program $(program_id "$FOREIGN") other of somebody else" "log"
}

test_links_of_pods_have_the_fence_otherwise()
{
	local link

	for link in client users-1 users-x; do
		is_bare "veth-$link" || fail "veth-$link runs $(xdp_program "veth-$link")"
	done
}

# The attachment, of which others can take hold while the agent is away, stays the same one.
test_restart_replaces_the_program_without_a_gap()
{
	local attachment program signal

	for signal in TERM KILL; do
		attachment=$(attachment_id phys0)
		expect_between "$attachment" 1 1000000000 "number of the attachment to phys0"
		program=$(xdp_program phys0)
		agent_stop $signal
		is_fenced phys0 || fail "without the agent phys0 runs $(xdp_program phys0)"
		fenced_start
		is_fenced phys0 || fail "after a restart phys0 runs $(xdp_program phys0)"
		[ "$(xdp_program phys0)" != "$program" ] || fail "the program was not replaced"
		expect_equal "$(attachment_id phys0)" "$attachment" "attachment to phys0"
		expect_equal "$(uplinks_in_status)" "phys0 native phys2 generic" "uplinks in the status"
	done
}

test_link_that_comes_later_gets_it_and_one_that_goes_is_forgotten()
{
	local index

	uplink_add phys3
	expect_soon 2 "a fence on the new link" is_fenced phys3
	index=$(ifindex phys3)
	[ -e "$BPFFS/uplinks/$index" ] || fail "no pin of phys3"
	ip link delete phys3
	expect_soon 2 "no pin of a link that is gone" pin_is_gone "$index"
	logged 'phys3: (somebody|cannot)' && fail "its end is taken for something else"
	expect_equal "$(metric shunt_uplinks_attached) $(metric shunt_uplinks_chosen)" "2 3" "metrics"
}

pin_is_gone() # IFINDEX
{
	[ ! -e "$BPFFS/uplinks/$1" ]
}

test_link_that_is_chosen_no_longer_loses_it()
{
	uplink_add phys4
	expect_soon 2 "a fence on the new link" is_fenced phys4
	ip link set dev phys4 down
	ip link set dev phys4 name other4
	expect_soon 2 "no fence on a link of another name" is_bare other4
	ip link delete other4
	agent_stop
	fenced_launch --uplink phys0
	is_fenced phys0 || fail "phys0 runs $(xdp_program phys0)"
	is_bare phys2 || fail "phys2 runs $(xdp_program phys2)"
	agent_stop
	fenced_launch --uplink 'eth*'
	is_bare phys0 || fail "as eth* is chosen phys0 runs $(xdp_program phys0)"
	expect_match "$(logged 'uplink: no link')" 'no link has such a name' "log"
	agent_stop
	fenced_launch
	is_bare phys0 || fail "without --uplink phys0 runs $(xdp_program phys0)"
	agent_stop
	fenced_start
}

test_fence_comes_back_where_somebody_detached_it()
{
	bpftool link detach id "$(attachment_id phys0)"
	is_bare phys0 || fail "phys0 runs $(xdp_program phys0)"
	ip link set dev phys0 alias changed
	expect_soon 2 "the fence is back" is_fenced phys0
}

test_link_whose_other_program_goes_gets_the_fence()
{
	bpftool net detach xdp dev phys1
	expect_soon 2 "a fence on phys1" is_fenced phys1
	foreign_attach phys1 && fail "a program of somebody else took the place of the fence"
	is_fenced phys1 || fail "phys1 runs $(xdp_program phys1)"
}

# In the two ways that there are.
test_detach_removes_ours_alone()
{
	local link report

	agent_stop
	report=$(shunt detach --output json) || fail "shunt detach: $?"
	expect_equal "$(jq .uplinks <<<"$report")" 3 "uplinks that were detached"
	for link in phys0 phys1 phys2; do
		is_bare $link || fail "$link runs $(xdp_program $link)"
	done
	[ ! -e "$BPFFS" ] || fail "pins are left: $(find "$BPFFS")"
	foreign_attach phys1
	fenced_start
	is_fenced phys0 || fail "phys0 runs $(xdp_program phys0)"
	agent_stop
	"$SHUNTD" --detach --bpffs "$BPFFS" || fail "shuntd --detach: $?"
	is_bare phys0 || fail "phys0 runs $(xdp_program phys0)"
	expect_equal "$(xdp_program phys1)" "$(program_id "$FOREIGN")" "program of phys1"
	[ ! -e "$BPFFS" ] || fail "pins are left: $(find "$BPFFS")"
}

matrix_main 'routed 4 on'
