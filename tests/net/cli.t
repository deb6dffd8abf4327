#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What people see of it: shunt status, flows, trace and header.

. "$(dirname "$0")/lib.sh"

world_pods()
{
	pod_add refusing bad0bad
}

world_ready()
{
	local pod

	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	context_write refusing 'pod: refusing'
	for pod in users-1 users-2 users-x; do
		nginx_start "$pod"
	done
	agent_start
}

test_header_printed_by_shunt_names_the_context()
{
	expect_equal "$(shunt header x)" "x-shunt-context: x" "header"
	expect_equal "$(client_curl / -H "$(shunt header x)")" users-x "answer to it"
	shunt header 'not a name' 2>"$WORLD/run/error" && fail "a bad name is accepted"
	[ -s "$WORLD/run/error" ] || fail "the refusal of a bad name says nothing"
}

flow_of() # PORT
{
	shunt flows --output json | jq -c ".[] | select(.client | endswith(\":$1\"))"
}

test_flows_shows_a_moved_connection_with_its_names_until_it_ends()
{
	local port flow text

	client_connect a service
	port=$(answer_word port)
	client_gets a 'users-1|users-2'
	expect_equal "$(flow_of "$port")" "" "a connection that was not moved"
	client_gets a users-x context=x
	flow=$(flow_of "$port")
	expect_equal "$(jq -r .context <<<"$flow")" x "context"
	expect_equal "$(jq -r .service <<<"$flow")" shop/users:http "service"
	expect_equal "$(jq -r .origin <<<"$flow")" "$(host_port "$(service_address)" $HTTP_PORT)" "origin"
	expect_equal "$(jq -r .target <<<"$flow")" "$(host_port "$(pod_address users-x)" $HTTP_TARGET)" "target"
	expect_equal "$(jq -r '[.legs[].state] | join(",")' <<<"$flow")" parked,current "legs"
	text=$(shunt flows)
	expect_match "$text" "shop/users:http.*:$port" "text"
	client_gets a 'users-1|users-2'
	expect_equal "$(flow_of "$port" | jq -r '[.legs[].state] | join(",")')" current,parked "legs"
	client_ok a close
	expect_clean
	expect_equal "$(flow_of "$port")" "" "the connection after its end"
}

trace_start() # FILE ARGUMENTS...
{
	"$SHUNT" trace --bpffs "$BPFFS" "${@:2}" >"$1" 3>&- &
	tracer=$!
	clients+=("$tracer")
	expect_soon 3 "tracing is on" tracing_is_on
}

tracing_is_on()
{
	[ "$(map_dump tracing | jq '.[0].value.until')" -gt 0 ]
}

trace_has() # FILE PATTERN
{
	grep -E "$2" "$1"
}

test_trace_prints_a_line_for_each_move_and_failure()
{
	local file=$WORLD/run/trace client target

	trace_start "$file"
	client_connect a service
	client="$(pod_address client)"
	client_gets a users-x context=x
	client_gets a 'users-1|users-2'
	client_do a request context=refusing
	target=$(host_port "$(pod_address users-x)" $HTTP_TARGET)
	expect_soon 3 "the move" trace_has "$file" \
		"^.*[0-9:.]+ .*x +shop/users:http .*${client}.* .*${target//[][]/.} .*moved in [0-9.]+ (µ|m)s"
	expect_soon 3 "the return" trace_has "$file" 'moved over a parked leg'
	expect_soon 3 "the failure" trace_has "$file" 'refusing +shop/users:http .*refused'
	kill -INT "$tracer"
	expect_soon 3 "the end of trace" process_is_gone "$tracer"
	expect_equal $(($(wc -l <"$file"))) 3 "lines"
}

test_trace_of_one_context_prints_no_other()
{
	local file=$WORLD/run/trace-y

	trace_start "$file" --context y --count 2
	client_connect a service
	client_ok a repeat 10 0 x=users-x -=users-1,users-2
	client_ok a repeat 4 0 y=users-y -=users-1,users-2
	expect_soon 3 "the end of trace" process_is_gone "$tracer"
	expect_equal "$(grep -c 'y  *shop/users:http' "$file") $(wc -l <"$file")" "2 2" "lines of y, and all"
}

test_status_says_what_is_loaded_and_counted()
{
	local status

	status=$(shunt status)
	expect_match "$status" 'generation: +[0-9]' "generation"
	expect_match "$status" 'veth-client +from_pod, to_pod' "link"
	expect_match "$status" 'x +shop/users:http' "override"
	expect_match "$status" 'moved_new +[1-9]' "counter"
	shunt status --output json | jq -e . >/dev/null || fail "the JSON form cannot be parsed"
}

test_what_is_not_understood_is_refused_on_standard_error()
{
	shunt nonsense >"$WORLD/run/out" 2>"$WORLD/run/error" && fail "an unknown command is accepted"
	[ ! -s "$WORLD/run/out" ] || fail "standard output: $(cat "$WORLD/run/out")"
	grep -q nonsense "$WORLD/run/error" || fail "standard error: $(cat "$WORLD/run/error")"
	"$SHUNT" flows --bpffs /sys/fs/bpf/nothing >"$WORLD/run/out" 2>"$WORLD/run/error" &&
		fail "flows of no agent are no error"
	grep -q /sys/fs/bpf/nothing "$WORLD/run/error" || fail "standard error: $(cat "$WORLD/run/error")"
}

matrix_main
