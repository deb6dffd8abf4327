#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every form of marker, in requests of curl to nginx; and what carries none that can be read.

. "$(dirname "$0")/lib.sh"

ORIGIN='users-1|users-2'
PYTHON=/usr/bin/python3

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	nginx_start_each users-1 users-2 users-x users-y
	agent_start
}

carrier() # FORM KEY=VALUE...
{
	echo "x-ot-span-context: $($PYTHON "$NET/clients/carrier.py" "$@")"
}

# A request with these fields; an argument that begins with ? is the query of its target.
answer_to() # FIELDS...
{
	local path=/ field arguments=()

	for field; do
		case $field in
		'?'*) path=/$field ;;
		*) arguments+=(-H "$field") ;;
		esac
	done
	client_curl "$path" "${arguments[@]}" || fail "curl with $*"
}

goes_to() # SERVER FIELDS...
{
	local fields=${*:2}

	expect_match "$(answer_to "${@:2}")" "^($1)$" "answer to a request with ${fields:0:200}"
}

# The same, and so many are counted more.
counts() # LABEL TIMES SERVER FIELDS...
{
	local before fields=${*:4}

	before=$(counter "$1")
	goes_to "${@:3}"
	expect_equal "$(counter "$1")" $((before + $2)) "$1 after a request with ${fields:0:200}"
}

test_every_form_moves_a_request_and_is_counted()
{
	counts by_header 1 users-x 'X-Shunt-Context: x'
	counts by_cookie 1 users-x 'cookie: shunt_context=x'
	counts by_query 1 users-x '?shunt_context=x'
	counts by_baggage 1 users-x 'baggage: shunt-context=x'
	counts by_tracestate 1 users-x 'tracestate: shunt=x'
	counts by_ot 1 users-x 'ot-baggage-shunt-context: x'
	counts by_uberctx 1 users-x 'uberctx-shunt-context: x'
	counts by_carrier 1 users-x "$(carrier binary shunt-context=x)"
	counts by_carrier 1 users-x "$(carrier basic shunt-context=x)"
	counts by_carrier 1 users-x "$(carrier envoy shunt-context=x)"
	counts by_overrides 1 users-x \
		"$(carrier binary "overrides=users@$(pod_address users-x)@$WEB_TARGET")"
}

test_marker_among_others_of_its_kind_is_found()
{
	goes_to users-x 'cookie: a=b; shunt_context=x; c=d'
	goes_to users-x 'cookie: a=b' 'cookie: c=d' 'cookie: shunt_context="x"'
	goes_to users-x '?a=b&shunt_context=%78&c=d'
	goes_to users-x '?a=b&c&shunt_context=x'
	goes_to users-x 'baggage: a=b;p=1;q , shunt-context = %78 ; ttl=5, c=d'
	goes_to users-x 'baggage: a=b' 'baggage: c=d,shunt-context=x'
	goes_to users-x 'tracestate: a@b=c, shunt=x ,d=e'
	goes_to users-x 'tracestate: a=b' 'tracestate: shunt=x'
	goes_to users-x "$(carrier binary a=b Shunt-Context=x c=d)"
}

test_part_of_a_member_is_no_marker()
{
	local before

	before=$(($(counter moved_new) + $(counter moved_parked)))
	goes_to $ORIGIN 'cookie: a_shunt_context=x; shunt_contexts=x; b="shunt_context=x"'
	goes_to $ORIGIN '?ashunt_context=x&shunt_contexts=x&b=shunt_context=x'
	goes_to $ORIGIN 'baggage: a-shunt-context=x,shunt-contexts=x,b=c;shunt-context=x'
	goes_to $ORIGIN 'tracestate: ashunt=x,shunt@y=x,b=shunt=x'
	goes_to $ORIGIN 'x-shunt-contexts: x' 'ax-shunt-context: x' 'ot-baggage-shunt: x'
	goes_to $ORIGIN "$(carrier binary context=x shunt-context-=x)"
	expect_equal $(($(counter moved_new) + $(counter moved_parked))) "$before" "moves"
}

