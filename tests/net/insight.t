#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Where a request went and why, as `shunt trace`, `shunt explain` and `shunt top` tell it.

. "$(dirname "$0")/lib.sh"
HERE=127.0.0.1
. "$NET/lib/manager.sh"

ORIGIN='users-1|users-2'

world_pods()
{
	pod_add refusing aaaaaa1
	pod_add silent bbbbbb2
	in_pod silent nft -f - <<-END
		table inet silence {
			chain input {
				type filter hook input priority filter
				meta l4proto tcp drop
			}
		}
	END
}

world_ready()
{
	in_pod client sysctl -q net.ipv4.tcp_no_metrics_save=1
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	context_write refusing 'pod: refusing'
	context_write refusing-main 'pod: refusing, onUnreachable: main'
	context_write silent 'pod: silent'
	context_write unresolved 'pod: nowhere'
	nginx_start_each users-1 users-2 users-x users-y
	agent_start
}

# A client that is connected to the Service; what it asked for is found by $port.
dial() # NAME [PORT]
{
	client_open "$1"
	client_ok "$1" connect "$(service_address)" "${2:-$HTTP_PORT}"
	port=$(answer_word port)
}

# Events of the client with $port, as the agent remembers them.
events() # TRACE-OPTIONS...
{
	shunt trace --since 1h --output json --client "$(host_port "$(pod_address client)" "$port")" "$@"
}

outcomes()
{
	events | jq -rs 'map(.outcome + ":" + .reason) | join(" ")'
}

outcomes_are() # OUTCOMES
{
	[ "$(outcomes)" = "$1" ]
}

expect_outcomes() # OUTCOMES
{
	wait_for 3 outcomes_are "$1" || fail "events: got '$(outcomes)', want '$1'"
}

# What explain says is in $explained.
explain() # STATUS CONTEXT [ARGUMENTS...]
{
	local status=0

	explained=$(shunt explain "$2" shop/users:http "${@:3}") || status=$?
	expect_equal "$status" "$1" "exit status of explain $2, which says: $explained"
}

expect_explained() # PATTERN
{
	expect_match "$explained" "$1" "explanation"
}

test_requests_that_move_stay_and_return()
{
	local first

	dial a
	client_gets a users-x context=x
	client_gets a users-x context=x
	client_gets a "$ORIGIN"
	client_gets a users-x context=x
	expect_outcomes "moved:moved_new stayed:stayed moved:moved_parked moved:moved_parked"
	first=$(events --outcome moved_new)
	expect_equal "$(jq -r .target <<<"$first")" "$(host_port "$(pod_address users-x)" $HTTP_TARGET)" "target"
	expect_equal "$(jq -r .target_pod <<<"$first")" shop/users-x "pod of the target"
	expect_equal "$(jq -r '.context + " " + .service' <<<"$first")" 'x shop/users:http' "context and service"
	expect_equal "$(events --context x | wc -l)" 3 "events of the context"
	expect_equal "$(events --outcome stayed | wc -l)" 1 "events with one outcome"
	expect_equal "$(events --service users:web | wc -l)" 0 "events of the other port"
	explain 0 x
	expect_explained '= redirected to one of its endpoints'
	explain 0 x --client "$(pod_address client)"
	expect_explained '= redirected to its endpoint'
	expect_explained "users-x\): registered, its fence is closed to others; [0-9]+ s ago|now"
	expect_explained 'what the agent remembers: 2 moved, 1 stayed'
}

test_a_context_that_is_unknown()
{
	dial a
	client_gets a "$ORIGIN" context=nobody
	expect_outcomes "ignored:unknown_context"
	explain 1 nobody
	expect_explained '= not redirected: the manifests have no context nobody'
}

test_a_context_that_is_not_resolved()
{
	dial a
	client_gets a "$ORIGIN" context=unresolved
	expect_outcomes "ignored:unknown_context"
	explain 1 unresolved
	expect_explained '= not redirected: context unresolved is not resolved for shop/users:http: pod nowhere not found'
	expect_equal "$(shunt explain unresolved shop/users:http --output json | jq '.[0].redirected')" false "JSON"
}

