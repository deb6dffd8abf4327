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
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	context_write refusing 'pod: refusing'
	nginx_start_each users-1 users-2 users-x
	agent_start
}

test_header_printed_by_shunt_names_the_context()
{
	expect_equal "$(shunt header x)" "x-shunt-context: x" "header"
	expect_equal "$(client_curl / -H "$(shunt header x)")" users-x "answer to it"
	shunt header 'not a name' 2>"$WORLD/run/error" && fail "a bad name is accepted"
	[ -s "$WORLD/run/error" ] || fail "the refusal of a bad name says nothing"
}

ORIGIN='users-1|users-2'

goes_to() # SERVER QUERY FIELDS...
{
	local field arguments=()

	for field in "${@:3}"; do
		arguments+=(-H "$field")
	done
	expect_match "$(client_curl "/$2" "${arguments[@]}")" "^($1)$" "answer to a request with ${*:2}"
}

test_header_of_every_form_is_obeyed()
{
	local form line endpoint

	for form in header cookie baggage tracestate ot uberctx carrier; do
		goes_to users-x '' "$(shunt header x --form "$form")"
	done
	goes_to users-x "?$(shunt header x --form query)"
	endpoint=$(host_port "$(pod_address users-x)" $WEB_TARGET)
	goes_to users-x '' "$(shunt header --endpoint "shop/users=$endpoint")"
	goes_to users-x '' "$(shunt header --endpoint "shop/users:web=$endpoint")"
	goes_to "$ORIGIN" '' "$(shunt header --endpoint "shop/others=$endpoint")"
	goes_to "$ORIGIN" '' "$(shunt header --endpoint "users=10.77.77.77:80")"
	expect_equal "$(shunt header x --form all | wc -l)" 8 "lines of all forms"
	while read -r line; do
		goes_to users-x '' "$line"
	done < <(shunt header x --form all --output json | jq -r '.[] | select(.header) | .line')
}

test_signed_markers_are_read_from_the_tables()
{
	local signed form

	signed="x-shunt-context: $(python3 "$NET/../manager/signing.py" "$WORLD/keys" marker x)"
	expect_equal "$(stat -c %a "$WORLD/keys")" 600 "mode of the file of keys"
	expect_equal "$(shunt header x --signed)" "$signed" "header"
	agent_stop KILL
	expect_equal "$(shunt header x --signed)" "$signed" "header without an agent"
	agent_start
	expect_equal "$(shunt header x --signed)" "$signed" "header after a restart"
	for form in header cookie baggage tracestate ot uberctx carrier; do
		goes_to users-x '' "$(shunt header x --signed --form "$form")"
	done
	goes_to users-x "?$(shunt header x --signed --form query)"
	goes_to "$ORIGIN" '' 'x-shunt-context: x.0123456789abcdef'
	shunt header none --signed 2>"$WORLD/run/error" && fail "what is not there is signed"
	expect_match "$(cat "$WORLD/run/error")" 'context none: has no override in the tables' "error"
}

test_keys_of_passports_are_in_force()
{
	local keys epoch period=$((60 * 60 * 1000))

	keys=$(map_dump keys | jq -c ".[$(map_dump settings | jq '.[0].value.keys')].value")
	epoch=$(((${EPOCHREALTIME/./} / 1000 + period / 2) / period + 1))
	expect_between "$(jq .current <<<"$keys")" $((epoch - 1)) "$epoch" "the epoch of new passports"
	expect_equal "$(jq '.epochs | max - min' <<<"$keys")" 1 "epochs"
}

test_header_decode_says_what_a_line_means()
{
	local design='x-ot-span-context: EiYJ782riWdFIwEREDJUdpi63P4YASIQCglvdmVycmlkZXMSA2FiYw=='
	local json endpoint text

	text=$(shunt header --decode "$(shunt header x --form carrier)")
	expect_match "$text" 'context:  x, by carrier shunt-context$' "a carrier"
	text=$(shunt header --decode "$design" 2>"$WORLD/run/error") && fail "a malformed list is no error"
	expect_match "$text" 'trace id: 0123456789abcdef' "the design's carrier"
	expect_match "$text" 'baggage:  overrides = abc' "the design's carrier"
	expect_match "$(cat "$WORLD/run/error")" 'Overrides: byte 1:' "error"
	endpoint=$(host_port "$(pod_address users-x)" $WEB_TARGET)
	json=$(shunt header --output json --decode "$(shunt header --endpoint "shop/users=$endpoint")")
	expect_equal "$(jq -r '.markers[0].overrides[0] | .service + " " + .endpoint' <<<"$json")" \
		"shop/users $endpoint" "listed endpoint"
	expect_equal "$(jq -r .context <<<"$json")" '(address)' "context of listed endpoints"
	json=$(shunt header --output json --decode '?a=b&shunt_context=%78')
	expect_equal "$(jq -r '.context + " " + .form' <<<"$json")" 'x query' "a query"
	shunt header --decode 'x-ot-span-context: EiYJ*' 2>"$WORLD/run/error" && fail "no base64 is accepted"
	expect_match "$(cat "$WORLD/run/error")" "character 5, '\*'" "error"
}

