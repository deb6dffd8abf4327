#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who may name a context: clients by namespace and address, and signed markers at edges. What does not
# count goes to the ordinary pods, and says why in a counter.

. "$(dirname "$0")/lib.sh"

ORIGIN='users-1|users-2'
PYTHON=/usr/bin/python3

world_pods()
{
	pod_add client-gw
	pod_add client-ip
	pod_add client-out
}

clients_write()
{
	{
		client_manifest client ci 'app: tests'
		client_manifest client-gw shop 'app: gateway'
		client_manifest client-ip other 'app: tests'
		client_manifest client-out other 'app: gateway'
	} | manifest_write clients.yaml
}

world_ready()
{
	clients_write
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	nginx_start_each users-1 users-2 users-x users-y
	agent_start
}

# A pod's address as CIDR.
address_of() # POD
{
	if [ "$FAMILY" = 4 ]; then
		echo "$(pod_address "$1")/32"
	else
		echo "$(pod_address "$1")/128"
	fi
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

edges_apply()
{
	settings_apply '{edges: [{namespace: shop, labels: {app: gateway}}]}'
}

sources_apply()
{
	settings_apply "{markerSources: {namespaces: [ci], addresses: [\"$(address_of client-ip)\"]},
		edges: [{namespace: shop, labels: {app: gateway}}]}"
}

settings_forget()
{
	applied rm "$MANIFESTS/settings.yaml"
}

# The context's name with its signature.
signed() # NAME
{
	local line

	line=$(shunt header --signed "$1") || fail "shunt header --signed $1"
	expect_match "$line" "^x-shunt-context: $1\.[0-9a-f]{16}$" "the signed header of $1"
	echo "${line#x-shunt-context: }"
}

# The name with another context's tag, and with one that is nobody's: a digit of its own is changed.
borrowed() # NAME OTHER
{
	local other

	other=$(signed "$2") || exit 1
	echo "$1.${other##*.}"
}

forged() # NAME
{
	local value

	value=$(signed "$1") || exit 1
	case $value in
	*0) echo "${value%?}1" ;;
	*) echo "${value%?}0" ;;
	esac
}

REASONS=(source_refused unsigned bad_signature)

refusals()
{
	local reason

	for reason in "${REASONS[@]}"; do
		echo "$reason=$(counter "$reason")"
	done
}

# A request of $client_pod goes to SERVER, and so it is counted once; no REASON: it is not.
goes_to() # SERVER REASON PATH FIELDS...
{
	local before after field arguments=()

	for field in "${@:4}"; do
		arguments+=(-H "$field")
	done
	before=$(refusals)
	expect_match "$(client_curl "$3" "${arguments[@]}")" "^($1)$" "$client_pod: answer to $3 ${*:4}"
	after=$(refusals)
	[ -z "$2" ] || before=$(awk -F= -v reason="$2" '{ print $1 "=" $2 + ($1 == reason) }' <<<"$before")
	expect_equal "$after" "$before" "$client_pod: refusals after $3 ${*:4}"
}

named_by() # VALUE SERVER [REASON]
{
	goes_to "$2" "${3:-}" / "x-shunt-context: $1"
}

# What is sent by a client that need not sign, that has to, and that nobody listens to.
obeyed()
{
	client_pod=$1
	named_by x users-x
	named_by "$(signed x)" users-x
	named_by "$(forged x)" "$ORIGIN" bad_signature
	named_by "$(borrowed x y)" "$ORIGIN" bad_signature
	goes_to "$ORIGIN" '' /
}

obeyed_signed()
{
	client_pod=$1
	named_by x "$ORIGIN" unsigned
	named_by "$(signed x)" users-x
	named_by "$(signed y)" users-y
	named_by "$(forged x)" "$ORIGIN" bad_signature
	named_by "$(borrowed x y)" "$ORIGIN" bad_signature
	goes_to "$ORIGIN" '' /
}

ignored()
{
	client_pod=$1
	named_by x "$ORIGIN" source_refused
	named_by "$(signed x)" "$ORIGIN" source_refused
	named_by "$(forged x)" "$ORIGIN" source_refused
	goes_to "$ORIGIN" '' /
}

test_everybody_may_name_a_context_where_the_settings_say_nothing()
{
	obeyed client
	obeyed client-gw
	obeyed client-out
}

test_a_name_that_nobody_has_is_unknown_signed_or_not()
{
	local before

	before=$(counter unknown_context)
	goes_to "$ORIGIN" '' / 'x-shunt-context: nobody'
	goes_to "$ORIGIN" '' / 'x-shunt-context: nobody.0123456789abcdef'
	expect_equal "$(counter unknown_context)" $((before + 2)) "unknown contexts"
}

test_at_an_edge_only_signed_markers_count()
{
	edges_apply
	obeyed_signed client-gw
	obeyed client
	obeyed client-out # it has the labels, but not the namespace
	settings_forget
	obeyed client-gw
}

test_an_edge_may_be_an_address()
{
	settings_apply "{edges: [{addresses: [\"$(address_of client-out)\"]}]}"
	obeyed_signed client-out
	obeyed client-gw
	settings_forget
}

test_markers_count_from_listed_sources_only()
{
	sources_apply
	obeyed client
	obeyed client-ip
	obeyed_signed client-gw
	ignored client-out
	settings_forget
	obeyed client-out
}

