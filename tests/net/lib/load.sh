# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Load in the background that checks every answer: wrk with wrk.lua, against nginx behind the
# Service, with and without a marker in turns.

declare -gA LOAD=() # pod → process number
LOAD_SCRIPT=wrk.lua
LOAD_FLOWS=16 # that there are at a time at least
load_requests= # of all loads that expect_load_unharmed ended

under_load()
{
	[ "$(map_count flows)" -ge "$LOAD_FLOWS" ]
}

# In $client_pod, until load_end. Each connection pauses between its requests, if that is said.
load_start() # [MILLISECONDS]
{
	pod_exec "$client_pod" wrk -t1 -c16 -d600s -s "$NET/$LOAD_SCRIPT" \
		"http://$(host_port "$(service_address)" "$WEB_PORT")/quiet" -- "${1:-0}" \
		>"$WORLD/run/load-$client_pod" 2>&1 3>&- &
	LOAD[$client_pod]=$!
	clients+=($!)
	node=${POD_NODE[$client_pod]} expect_soon 5 "flows under load" under_load
}

load_end() # POD
{
	local output=$WORLD/run/load-$1

	process_is_gone "${LOAD[$1]}" && fail "the load in $1 ended by itself: $(cat "$output")"
	kill -INT "${LOAD[$1]}"
	expect_soon 10 "the end of the load in $1" process_is_gone "${LOAD[$1]}"
	wrk_result "$(cat "$output")"
	load_requests=$((load_requests + $(awk '/ requests in / { print $1 }' "$output")))
	note "under load: $rate requests/s from $1"
}

# No request of any load went wrong.
expect_load_unharmed()
{
	local pod

	load_requests=0
	for pod in "${!LOAD[@]}"; do
		load_end "$pod"
	done
	LOAD=()
}
