# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# TAP, checks, and the matrix of worlds.

# Half of the worlds, for tests that wait much: any two of topology, family and offloads meet in each
# way. A packet's checksum depends on family and offloads, where it has to be sent on topology and
# family; nothing depends on all three but large packets, and these go through all worlds in moving.t,
# bodies.t, midlife.t and loss.t.
# shellcheck disable=SC2034 # tests name it
PAIRWISE='routed 4 on|routed 6 off|bridged 4 off|bridged 6 on'

# In a behaviour: says why and ends it.
fail()
{
	echo "$*" >&2
	exit 1
}

# A line of the report that is no verdict: what was measured.
note()
{
	echo "# $*" >&3
}

expect_equal() # ACTUAL EXPECTED WHAT
{
	[ "$1" = "$2" ] || fail "$3: got '$1', want '$2'"
}

expect_between() # ACTUAL LOW HIGH WHAT; whole or decimal numbers
{
	awk -v a="$1" -v l="$2" -v h="$3" 'BEGIN { exit !(a + 0 == a && a >= l && a <= h) }' ||
		fail "$4: got '$1', want $2 to $3"
}

# The same for what took time; a slow machine may take more.
expect_took() # MILLISECONDS LOW HIGH WHAT
{
	expect_between "$1" "$2" $(($3 * NET_PATIENCE)) "milliseconds $4"
}

expect_match() # TEXT PATTERN WHAT
{
	[[ $1 =~ $2 ]] || fail "$3: got '$1', want a match of '$2'"
}

expect_soon() # SECONDS WHAT COMMAND...
{
	local limit=$1 what=$2

	shift 2
	wait_for "$limit" "$@" || fail "not within $limit s: $what"
}

milliseconds_since() # EPOCHREALTIME
{
	echo $(((${EPOCHREALTIME/./} - ${1/./}) / 1000))
}

# In the order in which the test defines them.
behaviours()
{
	sed -n 's/^\(test_[A-Za-z0-9_]*\)()$/\1/p' "$0" | grep -E "${NET_TESTS:-.}"
}

# What a reader of a failure wants to know of the world.
diagnose()
{
	local node

	echo "packets that conntrack called invalid so far: $(invalid_packets)"
	for node in "${NODES[@]}"; do
		diagnose_node
	done
	if declare -F world_diagnose >/dev/null; then
		world_diagnose
	fi
}

diagnose_node()
{
	echo "$node: held: $(map_count held), legs: $(map_count legs), flows:"
	map_dump flows | jq -c '.[] | {port: .key.client_port} +
		(.value | {state, current, fin, legs: [.legs[].state]})' | head -20
	agent_ready >/dev/null || return
	echo "counted so far: $(on_node curl -s "http://$LISTEN/metrics" | sed -n \
		's/^shunt_events_total{reason="\(.*\)"} \([1-9].*\)/\1=\2/p' | tr '\n' ' ')"
}

world_title()
{
	echo "$TOPOLOGY IPv$FAMILY offloads $OFFLOADS$(tcp_title)$(link_title)"
}

link_title()
{
	[ "$NET_LINK" = veth ] || echo -n " $NET_LINK"
	[ "$NET_ATTACH" = host ] || echo " at the pods' ends"
}

# Runs one behaviour in a subshell; its output is shown where it fails.
run_behaviour() # NUMBER FUNCTION
{
	local title=${2#test_} output=$WORLD/output verdict=ok invalid

	invalid=$(invalid_packets)
	: >"$output"
	(
		trap clients_end EXIT
		"$2"
	) >>"$output" 2>&1 </dev/null || verdict="not ok"
	echo "$verdict $1 - ${title//_/ } [$(world_title)]"
	invalid=$(($(invalid_packets) - invalid))
	[ "$invalid" = 0 ] || echo "# conntrack called $invalid packets invalid meanwhile"
	[ "$verdict" = ok ] && return
	diagnose >>"$output" 2>&1
	sed 's/^/#   /' "$output"
	if [ -n "${NET_KEEP:-}" ]; then
		bash </dev/tty >/dev/tty 2>&1
	fi
}

# For tests that need no world: each behaviour once, in a subshell, between `before` and `after` where
# the test defines them.
run_behaviours() # OUTPUT, a file
{
	local behaviour verdict number=1

	echo "1..$(behaviours | wc -l)"
	for behaviour in $(behaviours); do
		verdict=ok
		(
			declare -F after >/dev/null && trap after EXIT
			declare -F before >/dev/null && before
			"$behaviour"
		) >"$1" 2>&1 </dev/null || verdict="not ok"
		behaviour=${behaviour#test_}
		echo "$verdict $number - ${behaviour//_/ }"
		[ "$verdict" = ok ] || sed 's/^/#   /' "$1"
		number=$((number + 1))
	done
}

# What cannot be set up cannot be tested.
bail_out()
{
	sed 's/^/#   /' "$WORLD/output" >&3
	echo "Bail out! the world [$(world_title)] cannot be made" >&3
}

# Inside the namespaces: sets one world up and runs every behaviour in it.
run_world() # FIRST-NUMBER
{
	local number=$1 behaviour

	exec 3>&1 >>"$WORLD/output" 2>&1
	trap bail_out EXIT
	set -e
	world_create
	set +e
	trap - EXIT
	exec >&3
	for behaviour in $(behaviours); do
		run_behaviour "$number" "$behaviour"
		number=$((number + 1))
	done
}

# A line for each: topology, family, offloads, TCP options that are off, kind of link.
list_worlds() # PATTERN
{
	local topology family offloads tcp link

	for topology in routed bridged; do
		for family in 4 6; do
			for offloads in on off; do
				[[ "$topology $family $offloads" =~ $1 ]] || continue
				for tcp in ${NET_TCP:--}; do
					for link in $NET_LINK; do
						[ "$topology $link" = "bridged macvlan" ] ||
							echo "$topology $family $offloads $tcp $link"
					done
				done
			done
		done
	done
}

# Every combination in namespaces of its own. A test whose subject depends on less names those that
# it needs.
matrix_main() # [PATTERN]
{
	local count list number=1 worlds=()

	if [ -n "${WORLD:-}" ]; then
		run_world "$FIRST"
		exit
	fi
	list=$(list_worlds "${NET_MATRIX:-${1:-.}}")
	[ -z "$list" ] || mapfile -t worlds <<<"$list"
	count=$(behaviours | wc -l)
	echo "1..$((count * ${#worlds[@]}))"
	for world in "${worlds[@]}"; do
		# shellcheck disable=SC2086
		enter_namespaces "$number" $world || exit
		number=$((number + count))
	done
}
