#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Five services, of which one forgets the context that it gets: the counters name it and no other, while
# most requests have none, and though another one makes calls by itself.
#
#   PROPAGATION_REQUESTS=500   requests of each of the load's threads

. "$(dirname "$0")/lib.sh"

#                            ┌─▶ users ─┐
#   client ──▶ gateway ──────┤          ├──▶ pay ──▶ ledger, which has an override
#                            └─▶ cart ──┘
SERVICES=(gateway users cart pay ledger)
FORGETFUL=cart
REQUESTS=${PROPAGATION_REQUESTS:-40}
FEW=10        # calls that should have had a marker, from which on a service may be named
THRESHOLD=0.5 # of them that had none

service_number() # SERVICE
{
	local i

	for i in "${!SERVICES[@]}"; do
		[ "${SERVICES[i]}" != "$1" ] || echo $((i + 11))
	done
}

service_address4() # SERVICE
{
	echo "10.77.96.$(service_number "$1")"
}

service_address6() # SERVICE
{
	echo "fd77:96::$(service_number "$1")"
}

address_of() # SERVICE
{
	"service_address$FAMILY" "$1"
}

world_nodes()
{
	local service

	node_create
	pod_add client
	for service in "${SERVICES[@]}"; do
		pod_add "$service"
	done
	pod_add ledger-x 4f2a91c
	netfilter_create
}

nat_rules()
{
	local service

	for service in "${SERVICES[@]}"; do
		nat_rule ip "$(service_address4 "$service")" 80 $HTTP_TARGET "$(pod_address4 "$service")"
		nat_rule ip6 "$(service_address6 "$service")" 80 $HTTP_TARGET "$(pod_address6 "$service")"
	done
}

service_manifest() # SERVICE
{
	cat <<-END
		---
		apiVersion: v1
		kind: Service
		metadata: {name: $1, namespace: shop}
		spec:
		  clusterIP: $(service_address4 "$1")
		  clusterIPs: [$(service_address4 "$1"), "$(service_address6 "$1")"]
		  selector: {app: $1}
		  ports: [{name: http, protocol: TCP, port: 80, targetPort: $HTTP_TARGET}]
	END
}

cluster_write()
{
	local service

	{
		for service in "${SERVICES[@]}"; do
			service_manifest "$service"
			client_manifest "$service" shop "app: $service"
		done
		client_manifest ledger-x shop \
			'shunt.dev/offloaded: "true", shunt.dev/service: ledger, shunt.dev/sha: "4f2a91c"'
	} | manifest_write cluster.yaml
}

service_start() # POD OPTIONS...
{
	pod_spawn "$1" "service-$1" python3 "$NET/propagation/service.py" "$1" "$(pod_address "$1")" \
		$HTTP_TARGET "${@:2}" 2>"$WORLD/log/$1"
}

servers_start()
{
	local pod

	service_start gateway "$(address_of users)" "$(address_of cart)"
	service_start users "$(address_of pay)" --polls "$(address_of ledger)"
	service_start cart --forgets "$(address_of pay)"
	service_start pay "$(address_of ledger)"
	service_start ledger
	service_start ledger-x
	for pod in "${SERVICES[@]}" ledger-x; do
		expect_soon 10 "$pod listens" in_pod_listens "$pod" $HTTP_TARGET
	done
}

agent_start_counting()
{
	agent_launch "$SHUNTD" --manifests "$MANIFESTS" --keys "$WORLD/keys" --propagation
	agent_await
	expect_soon 5 "pods whose calls are counted" callers_are 6
	expect_match "$(shunt status)" 'propagation: calls .* are counted' "status"
}

callers_are() # COUNT
{
	[ "$(map_count callers)" = "$1" ]
}

world_ready()
{
	manifest_write context-x.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Context
		metadata: {name: x}
		spec: {overrides: [{service: shop/ledger, pod: ledger-x}]}
	END
	agent_start_counting
}

