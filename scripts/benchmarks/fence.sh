#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures what forged SYNs cost that the fence refuses, on the pod's link and by XDP (generic: between
# namespaces there is no other), and what they leave of ordinary traffic's requests/s. The same SYNs are
# also dropped by nftables at once, which is what sending them costs, and let through to the server.
# Prints medians over rounds that take turns, and JSON as the last line.
#
#   scripts/bench fence [--syns N] [--rounds N] [--seconds N]
cd "$(dirname "$0")/../.." || exit
. tests/net/lib.sh
set -e

WORLD_LIMIT=1200
WAYS=(dropped link xdp server)
declare -A SAID=(
	[none]="no SYNs"
	[dropped]="dropped by nftables"
	[link]="refused on the pod's link"
	[xdp]="refused by XDP"
	[server]="let through to the server"
)

usage()
{
	sed -n 's/^#   //p' "$0" >&2
	exit 2
}

options()
{
	export SYNS=1000000 ROUNDS=5 SECONDS_EACH=3

	while [ $# -gt 0 ]; do
		case ${1}:${2:-} in
		--syns:[0-9]*) SYNS=$2 ;;
		--rounds:[0-9]*) ROUNDS=$2 ;;
		--seconds:[0-9]*) SECONDS_EACH=$2 ;;
		*) usage ;;
		esac
		shift 2
	done
}

world_pods()
{
	pod_add client-2
}

world_ready()
{
	local pod

	for pod in users-1 users-2; do
		nginx_start "$pod"
	done
	context_write x 'pod: users-x'
	agent_start
	pod_spawn client bpf_stats "$TOOLS/bpf_stats" >"$WORLD/run/bpf_stats"
	expect_soon 5 "measuring programs" grep -q enabled "$WORLD/run/bpf_stats"
}

way_begin() # WAY
{
	case $1 in
	dropped)
		nft -f - <<-END
			table netdev flood {
				chain early {
					type filter hook ingress device veth-client-2 priority -500
					ip daddr $(pod_address users-x) drop
				}
			}
		END
		;;
	xdp) ip link set dev veth-client-2 xdpgeneric pinned "$BPFFS/programs/fence_xdp" ;;
	server) fence_mode observe ;;
	esac
}

way_end() # WAY
{
	case $1 in
	dropped) nft delete table netdev flood ;;
	xdp) ip link set dev veth-client-2 xdpgeneric off ;;
	server) fence_mode enforce ;;
	esac
}

fence_mode() # MODE
{
	applied manifest_write settings.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Settings
		metadata: {name: default}
		spec: {fence: {mode: $1}}
	END
}

# Milliseconds of all CPUs that were not idle, since boot.
busy_ms()
{
	awk -v hz="$(getconf CLK_TCK)" '/^cpu / { print int(($2 + $3 + $4 + $7 + $8) * 1000 / hz) }' /proc/stat
}

# Nanoseconds that all our programs ran, since they were loaded.
bpf_ns()
{
	local program

	for program in from_pod to_pod fence_xdp; do
		bpftool -j prog show pinned "$BPFFS/programs/$program" | jq '.run_time_ns // 0'
	done | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

flood() # COUNT
{
	in_pod client-2 "$TOOLS/syn" --passport 1:0123456789abcdef --flood "$1" \
		"$(pod_address client-2)" "$(pod_address users-x)" "$HTTP_TARGET" >/dev/null
}

# Nanoseconds a SYN: of the whole machine, and of BPF programs.
cost() # WAY
{
	local busy bpf

	way_begin "$1"
	busy=$(busy_ms) bpf=$(bpf_ns)
	flood "$SYNS"
	busy=$(($(busy_ms) - busy)) bpf=$(($(bpf_ns) - bpf))
	way_end "$1"
	echo "$((busy * 1000000 / SYNS))" >>"$WORLD/run/cost-$1"
	echo "$((bpf / SYNS))" >>"$WORLD/run/bpf-$1"
}

flood_on()
{
	while :; do
		flood 100000
	done
}

traffic() # WAY
{
	local flooding

	[ "$1" = none ] || way_begin "$1"
	if [ "$1" != none ]; then
		flood_on &
		flooding=$!
	fi
	client_wrk "$SECONDS_EACH"
	if [ "$1" != none ]; then
		kill "$flooding"
		wait "$flooding" 2>/dev/null || true
		way_end "$1"
	fi
	echo "$rate" >>"$WORLD/run/rate-$1"
}

median() # FILE
{
	sort -n "$WORLD/run/$1" | awk '{ v[NR] = $1 } END { print int(v[int((NR + 1) / 2)]) }'
}

report()
{
	local way json=

	printf '%-28s %12s %12s %14s\n' "$SYNS SYNs, $ROUNDS rounds" "ns of CPU" "ns of BPF" \
		"requests/s"
	printf '%-28s %12s %12s %14s\n' "${SAID[none]}" - - "$(median rate-none)"
	for way in "${WAYS[@]}"; do
		printf '%-28s %12s %12s %14s\n' "${SAID[$way]}" "$(median "cost-$way")" \
			"$(median "bpf-$way")" "$(median "rate-$way")"
		json+=", \"$way\": {\"cpu_ns\": $(median "cost-$way"), \"bpf_ns\": $(median "bpf-$way"),"
		json+=" \"requests_per_second\": $(median "rate-$way")}"
	done
	echo "{\"syns\": $SYNS, \"none\": {\"requests_per_second\": $(median rate-none)}$json}"
}

bench()
{
	local round way

	world_create >&2
	for ((round = 0; round < ROUNDS; round++)); do
		for way in "${WAYS[@]}"; do
			cost "$way"
		done
		for way in none "${WAYS[@]}"; do
			traffic "$way"
		done
	done
	report
}

if [ -n "${WORLD:-}" ]; then
	bench
	exit
fi
options "$@"
for program in bin/shuntd tests/tools/syn tests/tools/bpf_stats; do
	[ -x "$BUILD/$program" ] || { echo "bench fence: $BUILD/$program is missing: make all tests/tools" >&2; exit 1; }
done
enter_namespaces 1 routed 4 on - veth || exit