test_an_endpoint_that_refuses()
{
	local line

	explain 0 refusing
	dial a
	client_do a request context=refusing
	expect_match "$answer" 'status=503 ' "answer"
	expect_outcomes "answered:refused"
	line=$(shunt trace --since 1h --context refusing | tail -1)
	expect_match "$line" 'failed: endpoint refused the connection; answered 503' "line"
	explain 1 refusing
	expect_explained '= not redirected: no endpoint could be reached when last tried: a request is answered'
	dial b
	client_gets b "$ORIGIN" context=refusing-main
	expect_outcomes "origin:refused"
	explain 1 refusing-main
	expect_explained 'a request goes to the origin'
}

test_an_endpoint_that_is_silent()
{
	dial a
	client_do a request context=silent
	expect_match "$answer" 'status=504 ' "answer"
	expect_outcomes "answered:timeout"
	expect_match "$(events | jq -r .text)" 'did not answer; answered 504' "text"
	explain 1 silent
}

test_markers_that_disagree()
{
	local event

	expect_equal "$(client_curl / -H 'x-shunt-context: x' -H 'cookie: shunt_context=y')" users-x "answer"
	event=$(shunt trace --since 1h --output json --outcome markers_disagree)
	expect_equal "$(jq -r '.context + " " + .outcome' <<<"$event")" 'x noted' "event"
	explained=$(shunt explain y shop/users:web)
	expect_explained 'markers_disagree *1 requests: markers disagree; the first in order counts; .*context x'
}

settings_apply() # SPEC
{
	applied manifest_write settings.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Settings
		metadata: {name: default}
		spec: $1
	END
}

test_a_client_that_may_not_name_contexts()
{
	settings_apply '{markerSources: {addresses: [192.0.2.0/24]}}'
	dial a
	client_gets a "$ORIGIN" context=x
	expect_outcomes "ignored:source_refused"
	explain 1 x --client "$(pod_address client)"
	expect_explained 'may not name a context'
	explain 0 x
	expect_explained '= redirected, from clients that may'
	applied rm "$MANIFESTS/settings.yaml"
}

test_a_context_that_wants_signatures()
{
	applied context_write secret $'pod: users-x}\n  signed: true #'
	dial a
	client_gets a "$ORIGIN" context=secret
	expect_outcomes "ignored:unsigned"
	explain 0 secret
	expect_explained '= redirected to one of its endpoints, if its marker is signed'
}

test_a_connection_that_is_pinned()
{
	dial a $WEB_PORT
	client_ok a write 'POST / HTTP/1.1\r\nhost: users\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'
	expect_outcomes "pinned:$(events | jq -r .reason)"
	explained=$(shunt explain x shop/users:web) || fail "explain: $explained"
	expect_explained '! pinned +[1-9][0-9]* connections to the service stay where they were.*; the last one .*, from '
}

