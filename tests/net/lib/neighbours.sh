# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Programs of somebody else (tests/bpf/neighbour.bpf.c) on links beside Shunt's, for tests that source
# this after lib.sh. A behaviour that begins with neighbours_begin finds none of the one before.

OTHER=/sys/fs/bpf/other
BEFORE=100 # priorities: before Shunt's filters, and behind
AFTER=40000

# What a command line adds to tc and ethtool to speak of a link: a pod's end has its name after `pod:`.
at_link() # LINK COMMAND...
{
	if [[ $1 = pod:* ]]; then
		in_pod "${1#pod:}" "${@:2}"
	else
		in_node "${@:2}"
	fi
}

link_name() # LINK
{
	if [[ $1 = pod:* ]]; then
		echo eth0
	else
		echo "$1"
	fi
}

neighbours_load()
{
	rm -rf "$OTHER" "$OTHER-maps"
	bpftool prog loadall "$BUILD/tests/bpf/neighbour.bpf.o" "$OTHER" pinmaps "$OTHER-maps" ||
		fail "the neighbours cannot be loaded"
	: >"$WORLD/run/neighbours"
}

neighbours_end()
{
	local node link hook priority

	[ -e "$WORLD/run/neighbours" ] || return 0
	while read -r node link hook priority; do
		at_link "$link" tc filter delete dev "$(link_name "$link")" "$hook" prio "$priority"
	done <"$WORLD/run/neighbours"
}

neighbours_begin()
{
	neighbours_end
	neighbours_load
}

neighbour_filter() # LINK ingress|egress PRIORITY FILTER...
{
	at_link "$1" tc qdisc add dev "$(link_name "$1")" clsact 2>/dev/null
	at_link "$1" tc filter add dev "$(link_name "$1")" "$2" prio "$3" "${@:4}" ||
		fail "no filter on $1: ${*:4}"
	echo "$node $1 $2 $3" >>"$WORLD/run/neighbours"
}

neighbour_add() # LINK ingress|egress PRIORITY PROGRAM
{
	neighbour_filter "$1" "$2" "$3" bpf da pinned "$OTHER/$4"
}

neighbours_dump()
{
	bpftool -j map dump pinned "$OTHER-maps/seen" | jq 'map(.formatted // .)'
}

# A sum over what a program saw of packets whose other end has a port: that of the Service where it is the
# origin, that of the pods where it is a leg.
seen() # PROGRAM FIELD [PORT]
{
	neighbours_dump | jq "[.[] | select(.key.program == \"$1\" and
		(\"${3:-any}\" == \"any\" or .key.port == ${3:-0})) | .value.$2] | add // 0"
}

# Whether all packets that a program saw have this, and these are many.
all_have() # PROGRAM FIELD
{
	neighbours_dump | jq "[.[] | select(.key.program == \"$1\") | .value] |
		(map(.packets) | add) > 500 and all(.packets == .$2)"
}

# What each program has seen of each port: packets and bytes.
seen_all()
{
	neighbours_dump | jq -c '[.[] | {(.key.program + ":" + (.key.port | tostring)):
		[.value.packets, .value.bytes]}] | add // {}'
}

# How many packets and bytes of a port a program has seen since.
since() # SEEN PROGRAM:PORT
{
	jq -nr --argjson now "$(seen_all)" --argjson start "$1" \
		"[0, 1] | map((\$now[\"$2\"] // [0, 0])[.] - (\$start[\"$2\"] // [0, 0])[.]) | join(\" \")"
}

seen_alike() # SEEN PROGRAM:PORT...
{
	local first place

	first=$(since "$1" "$2")
	[[ $first == [1-9]* ]] || return
	for place in "${@:3}"; do
		[ "$(since "$1" "$place")" = "$first" ] || return
	done
}

# All of these saw one and the same traffic.
expect_seen_alike() # SEEN PROGRAM:PORT...
{
	wait_for 3 seen_alike "$@" || fail "want the same of ${*:2}, got $(seen_all) after $1"
}

# On one kept-alive connection of each family: marked, unmarked, in turns, and with bodies.
requests_go() # MARKED-SERVERS [FRONTEND [ORDINARY-SERVERS]]
{
	local FAMILY frontend=${2:-service} ordinary=${3:-$ORIGIN}

	for FAMILY in 4 6; do
		client_connect "go$FAMILY" "$frontend"
		client_gets "go$FAMILY" "${1//,/|}" context=x
		client_gets "go$FAMILY" "${ordinary//,/|}"
		client_ok "go$FAMILY" repeat 100 0 "x=$1" "-=$ordinary"
		client_gets "go$FAMILY" "${1//,/|}" context=x body=300000 download=300000
		client_gets "go$FAMILY" "${ordinary//,/|}" body=300000 download=300000
		client_ok "go$FAMILY" close
	done
}

requests_move()
{
	requests_go users-x
}

# Shunt sees no request, so all go to the origin.
requests_stay() # FRONTEND ORIGIN-SERVERS
{
	local before

	before=$(counter request)
	requests_go "$2" "$1" "$2"
	expect_equal "$(counter request)" "$before" "requests that Shunt saw"
}
