#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures requests through Shunt, past it, and through proxies that do the same. Every workload is
# measured for each system in turn, round after round, so that what disturbs the machine disturbs all.
# Each measurement becomes a line of JSON in OUTPUT/traffic.jsonl.
cd "$(dirname "$0")/../.." || exit
# shellcheck source=/dev/null
. tests/net/lib.sh
# shellcheck source=/dev/null
. scripts/benchmarks/world.sh
set -e

WORLD_LIMIT=14400
ALL_WORKLOADS="small-1 small-16 small-256 large-1 large-16 large-256 new-small-1 new-small-16 \
	new-small-256 new-large-1 new-large-16 new-large-256"
USUAL_WORKLOADS="small-1 small-16 small-256 large-1 large-16 large-256 new-small-1 new-small-16"

usage()
{
	cat <<-END
		usage: scripts/bench traffic [OPTION...]

		Requests/s, latencies and CPU time of each system under each workload.

		  --rounds N        rounds of all measurements ($ROUNDS)
		  --seconds S       of each measurement ($SECONDS_EACH)
		  --full            all workloads, 5 rounds of 2 s: about 20 minutes
		  --smoke           whether everything works, in a few seconds; its figures say nothing
		  --workloads LIST  "$USUAL_WORKLOADS"
		                    of ${ALL_WORKLOADS//	/}
		  --systems LIST    of "${BARE_SYSTEMS[*]} ${SHUNT_SYSTEMS[*]}" (all)
		  --threads N       of HAProxy and of nginx as proxy ($PROXY_THREADS)
		  --topology WORD   routed or bridged ($TOPOLOGY_WANTED)
		  --family N        4 or 6 ($FAMILY_WANTED)
		  --output DIR      for results ($OUTPUT)
	END
}

defaults()
{
	export ROUNDS=3 SECONDS_EACH=1 WORKLOADS=$USUAL_WORKLOADS PROXY_THREADS=$(nproc)
	export SYSTEMS="${BARE_SYSTEMS[*]} ${SHUNT_SYSTEMS[*]}"
	export OUTPUT=${OUTPUT:-$BUILD/bench}
	TOPOLOGY_WANTED=routed FAMILY_WANTED=4
}

refuse()
{
	echo "bench traffic: $*; see --help" >&2
	exit 2
}

# Every word of a list is one of the others.
expect_words() # LIST WORD...
{
	local word

	for word in $1; do
		[[ " ${*:2} " == *" $word "* ]] || refuse "$word is none of ${*:2}"
	done
}

options()
{
	defaults
	while [ $# -gt 0 ]; do
		case $1 in
		--help | --full | --smoke) ;;
		*) [ $# -ge 2 ] || refuse "$1 needs a value, or is no option" ;;
		esac
		case $1 in
		--help) usage && exit ;;
		--full) ROUNDS=5 SECONDS_EACH=2 WORKLOADS=$ALL_WORKLOADS ;;
		--smoke) ROUNDS=1 SECONDS_EACH=0.05 WORKLOADS="small-16 new-small-1" ;;
		--rounds) ROUNDS=$2 ;;
		--seconds) SECONDS_EACH=$2 ;;
		--workloads) WORKLOADS=$2 ;;
		--systems) SYSTEMS=$2 ;;
		--threads) PROXY_THREADS=$2 ;;
		--topology) TOPOLOGY_WANTED=$2 ;;
		--family) FAMILY_WANTED=$2 ;;
		--output) OUTPUT=$2 ;;
		*) refuse "unknown option $1" ;;
		esac
		case $1 in
		--full | --smoke) shift ;;
		*) shift 2 ;;
		esac
	done
	expect_words "$WORKLOADS" $ALL_WORKLOADS
	expect_words "$SYSTEMS" "${BARE_SYSTEMS[@]}" "${SHUNT_SYSTEMS[@]}"
	expect_words "$TOPOLOGY_WANTED" routed bridged
	expect_words "$FAMILY_WANTED" 4 6
	mkdir -p "$OUTPUT"
	OUTPUT=$(realpath "$OUTPUT")
}

# Said on standard error while it goes on.
progress() # TEXT...
{
	local left=$(((measurements - measured) * (EPOCHSECONDS - began) / (measured + 1)))

	printf '[%3d/%d, %d:%02d left] %s\n' "$measured" "$measurements" $((left / 60)) $((left % 60)) "$*" >&2
}