test_requests_that_come_before_the_answer()
{
	local request='GET /%s HTTP/1.1\r\nhost: users\r\nx-shunt-context: x\r\n\r\n'

	dial a $WEB_PORT
	# shellcheck disable=SC2059
	client_ok a write "$(printf "${request//\\/\\\\}" quiet)$(printf "${request//\\/\\\\}" quiet)"
	expect_outcomes "unmoved:pipelined moved:moved_new"
}

tracer_start() # FILE ARGUMENTS...
{
	"$SHUNT" trace --bpffs "$BPFFS" "${@:2}" >"$1" 2>&1 3>&- &
	clients+=($!)
	tracers+=($!)
}

has_lines() # COUNT FILE...
{
	local file

	for file in "${@:2}"; do
		[ "$(grep -c moved "$file")" -ge "$1" ] || return
	done
}

is_followed() # FLAGS
{
	[ "$(map_dump tracing | jq '.[0].value.flags')" = "$1" ]
}

test_several_people_trace_at_once_and_see_no_path_but_where_they_ask()
{
	local files=("$WORLD"/run/reader-{1,2,3}) tracers=()

	is_followed 0 || fail "somebody is left of before"
	tracer_start "${files[0]}" --count 2
	tracer_start "${files[1]}" --output json --count 2
	expect_soon 3 "two follow" is_followed 1
	tracer_start "${files[2]}" --paths --count 2
	expect_soon 3 "one wants paths" is_followed 3
	expect_equal "$(client_curl '/where?token=hidden' -H 'x-shunt-context: x')" users-x "answer"
	expect_equal "$(client_curl / -H 'x-shunt-context: y')" users-y "answer"
	expect_soon 5 "the end of all" has_lines 2 "${files[@]}"
	grep -q 'GET /where  ' "${files[2]}" || fail "no path for who asked: $(<"${files[2]}")"
	if grep -q where "${files[0]}" "${files[1]}"; then
		fail "a path for who did not ask"
	fi
	if shunt trace --since 1h --paths | grep hidden; then
		fail "a query is remembered"
	fi
	expect_soon 5 "nobody follows" is_followed 0
	expect_equal "$(stat -c '%a %U' /run/shunt/shunt.sock)" '600 root' "mode of the socket"
}

test_trace_reads_the_events_itself_without_an_agent()
{
	local file=$WORLD/run/reader tracers=()

	agent_stop KILL
	tracer_start "$file" --count 1
	expect_soon 3 "it follows" is_followed 1
	client_curl / -H 'x-shunt-context: x' >/dev/null
	expect_soon 3 "its end" process_is_gone "${tracers[0]}"
	has_lines 1 "$file" || fail "no line: $(<"$file")"
	shunt trace --since 1m 2>"$WORLD/run/error" && fail "there is no history without an agent"
	grep -q 'no history' "$WORLD/run/error" || fail "error: $(<"$WORLD/run/error")"
	explain 0 x
	expect_explained 'source +no agent answers'
	agent_start
}

test_top_names_the_busiest()
{
	local json

	client_connect a service
	json=$WORLD/run/top
	"$SHUNT" top --bpffs "$BPFFS" -n 1 --interval 1s --output json >"$json" 3>&- &
	clients+=($!)
	until [ -s "$json" ]; do # requests between its two looks at the counts
		client_ok a repeat 30 0 x=users-x y=users-y x=users-x
	done
	expect_equal "$(jq -r '.rows[0].context + " " + .rows[0].service' "$json")" 'x shop/users:http' "the first"
	jq -e '.rows[0].requests_per_second > .rows[1].requests_per_second' "$json" >/dev/null ||
		fail "rates: $(<"$json")"
	expect_match "$(shunt top -n 1 --interval 1s --by context)" 'requests/s .*context' "text"
}

manager_is_away()
{
	explain 0 x
	grep -qE 'the manager at [^ ]* is away and was last heard [0-9]+ s ago' <<<"$explained"
}

test_a_manager_that_knows_why_and_then_is_away()
{
	agent_stop
	tokens_make
	manager_start m1
	managed_start m1
	context set x shop/users=pod:users-x --wait
	context set lost shop/users=pod:nowhere --wait
	explain 0 x
	expect_explained '\+ source +the manager at http://127.0.0.1:9871, connected'
	explain 1 lost
	expect_explained '= not redirected: the context is Unresolved for shop/users, says the manager: pod nowhere not found'
	explain 1 nobody
	expect_explained '= not redirected: the manager knows no context nobody'
	manager_stop m1
	expect_soon 10 "that it is away" manager_is_away
	explain 1 nobody
	agent_stop
}

test_a_table_that_is_full()
{
	shunt detach
	agent_launch "$SHUNTD" --manifests "$MANIFESTS" --keys "$WORLD/keys" --max-moved 1
	agent_await
	expect_clean # of the agent's trial
	dial a
	client_gets a users-x context=x
	dial b
	client_gets b "$ORIGIN" context=y
	expect_outcomes "unmoved:flows_full"
	explain 1 y
	expect_explained '= not redirected: the table flows is full, with 1 entries'
}

matrix_main 'routed 4 on|bridged 6 off'