# Runs threads against the gateway; their answers are in $answers.
load() # CONTEXT...
{
	answers=$(in_pod client python3 "$NET/propagation/load.py" "$(address_of gateway)" \
		"$REQUESTS" "$@") || fail "load: $answers"
}

# A counter's value, of what counters() said; 0 where there is none.
value() # NAME LABELS COUNTERS
{
	awk -v name="$1{$2}" '$1 == name { print $2; found = 1 } END { if (!found) print 0 }' <<<"$3"
}

# How much a counter of a service has grown.
growth() # NAME SERVICE LABELS BEFORE AFTER
{
	local labels="service=\"shop/$2:http\"$3"

	awk -v a="$(value "$1" "$labels" "$4")" -v b="$(value "$1" "$labels" "$5")" 'BEGIN { print b - a }'
}

# Calls that had a marker, whatever was in flight.
marked_calls() # SERVICE BEFORE AFTER
{
	local during sum=0

	for during in none unmarked marked both; do
		sum=$((sum + $(growth shunt_propagation_calls_total "$1" \
			",marked=\"yes\",during=\"$during\"" "$2" "$3")))
	done
	echo "$sum"
}

# The services that a dashboard would name, and what it goes by.
named() # BEFORE AFTER
{
	local service expected marked

	for service in "${SERVICES[@]}"; do
		expected=$(growth shunt_propagation_expected_calls_total "$service" '' "$1" "$2")
		marked=$(marked_calls "$service" "$1" "$2")
		note "$service: $marked calls had a marker of $expected that should have"
		awk -v e="$expected" -v m="$marked" -v f="$FEW" -v t="$THRESHOLD" \
			'BEGIN { exit !(e >= f && (e - m) / e > t) }' && echo "$service"
	done
	return 0
}

test_service_that_forgets_contexts_is_named_and_no_other_under_mixed_load()
{
	local before after

	before=$(counters)
	load - - - x
	after=$(counters)
	expect_equal "$answers" "$((3 * REQUESTS)) - gateway(users(pay(ledger())) cart(pay(ledger())))
$REQUESTS x gateway(users(pay(ledger-x())) cart(pay(ledger())))" "answers"
	expect_equal "$(named "$before" "$after")" "$FORGETFUL" "services named"
	expect_equal "$(growth shunt_propagation_requests_total gateway ',marked="yes"' "$before" "$after")" \
		"$REQUESTS" "requests with a marker at the gateway"
	expect_equal "$(growth shunt_propagation_requests_total gateway ',marked="no"' "$before" "$after")" \
		"$((3 * REQUESTS))" "requests without one at the gateway"
}

test_it_is_named_and_no_other_where_all_requests_have_a_context()
{
	local before after

	before=$(counters)
	load x x
	after=$(counters)
	expect_equal "$(named "$before" "$after")" "$FORGETFUL" "services named"
	expect_equal "$(growth shunt_propagation_calls_total "$FORGETFUL" ',marked="no",during="marked"' \
		"$before" "$after")" "$((2 * REQUESTS))" "calls without a marker, of which that is certain"
}

test_nobody_is_named_where_no_request_has_a_context()
{
	local before after

	before=$(counters)
	load - -
	after=$(counters)
	expect_equal "$(named "$before" "$after")" "" "services named"
	expect_equal "$(growth shunt_propagation_expected_calls_total "$FORGETFUL" '' "$before" "$after")" \
		0 "calls that should have had a marker"
}

test_metrics_are_as_Prometheus_wants_them()
{
	counters | promtool check metrics
}

test_without_the_option_nothing_is_counted()
{
	local before

	agent_stop
	agent_start
	before=$(map_dump propagation)
	load x -
	expect_equal "$(counters | grep -c ^shunt_propagation)" 0 "metrics"
	expect_equal "$(map_dump propagation)" "$before" "counts"
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main 'routed 4 on|bridged 6 off'
