#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The benchmarks work: every system sends requests to the right servers, and results are what they
# should be. Not how fast anything is.

. "$(dirname "$0")/lib.sh"

RESULTS=$(mktemp -d -t shunt-bench.XXXXXX)
trap 'rm -rf "$RESULTS"' EXIT
export OUTPUT=$RESULTS

bench() # ARGUMENTS...
{
	"$ROOT/scripts/bench" "$@"
}

test_traffic_of_every_system_gets_to_the_right_server()
{
	bench traffic --smoke
	expect_equal "$(jq -s 'map(select(.round)) | length' "$RESULTS/traffic.jsonl")" 18 "measurements"
	expect_equal "$(jq -s 'map(select(.round) | select(.errors + .wrong > 0 or .requests < 1))' \
		"$RESULTS/traffic.jsonl")" '[]' "measurements with faults, or without a request"
}

test_programs_are_measured_for_every_kind_of_packet()
{
	bench kernel --overrides 10 --runs 20
	expect_equal "$(jq '.packets | map(select(.ns.middle > 0)) | length' "$RESULTS/kernel.json")" 21 \
		"kinds of packets"
	expect_equal "$(jq '.tables | length' "$RESULTS/kernel.json")" 1 "tables"
}

test_agent_is_measured()
{
	bench agent --sizes 500:100 --changes 3 --idle 0.1
	expect_equal "$(jq -c 'map([.overrides, .frontends])' "$RESULTS/agent.json")" \
		'[[500,100],[500,100]]' "sizes"
	expect_equal "$(jq 'map(select(.change_ms.p50 > 0 and .resident_mb > 1)) | length' \
		"$RESULTS/agent.json")" 2 "sizes with results"
}

test_report_has_bars_and_a_picture()
{
	bench report
	expect_equal "$(jq '.bars | map(select(.measured == null)) | length' "$RESULTS/report.json")" 0 \
		"bars without a measurement"
	expect_equal "$(jq '.faults' "$RESULTS/report.json")" 0 "faults"
	python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$RESULTS/traffic.svg" ||
		fail "the picture is not well-formed"
}

test_measuring_of_programs_is_left_as_it_was()
{
	expect_equal "$(sysctl -n kernel.bpf_stats_enabled)" "$STATS_BEFORE" "kernel.bpf_stats_enabled"
}

# By what they were started with, whatever process namespace they are in.
processes_of_this_test()
{
	env -u OUTPUT grep -lsz "^OUTPUT=$RESULTS" /proc/[0-9]*/environ
}

no_process_is_left()
{
	[ -z "$(processes_of_this_test)" ]
}

# The script itself, what limits its time, what made the namespaces, and a shell inside.
world_is_entered()
{
	[ "$(processes_of_this_test | wc -l)" -ge 4 ]
}

test_run_that_is_interrupted_leaves_no_process()
{
	"$ROOT/scripts/benchmarks/traffic.sh" --rounds 1000 &
	expect_soon 30 "a world" world_is_entered
	kill $!
	expect_soon 10 "every process is gone" no_process_is_left
}

test_every_command_explains_itself()
{
	local command

	bench --help || fail "bench --help"
	for command in traffic kernel agent report; do
		bench "$command" --help | grep -q "^usage: .*$command" || fail "bench $command --help"
	done
	bench nonsense && fail "bench nonsense succeeds"
	bench traffic --nonsense && fail "bench traffic --nonsense succeeds"
	return 0
}

STATS_BEFORE=$(sysctl -n kernel.bpf_stats_enabled)
run_behaviours "$RESULTS/output"