# From the last form in the order to the first: each one added wins.
test_the_first_form_in_the_order_wins()
{
	local fields=() field name other swap

	name=x other=y
	for field in "$(carrier binary shunt-context=NAME)" 'uberctx-shunt-context: NAME' \
		'ot-baggage-shunt-context: NAME' 'tracestate: shunt=NAME' 'baggage: shunt-context=NAME' \
		'?shunt_context=NAME' 'cookie: shunt_context=NAME' 'x-shunt-context: NAME'; do
		[[ $field == x-ot* ]] && field=$(carrier binary shunt-context=$name)
		fields+=("${field/NAME/$name}")
		counts markers_disagree $((${#fields[@]} > 1)) users-$name "${fields[@]}"
		swap=$name name=$other other=$swap
	done
	counts markers_disagree 0 users-x 'x-shunt-context: x' 'cookie: shunt_context=x' '?shunt_context=x'
}

test_a_marker_without_a_valid_name_is_passed_over_and_counted()
{
	counts marker_invalid 1 $ORIGIN 'x-shunt-context: X!'
	counts marker_invalid 1 users-x 'x-shunt-context: X!' 'cookie: shunt_context=x'
	counts marker_invalid 1 $ORIGIN "?shunt_context=$(printf 'a%.0s' {1..64})"
	counts marker_invalid 1 $ORIGIN 'baggage: shunt-context=%00x'
}

test_registered_address_is_obeyed_by_every_name_of_the_service()
{
	local name

	applied rm "$MANIFESTS/context-y.yaml"
	for name in users shop/users shop/users:web; do
		counts by_overrides 1 users-y \
			"$(carrier binary "overrides=$name@$(pod_address users-y)@$WEB_TARGET")"
	done
	goes_to users-y "$(carrier binary \
		"overrides=pay@10.1.1.1@80,users@$(pod_address users-y)@$WEB_TARGET")"
	context_apply y 'pod: users-y'
}

# An ordinary pod, nobody, and the port of the service's other half.
test_address_that_is_not_registered_for_the_service_port_is_refused_and_counted()
{
	local target

	for target in "$(pod_address users-1)@$WEB_TARGET" "10.9.9.9@$WEB_TARGET" "fd99::9@$WEB_TARGET" \
		"$(pod_address users-x)@$HTTP_TARGET" "$(pod_address users-x)@22"; do
		counts address_refused 1 $ORIGIN "$(carrier binary "overrides=users@$target")"
	done
	counts address_refused 1 users-x 'x-shunt-context: x' \
		"$(carrier binary "overrides=users@10.9.9.9@$WEB_TARGET")"
}

test_address_for_another_service_is_ignored()
{
	local name

	for name in pay user userss other/users shop/users:http; do
		counts address_refused 0 $ORIGIN \
			"$(carrier binary "overrides=$name@$(pod_address users-x)@$WEB_TARGET")"
	done
}

test_large_carrier_with_the_wanted_item_last_is_read()
{
	goes_to users-x "$(carrier binary pad=4300 shunt-context=x)"
	goes_to users-x "$(carrier basic a=b pad=1000 pad=3000 shunt-context=x)"
}

test_malformed_carrier_is_ignored_and_counted()
{
	local good value

	good=$(carrier binary shunt-context=x)
	for value in "${good%????}" "${good/: E/: !}" "${good/: Ei/: Ej}" \
		'x-ot-span-context: Ev////////8='; do
		counts bad_carrier 1 $ORIGIN "$value"
	done
	counts bad_carrier 1 users-x 'x-shunt-context: x' "${good%????}"
}

# What other tools send, by names from the settings.
test_further_names_are_obeyed_once_they_are_in_the_settings()
{
	local fields=('baggage: sd-routing-key=x' 'tracestate: sd-routing-key=x' 'baggage: okteto-divert=x'
		'x-telepresence-intercept-id: x' 'x-tt-env: x' 'uberctx-dev-serve-user: x') field

	for field in "${fields[@]}"; do
		goes_to $ORIGIN "$field"
	done
	applied manifest_write settings.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Settings
		metadata: {name: default}
		spec:
		  additionalMarkers:
		  - {form: baggage, name: sd-routing-key}
		  - {form: tracestate, name: sd-routing-key}
		  - {form: baggage, name: okteto-divert}
		  - {form: header, name: x-telepresence-intercept-id}
		  - {form: header, name: x-tt-env}
		  - {form: uberctx, name: dev-serve-user}
	END
	for field in "${fields[@]}" 'x-shunt-context: x'; do
		goes_to users-x "$field"
	done
	applied rm "$MANIFESTS/settings.yaml"
	for field in "${fields[@]}"; do
		goes_to $ORIGIN "$field"
	done
}

# Runs a function while nginx, with these parameters of `listen`, takes the test server's place.
with_nginx() # PARAMETERS COMMAND...
{
	local pod pods=(users-1 users-2 users-x)

	for pod in "${pods[@]}"; do
		server_stop "$pod"
		# shellcheck disable=SC2086
		nginx_start "$pod" $HTTP_TARGET $1
	done
	"${@:2}"
	for pod in "${pods[@]}"; do
		process_end "$WORLD/run/nginx-$pod-$HTTP_TARGET.pid"
		server_start "$pod"
	done
}

# Marked requests on one connection, and none of them moves.
left_alone() # LABEL COUNT URL ARGUMENTS...
{
	local before urls=() i

	before=$(counter "$1")
	for ((i = 0; i < $2; i++)); do
		urls+=("$3?shunt_context=x")
	done
	expect_match "$(in_pod client curl -sS --max-time 20 -H 'x-shunt-context: x' "${@:4}" \
		"${urls[@]}" | paste -sd ' ')" "^(users-[12])( \1){$(($2 - 1))}$" "answers over $1"
	expect_equal "$(counter "$1")" $((before + 1)) "connections counted as $1"
}

test_TLS_is_left_alone_and_counted()
{
	local url

	url=https://$(host_port "$(service_address)" $HTTP_PORT)/
	nginx_certificate
	with_nginx ssl left_alone tls 3 "$url" -k
	with_nginx 'ssl http2' left_alone tls 3 "$url" -k --http2
}

test_HTTP_2_by_prior_knowledge_is_left_alone_and_counted()
{
	# One request: Debian's curl stumbles over a second one on such a connection.
	with_nginx http2 left_alone http2 1 "http://$(host_port "$(service_address)" $HTTP_PORT)/" \
		--http2-prior-knowledge
}

test_nothing_is_left_when_the_clients_are_gone()
{
	expect_clean
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main 'routed 4 on|bridged 6 off'