test_a_context_may_demand_a_signature_from_everybody()
{
	applied manifest_write context-x.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Context
		metadata: {name: x}
		spec:
		  signed: true
		  overrides:
		  - {service: shop/users, pod: users-x}
	END
	obeyed_signed client
	obeyed_signed client-out
	client_pod=client
	named_by y users-y
	sources_apply
	obeyed_signed client-ip
	ignored client-out
	settings_forget
	context_apply x 'pod: users-x'
	obeyed client
}

test_every_form_can_be_signed()
{
	local value reason

	edges_apply
	client_pod=client-gw
	for value in x "$(forged x)"; do
		reason=unsigned
		[ "$value" = x ] || reason=bad_signature
		goes_to "$ORIGIN" $reason / "cookie: a=b; shunt_context=\"$value\""
		goes_to "$ORIGIN" $reason "/?a=b&shunt_context=$value"
		goes_to "$ORIGIN" $reason / "baggage: a=b,shunt-context=$value;p=q"
		goes_to "$ORIGIN" $reason / "$(carrier "shunt-context=$value")"
	done
	value=$(signed x) || exit 1
	goes_to users-x '' / "cookie: a=b; shunt_context=\"$value\""
	goes_to users-x '' "/?a=b&shunt_context=$value"
	goes_to users-x '' "/?a=b&shunt_context=${value/./%2e}"
	goes_to users-x '' / "baggage: a=b,shunt-context=$value;p=q"
	goes_to users-x '' / "tracestate: shunt=$value,a=b"
	goes_to users-x '' / "ot-baggage-shunt-context: $value"
	goes_to users-x '' / "uberctx-shunt-context: $value"
	goes_to users-x '' / "$(carrier "shunt-context=$value")"
	settings_forget
}

carrier() # KEY=VALUE
{
	echo "x-ot-span-context: $($PYTHON "$NET/clients/carrier.py" binary "$1")"
}

# The first marker in the order counts or does not; no other one comes in its place.
test_the_marker_that_is_taken_has_to_be_signed_itself()
{
	local value

	edges_apply
	client_pod=client-gw
	value=$(signed x) || exit 1
	goes_to "$ORIGIN" unsigned / 'x-shunt-context: x' "cookie: shunt_context=$value"
	goes_to users-x '' / "x-shunt-context: $value" 'cookie: shunt_context=x'
	goes_to users-x '' / "x-shunt-context: $value" 'cookie: shunt_context=y'
	settings_forget
}

test_listed_endpoints_count_only_from_those_who_need_not_sign()
{
	local list

	list=$(carrier "overrides=users@$(pod_address users-x)@$WEB_TARGET")
	sources_apply
	client_pod=client
	goes_to users-x '' / "$list"
	client_pod=client-gw
	goes_to "$ORIGIN" unsigned / "$list"
	client_pod=client-out
	goes_to "$ORIGIN" source_refused / "$list"
	settings_forget
}

test_one_connection_alternates_between_signed_and_unsigned_markers()
{
	local x y client_pod=client-gw

	edges_apply
	x=$(signed x) y=$(signed y) || exit 1
	client_connect a service
	for _ in 1 2 3 4 5; do
		client_gets a "$ORIGIN" context=x
		client_gets a users-x "context=$x"
		client_gets a "$ORIGIN" context=x
		client_gets a users-x "context=$x"
		client_gets a users-y "context=$y"
		client_gets a "$ORIGIN" "context=x.${y##*.}" body=5000
		client_gets a users-y "context=$y" body=5000
		client_gets a "$ORIGIN"
	done
	settings_forget
	client_gets a users-x context=x
	client_ok a close
	expect_clean
}

test_an_open_connection_follows_the_settings_with_its_next_request()
{
	local client_pod=client-gw x

	client_connect a service
	client_gets a users-x context=x
	edges_apply
	client_gets a "$ORIGIN" context=x
	x=$(signed x) || exit 1
	client_gets a users-x "context=$x"
	sources_apply
	client_gets a users-x "context=$x"
	settings_apply '{markerSources: {namespaces: [ci]}}'
	client_gets a "$ORIGIN" "context=$x"
	settings_forget
	client_gets a users-x context=x
	client_ok a close
	expect_clean
}

# Neither `shunt trace`, nor the agent's log, nor what people see of flows has a tag.
test_no_tag_is_told()
{
	local value file=$WORLD/run/trace client_pod=client-gw

	edges_apply
	value=$(signed x) || exit 1
	on_node "$SHUNT" trace --bpffs "$BPFFS" >"$file" 3>&- &
	clients+=($!)
	expect_soon 3 "tracing is on" tracing_is_on
	client_connect a service
	client_gets a "$ORIGIN" context=x
	client_gets a "$ORIGIN" "context=$(forged x)"
	client_gets a users-x "context=$value"
	expect_soon 3 "the unsigned marker: $(cat "$file")" grep -q ' x .*has to be signed' "$file"
	expect_soon 3 "the forged one: $(cat "$file")" grep -q ' x .*wrong signature' "$file"
	expect_soon 3 "the move: $(cat "$file")" grep -q ' x .*moved in' "$file"
	shunt flows >>"$file"
	shunt status >>"$file"
	grep -F "$(cut -c -8 <<<"${value##*.}")" "$file" "$WORLD/log/shuntd" && fail "the tag is told"
	settings_forget
}

test_nothing_is_left_when_the_clients_are_gone()
{
	expect_clean
}

matrix_main 'routed 4 on|bridged 6 off'