settings_write() # SPEC
{
	manifest_write settings.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Settings
		metadata: {name: default}
		spec: $1
	END
}

# The markers in force, as "form/name".
markers_in_force()
{
	shunt status --output json | jq -r '.markers[] | .form + "/" + .name'
}

settings_are_refused()
{
	grep -E 'settings.yaml:4:[0-9]+: spec.markers\[0\].form: unknown form heder' "$WORLD/log/shuntd"
}

test_settings_change_what_is_obeyed_without_a_restart()
{
	goes_to "$ORIGIN" '' 'baggage: sd-routing-key=x'
	applied settings_write '{additionalMarkers: [{form: baggage, name: sd-routing-key},
		{form: tracestate, name: sd-routing-key}, {form: baggage, name: okteto-divert},
		{form: header, name: x-telepresence-intercept-id}, {form: header, name: x-tt-env},
		{form: uberctx, name: dev-serve-user}]}'
	goes_to users-x '' 'baggage: a=b,sd-routing-key=x'
	goes_to users-x '' 'tracestate: sd-routing-key=x,a=b'
	goes_to users-x '' 'baggage: okteto-divert=x'
	goes_to users-x '' 'X-Telepresence-Intercept-ID: x'
	goes_to users-x '' 'x-tt-env: x'
	goes_to users-x '' 'uberctx-dev-serve-user: x'
	goes_to users-x '' 'x-shunt-context: x' 'x-tt-env: y'
	expect_equal "$(markers_in_force | wc -l)" 15 "markers"
	expect_equal "$(markers_in_force | tail -1)" uberctx/dev-serve-user "the last marker"
	expect_match "$(shunt status)" 'tracestate +sd-routing-key' "status"

	applied settings_write '{markers: [{form: header, name: x-tt-env}, {form: query, name: env}]}'
	goes_to users-x '' 'x-tt-env: x'
	goes_to users-x '?env=x' 'baggage: sd-routing-key=y'
	goes_to "$ORIGIN" '' 'x-shunt-context: x' 'baggage: sd-routing-key=x'
	expect_equal "$(shunt header x --form all)" $'x-tt-env: x\nenv=x' "all forms"
	shunt header x --form cookie 2>"$WORLD/run/error" && fail "a form that is not obeyed is printed"
	expect_match "$(cat "$WORLD/run/error")" 'no marker of the form cookie' "error"

	settings_write '{markers: [{form: heder, name: x-other}]}'
	expect_soon 3 "a refusal with file, line and field" settings_are_refused
	goes_to users-x '' 'x-tt-env: x'

	applied settings_write '{markers: []}'
	goes_to "$ORIGIN" '?env=x' 'x-tt-env: x' 'x-shunt-context: x'
	applied rm "$MANIFESTS/settings.yaml"
	goes_to users-x '' 'x-shunt-context: x'
	expect_equal "$(markers_in_force | wc -l)" 9 "markers by default"
}

# One kept-alive connection sees another list from one request to the next.
test_settings_change_on_an_open_connection()
{
	client_connect a service
	client_gets a users-x context=x
	applied settings_write '{markers: [{form: header, name: x-tt-env}]}'
	client_gets a "$ORIGIN" context=x
	applied rm "$MANIFESTS/settings.yaml"
	client_gets a users-x context=x
	client_ok a close
	expect_clean
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
	expect_soon 3 "somebody follows the events" tracing_is_on
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

# Why a connection stays with its target, and what was ignored of a request.
test_trace_says_what_was_not_understood()
{
	local file=$WORLD/run/trace-refused carrier

	carrier=$(shunt header --form overrides --endpoint "shop/users=$(host_port "$(pod_address client)" 9)")
	trace_start "$file" --count 3
	client_curl / -H 'Content-Length: +1' >/dev/null
	client_curl / -H "$carrier" >/dev/null
	client_curl / -H 'x-ot-span-context: EiY=' >/dev/null
	expect_soon 3 "the end of trace" process_is_gone "$tracer"
	trace_has "$file" 'shop/users:web .* - +malformed, doubled or conflicting Content-Length' ||
		fail "no line for the pinned connection: $(<"$file")"
	trace_has "$file" 'shop/users:web .* - +address is no offloaded endpoint of the service' ||
		fail "no line for the address: $(<"$file")"
	trace_has "$file" 'shop/users:web .* - +malformed OpenTracing carrier, ignored' ||
		fail "no line for the carrier: $(<"$file")"
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
	expect_match "$status" 'propagation: not counted' "what is not counted"
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

matrix_main 'routed 4 on|bridged 6 off'