measure() # ROUND SYSTEM WORKLOAD
{
	local result

	result=$(load "$2" "$3" "$SECONDS_EACH") || fail "$2, $3: $result"
	jq -c "{round: $1, system: \"$2\", workload: \"$3\"} + ." <<<"$result" >>"$OUTPUT/traffic.jsonl"
	measured=$((measured + 1))
	progress "$(printf 'round %d  %-13s %-12s %s' "$1" "$3" "$2" \
		"$(jq -r '"\(.rate | floor) requests/s, p50 \(.latency_us.p50) µs"' <<<"$result")")"
}

# Those of SYSTEMS that need Shunt to be on, or off.
systems_while() # on|off
{
	local system state

	for system in $SYSTEMS; do
		state=on
		! is_bare "$system" || state=off
		[ "$state" != "$1" ] || echo "$system"
	done
}

# Shunt is attached or detached once a workload: what is measured last in one is first in the next.
measure_workload() # ROUND WORKLOAD
{
	local state other=off system

	[ "${shunt_is:-off}" = on ] || other=on
	for state in "${shunt_is:-off}" "$other"; do
		systems=$(systems_while "$state")
		[ -n "$systems" ] || continue
		shunt_be "$state"
		for system in $systems; do
			measure "$1" "$system" "$2"
		done
	done
}

# Both kinds of requests get to their servers through a proxy, or through Shunt.
verify() # SYSTEM
{
	local result

	result=$(load "$1" small-1 0.05 -=users-1 x=users-x) || fail "$1 does not redirect: $result"
	[ "$(jq '.errors + .wrong' <<<"$result")" = 0 ] || fail "$1 does not redirect rightly: $result"
}

# Requests that alternate on a connection cost one handshake more, and no further one.
verify_alternating()
{
	local before

	before=$(counter leg_open)
	verify alternating
	[ $(($(counter leg_open) - before)) = 1 ] || fail "$(counter leg_open) legs were opened for a connection"
}

# What the programs took of the requests that they were there for.
measure_programs() # SYSTEM WORKLOAD
{
	local before after result

	before=$(program_stats)
	result=$(load "$1" "$2" "$SECONDS_EACH")
	after=$(program_stats)
	jq -cn --argjson before "$before" --argjson after "$after" --argjson load "$result" \
		"{system: \"$1\", workload: \"$2\", load: \$load, programs: (\$after | with_entries(
		.key as \$name | .value |= {ns: (.ns - \$before[\$name].ns),
		runs: (.runs - \$before[\$name].runs)}))}" >>"$OUTPUT/traffic.jsonl"
}

# {"from_pod": {"ns": …, "runs": …}, …} since they were loaded.
program_stats()
{
	local program

	for program in from_pod to_pod; do
		bpftool -j prog show pinned "$BPFFS/programs/$program"
	done | jq -cs 'map({key: .name, value: {ns: (.run_time_ns // 0), runs: (.run_cnt // 0)}}) | from_entries'
}

measure_all_programs()
{
	local system workload

	[ -n "$(systems_while on)" ] || return 0
	shunt_be on
	pod_spawn client bpf_stats "$TOOLS/bpf_stats" >"$WORLD/run/bpf_stats"
	expect_soon 5 "measuring programs" grep -q enabled "$WORLD/run/bpf_stats"
	for workload in $WORKLOADS; do
		for system in $(systems_while on); do
			measure_programs "$system" "$workload"
		done
	done
	process_end "$WORLD/run/bpf_stats.pid"
}

bench()
{
	local round workload measured=0 measurements began=$EPOCHSECONDS

	world_create >"$WORLD/output"
	verify haproxy
	verify nginx
	shunt_be on
	verify_alternating
	measurements=$((ROUNDS * $(wc -w <<<"$WORKLOADS") * $(wc -w <<<"$SYSTEMS")))
	for ((round = 1; round <= ROUNDS; round++)); do
		for workload in $WORKLOADS; do
			measure_workload "$round" "$workload"
		done
	done
	measure_all_programs
}

if [ -n "${WORLD:-}" ]; then
	bench
	exit
fi
options "$@"
for program in bin/shuntd tests/tools/load tests/tools/bpf_stats; do
	[ -x "$BUILD/$program" ] || { echo "bench: $BUILD/$program is missing: make all tests/tools" >&2; exit 1; }
done
: >"$OUTPUT/traffic.jsonl"
[ "$(sysctl -n kernel.bpf_stats_enabled)" = 0 ] ||
	echo "bench: kernel.bpf_stats_enabled is 1, which slows every program down: set it to 0 first" >&2
enter_namespaces 1 "$TOPOLOGY_WANTED" "$FAMILY_WANTED" on - veth || exit
exec python3 scripts/benchmarks/report.py --output "$OUTPUT" traffic
