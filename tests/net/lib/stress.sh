# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The stress client (tests/net/tools/stress_client.c) against the servers of a world, for tests that
# source this after lib.sh. Three groups of connections run side by side, over the same paths:
#
#   moved     to the Service, contexts at random
#   unmoved   to the Service, no contexts: Shunt follows them and leaves them where they are
#   bypass    to a port of users-1 that Shunt knows nothing of
#
#   STRESS_REQUESTS=100000 STRESS_CONNECTIONS=200   of the group `moved`; the others have half of it
#   STRESS_SEED=7                                   of connections and paths
#   STRESS_CAPTURES=DIRECTORY                       where captures of failed connections are left

STRESS_REQUESTS=${STRESS_REQUESTS:-800}
STRESS_CONNECTIONS=${STRESS_CONNECTIONS:-50}
STRESS_SEED=${STRESS_SEED:-1}
STRESS_CAPTURES=${STRESS_CAPTURES:-$BUILD/tests/stress}
BYPASS_PORT=9090
BYPASS_NAME=bypass
GROUPS_OF_STRESS=(moved unmoved bypass)
ORIGINS=users-1,users-2

stress_prepare()
{
	pod_spawn users-1 "server-$BYPASS_NAME" "$TOOLS/server" --name "$BYPASS_NAME" \
		--port "$BYPASS_PORT" --log "$WORLD/log/$BYPASS_NAME"
	expect_soon 5 "the server besides the Service" in_pod_listens users-1 "$BYPASS_PORT"
}

# What one group does: a process in the client pod.
stress_start() # GROUP OPTIONS OF THE STRESS CLIENT...
{
	local address port turns=("-=$ORIGINS") connections=$STRESS_CONNECTIONS requests=$STRESS_REQUESTS

	address=$(service_address) port=$HTTP_PORT
	case $1 in
	moved)
		turns+=(x=users-x y=users-y z=users-z)
		;;
	bypass)
		address=$(pod_address users-1) port=$BYPASS_PORT turns=("-=$BYPASS_NAME")
		;;&
	*)
		connections=$(((connections + 1) / 2)) requests=$(((requests + 1) / 2))
		;;
	esac
	pod_exec client "$TOOLS/stress_client" --seed "$STRESS_SEED" --connections "$connections" \
		--requests "$requests" --name "$1" --log "$WORLD/run/stress-$1.log" "${@:2}" \
		-- "$address" "$port" "${turns[@]}" \
		>"$WORLD/run/stress-$1.json" 2>"$WORLD/run/stress-$1.wrong" 3>&- &
	clients+=($!)
}

# Headers of all packets on all links of the node, the latest 240 MB.
capture_start()
{
	rm -f "$WORLD"/run/ring*
	tcpdump -Z root -i any -s 300 -C 40 -W 6 -w "$WORLD/run/ring" tcp 2>"$WORLD/run/tcpdump" 3>&- &
	echo $! >"$WORLD/run/capture.pid"
	expect_soon 5 "tcpdump" grep -q listening "$WORLD/run/tcpdump"
}

# Leaves what was captured of each connection that a group complains of.
capture_cut() # GROUP
{
	local port file part name

	mkdir -p "$STRESS_CAPTURES"
	for port in $(sed -n 's/^wrong: .* port=\([0-9]*\) .*/\1/p' "$WORLD/run/stress-$1.wrong" |
		sort -u | head -5); do
		name=$STRESS_CAPTURES/$TOPOLOGY-$FAMILY-$1-seed-$STRESS_SEED-port-$port
		rm -f "$name"*
		for file in "$WORLD"/run/ring*; do
			part=$name-${file##*ring}.pcap
			tcpdump -r "$file" -w "$part" "tcp port $port" 2>/dev/null
		done
		echo "captured: $name-*.pcap"
	done
}

# All groups at once, to their ends.
stress_run() # OPTIONS...
{
	local group log

	for log in "$WORLD"/log/users-? "$WORLD/log/$BYPASS_NAME"; do
		: >"$log"
	done
	capture_start
	for group in "${GROUPS_OF_STRESS[@]}"; do
		stress_start "$group" "$@"
	done
	wait "${clients[@]}"
	clients=()
	process_end "$WORLD/run/capture.pid"
}

stress_result() # GROUP JQ-PATH
{
	jq "$2" "$WORLD/run/stress-$1.json"
}

# Every request of the group was answered, and rightly, or the client gave it up as it meant to.
expect_nothing_wrong() # GROUP
{
	[ -s "$WORLD/run/stress-$1.json" ] || fail "$1: $(cat "$WORLD/run/stress-$1.wrong")"
	[ "$(stress_result "$1" .wrong)" = 0 ] && return
	head -20 "$WORLD/run/stress-$1.wrong"
	capture_cut "$1"
	fail "$1: $(stress_result "$1" .wrong) requests went wrong"
}

# A leg that does not open within 3 s is answered with 504. On a path that loses 5 % of all packets each way,
# a SYN and its answer come through 9 times in 10, and four SYNs fit into that time: that happens to
# one leg in 10,000.
expect_few_timeouts() # GROUP MOST
{
	expect_between "$(stress_result "$1" .timeouts)" 0 "$2" "requests of $1 that were answered with 504"
}

# Identifiers of requests that servers got, one a line, as often as they got them.
requests_served()
{
	cat "$WORLD"/log/users-? "$WORLD/log/$BYPASS_NAME" |
		sed -n 's/^request .*[?&]id=\([a-z0-9.]*\).*/\1/p' | sort >"$WORLD/run/served"
}

# Every request that was answered was served by one server once, and none that was given up twice.
expect_served_once()
{
	local twice missing

	requests_served
	twice=$(uniq -d "$WORLD/run/served" | head -5)
	[ -z "$twice" ] || fail "served more than once: $twice"
	missing=$(cat "$WORLD"/run/stress-*.log | sed -n 's/^answered id=//p' | sort |
		comm -23 - "$WORLD/run/served" | head -5)
	[ -z "$missing" ] || fail "answered, but served by nobody: $missing"
}

# Slow requests of moved traffic are no more than those of other traffic, but for what chance does:
# five standard deviations, and one request in 500.
expect_not_slower_than() # GROUP
{
	local slow total slow_other total_other

	slow=$(stress_result moved .slow) total=$(stress_result moved .answered)
	slow_other=$(stress_result "$1" .slow) total_other=$(stress_result "$1" .answered)
	awk -v s="$slow" -v n="$total" -v o="$slow_other" -v m="$total_other" 'BEGIN {
		p = (s + o) / (n + m)
		exit !(s / n <= o / m + 5 * sqrt(p * (1 - p) * (1 / n + 1 / m)) + 1 / 500)
	}' || fail "slow: $slow of $total moved requests, $slow_other of $total_other of $1"
}
