#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What /metrics says is what happened, and as Prometheus wants it.

. "$(dirname "$0")/lib.sh"

SERVICE='service="shop/users:http"'

world_ready()
{
	context_write x 'pod: users-x'
	context_write gone 'pod: refusing'
	context_write back 'pod: refusing, onUnreachable: main'
	agent_start
}

world_pods()
{
	pod_add refusing aaaaaa1
}

# The sum of the values whose names and labels match a pattern.
metric() # PATTERN [COUNTERS]
{
	awk -v pattern="^$1$" '$1 ~ pattern { sum += $2 } END { print sum + 0 }' <<<"${2-$(counters)}"
}

requests() # OUTCOME [COUNTERS]
{
	metric "shunt_requests_total{$SERVICE,outcome=\"$1\"}" "${@:2}"
}

test_each_request_is_counted_once_by_service_and_by_what_became_of_it()
{
	local before after outcome expected=(
		unmarked 3 moved 3 no_override 2 failed 1 fell_back 1 kept 0 not_permitted 0
	)

	before=$(counters)
	client_connect a service
	client_gets a 'users-1|users-2'
	client_gets a users-x context=x
	client_gets a users-x context=x
	client_gets a 'users-1|users-2'
	client_gets a users-x context=x
	client_gets a 'users-1|users-2' context=nobody
	client_gets a 'users-1|users-2' context=nobody
	client_gets a 'users-1|users-2'
	client_connect b service
	client_gets b 'users-1|users-2' context=back
	client_connect c service
	client_ok c request context=gone
	expect_match "$answer" status=503 "answer"
	after=$(counters)
	set -- "${expected[@]}"
	for outcome in unmarked moved no_override failed fell_back kept not_permitted; do
		expect_equal $(($(requests $outcome "$after") - $(requests $outcome "$before"))) "$2" "$1"
		shift 2
	done
	expect_equal $(($(requests .+ "$after") - $(requests .+ "$before"))) \
		$(($(counter request "$after") - $(counter request "$before"))) "requests"
	expect_equal "$(metric 'shunt_requests_by_marker_total{form="(none|header)"}' "$after")" \
		"$(counter request "$after")" "requests by marker"
	expect_equal "$(metric 'shunt_requests_total.*outcome="(unmarked|no_override)".*' "$after")" \
		"$(requests '(unmarked|no_override)' "$after")" "requests of other services"
}

test_moves_and_legs_are_told()
{
	local before after

	client_connect a service
	client_gets a users-x context=x
	before=$(counters)
	client_gets a 'users-1|users-2'
	after=$(counters)
	expect_equal $(($(metric shunt_returns_total "$after") - $(metric shunt_returns_total "$before"))) 1 \
		"returns"
	expect_equal "$(metric 'shunt_moves_total{leg="new"}' "$after")" "$(counter moved_new)" "new legs"
	expect_equal "$(metric shunt_handshake_seconds_count "$after")" "$(counter leg_open)" "handshakes"
	expect_equal "$(metric 'shunt_handshake_seconds_bucket{le="[+]Inf"}' "$after")" \
		"$(metric shunt_handshake_seconds_count "$after")" "all of them"
	expect_between "$(metric shunt_handshake_seconds_sum "$after")" 0.000001 600 "seconds of handshakes"
	expect_between "$(metric 'shunt_legs{state="parked"}' "$after")" 1 1000 "parked legs"
	expect_between "$(metric 'shunt_legs{state="current"}' "$after")" 1 1000 "current legs"
	expect_equal "$(metric 'shunt_legs{state="opening"}' "$after")" 0 "opening legs"
}

test_failures_and_fences_are_told()
{
	local metrics

	metrics=$(counters)
	expect_equal "$(metric 'shunt_leg_failures_total{reason="refused"}' "$metrics")" \
		"$(counter refused "$metrics")" "refused"
	expect_between "$(metric 'shunt_unreachable_total{result="answered"}' "$metrics")" 1 1000 "answers"
	expect_between "$(metric 'shunt_fence_connections_total{result="passed"}' "$metrics")" 1 1000 "passed"
}

# The kernel measures programs only where somebody asks for it; here it may do so or not.
test_programs_are_told()
{
	local metrics

	metrics=$(counters)
	expect_equal "$(grep -c '^shunt_program_runs_total{program="\(from_pod\|to_pod\)"} [0-9]*$' \
		<<<"$metrics")" 2 "programs"
	expect_equal "$(grep -c '^shunt_program_run_seconds_total{program="\(from_pod\|to_pod\)"} [0-9.]*$' \
		<<<"$metrics")" 2 "their time"
}

test_a_service_that_is_gone_takes_its_counts_along()
{
	local wanted=$MANIFESTS/cluster.yaml

	expect_clean # what moved connections use stays
	expect_between "$(requests unmarked)" 1 1000 "requests of the service"
	mv "$wanted" "$WORLD/cluster.kept"
	applied rm -f "$MANIFESTS"/context-*.yaml
	expect_soon 40 "no counts" no_requests
	applied mv "$WORLD/cluster.kept" "$wanted"
	context_write x 'pod: users-x'
	applied context_write y 'pod: users-y'
	client_connect a service
	client_gets a users-x context=x
	expect_equal "$(requests .+)" 1 "requests of the service that is there again"
}

no_requests()
{
	[ "$(grep -c ^shunt_requests_total <<<"$(counters)")" = 0 ]
}

test_metrics_are_as_Prometheus_wants_them()
{
	counters | promtool check metrics
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main 'routed 4 on|bridged 6 off'
