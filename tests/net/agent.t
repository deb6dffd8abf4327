#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The agent comes, goes, dies and is replaced; what it left in the kernel goes on.

. "$(dirname "$0")/lib.sh"

REPLACEMENT=$BUILD/replacement
[ -n "${WORLD:-}" ] ||
	make -s -C "$ROOT" BUILD="$REPLACEMENT" "$REPLACEMENT/bin/shuntd" >/dev/null || exit

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	nginx_start_each users-1 users-2 users-x
	agent_start
}

programs()
{
	local program

	for program in from_pod to_pod watch sweep; do
		bpftool -j prog show pinned "$BPFFS/programs/$program" | jq .id
	done
}

map_ids()
{
	local map

	for map in frontends overrides offloaded services flows framing held legs settings markers keys \
		sources fence_allowed steered dialled stats; do
		bpftool -j map show pinned "$BPFFS/$map" | jq .id
	done
}

# The programs that the link of the client's pod runs, ingress then egress.
attached()
{
	local hook

	for hook in ingress egress; do
		tc -j filter show dev veth-client "$hook" | jq '.[].options.prog.id // empty'
	done
}

expect_attached_are_pinned()
{
	expect_equal "$(attached | tr '\n' ' ')" "$(programs | head -2 | tr '\n' ' ')" "attached programs"
}

test_kill_9_and_restart_under_load_cost_no_request()
{
	load_start
	agent_stop KILL
	client_connect a service
	client_ok a repeat 200 0 x=users-x -=users-1,users-2
	agent_start
	client_ok a repeat 200 0 x=users-x -=users-1,users-2
	expect_attached_are_pinned
	expect_load_unharmed
}

test_replacement_by_a_newly_built_agent_under_load_costs_no_request()
{
	local before maps

	before=$(programs)
	maps=$(map_ids)
	client_connect a service
	client_gets a users-x context=x
	load_start
	agent_stop KILL
	agent_start "$REPLACEMENT/bin/shuntd"
	client_gets a 'users-1|users-2'
	client_ok a repeat 200 0 x=users-x -=users-1,users-2
	expect_equal "$(comm -12 <(echo "$before" | sort) <(programs | sort))" "" "programs not replaced"
	expect_equal "$(map_ids)" "$maps" "maps"
	expect_attached_are_pinned
	agent_stop
	agent_start
	client_ok a repeat 200 0 x=users-x -=users-1,users-2
	expect_load_unharmed
}

test_stopped_agent_leaves_everything_redirecting()
{
	client_connect old service
	client_gets old users-x context=x
	agent_stop
	client_connect new service
	client_gets new users-y context=y
	client_gets old 'users-1|users-2'
	client_ok new repeat 100 0 x=users-x -=users-1,users-2 y=users-y
	client_ok old close
	client_ok new close
	expect_clean
	agent_start
}

# The marker of the test's clients is not among these.
other_markers()
{
	manifest_write settings.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Settings
		metadata: {name: default}
		spec: {markers: [{form: baggage, name: sd-routing-key}]}
	END
}

test_markers_go_on_without_the_agent_and_over_a_restart()
{
	local markers

	applied other_markers
	agent_stop
	markers=$(shunt status --output json | jq -c .markers)
	expect_equal "$markers" '[{"form":"baggage","name":"sd-routing-key","field":"baggage"}]' "markers"
	expect_equal "$(client_curl / -H 'baggage: sd-routing-key=x')" users-x "answer without an agent"
	agent_start
	expect_equal "$(shunt status --output json | jq -c .markers)" "$markers" "markers after a restart"
	expect_equal "$(client_curl / -H 'baggage: sd-routing-key=x')" users-x "answer after a restart"
	applied rm "$MANIFESTS/settings.yaml"
	client_connect a service
	client_gets a users-x context=x
}

test_pod_that_comes_later_is_moved_and_one_that_goes_is_forgotten()
{
	local before

	before=$(map_count links)
	pod_add late
	expect_soon 2 "the new link is known" links_are $((before + 1))
	client_pod=late
	client_connect a service
	client_ok a repeat 100 0 x=users-x -=users-1,users-2
	expect_match "$(shunt_links)" veth-late "links with our filters"
	client_ok a close
	expect_clean # a pod that goes earlier takes the last packets with it
	ip link delete veth-late
	expect_soon 2 "the link is forgotten" links_are "$before"
}

links_are() # COUNT
{
	[ "$(map_count links)" = "$1" ]
}

# Links that carry a filter of ours.
shunt_links()
{
	local link

	for link in $(ip -o link show type veth | sed 's/^[0-9]*: \([^@:]*\).*/\1/'); do
		tc filter show dev "$link" ingress | grep -q 'name from_pod' && echo "$link"
	done
}

test_saved_manifest_is_in_the_maps_within_a_second()
{
	local start took

	start=$EPOCHREALTIME
	context_apply quick 'pod: users-y'
	took=$(milliseconds_since "$start")
	expect_took "$took" 0 1000 "until it is in the maps"
	note "a saved manifest is applied after $took ms"
	client_connect a service
	client_gets a users-y context=quick
	applied rm "$MANIFESTS/context-quick.yaml"
}

refusal_is_logged()
{
	grep -E 'context-bad.yaml:[0-9]+:.*podd' "$WORLD/log/shuntd"
}

test_bad_manifest_is_refused_by_file_line_and_field_and_the_last_good_tables_stay()
{
	client_connect a service
	context_write bad 'podd: users-x'
	expect_soon 3 "a refusal with file, line and field" refusal_is_logged
	client_ok a repeat 20 0 x=users-x -=users-1,users-2 bad=users-1,users-2
	context_apply bad 'pod: users-x'
	client_gets a users-x context=bad
	applied rm "$MANIFESTS/context-bad.yaml"
	client_gets a 'users-1|users-2' context=bad
}

refused_targets_are() # COUNT
{
	[ "$(curl -fs "http://$LISTEN/metrics" | awk '$1 == "shunt_targets_refused" { print $2 }')" = "$1" ]
}

test_target_that_becomes_the_nodes_own_address_is_refused_while_it_is()
{
	local address

	address=$(pod_address users-x)
	ip address add "$address" dev lo
	expect_soon 2 "both ports of users-x are refused" refused_targets_are 2
	expect_match "$(<"$WORLD/log/shuntd")" "2 entries refused, the first is [^ ]+ of shop/users:[a-z]+: it is a node's own address" "log"
	client_connect a service
	client_gets a 'users-1|users-2' context=x
	ip address delete "$address" dev lo
	expect_soon 2 "none is refused" refused_targets_are 0
	client_gets a users-x context=x
}

test_overrides_dumped_by_bpftool_can_be_read_by_a_person()
{
	local dump

	dump=$(bpftool map dump pinned "$BPFFS/overrides" | tr -d ' \n\t')
	expect_match "$dump" '"context":"x"' "context"
	expect_match "$dump" "255,255,$(pod_address4 users-x | tr . ,)" "IPv4 address"
	expect_match "$dump" "\"port\":$HTTP_TARGET,.*\"port\":$WEB_TARGET,|\"port\":$WEB_TARGET,.*\"port\":$HTTP_TARGET," "ports"
	dump=$(bpftool map dump pinned "$BPFFS/services" | tr -d ' \n\t')
	expect_match "$dump" '"name":"shop/users:http"' "service port"
}

test_health_and_metrics_are_served()
{
	local path metrics

	for path in livez readyz; do
		expect_equal "$(curl -s -o /dev/null -w '%{http_code}' "http://$LISTEN/$path")" 200 "/$path"
	done
	metrics=$(curl -s "http://$LISTEN/metrics")
	expect_match "$metrics" '# TYPE ' "metrics"
	expect_between "$(counter moved_new)" 1 1000000 "moves over new legs"
}

test_nothing_is_left_when_the_clients_are_gone()
{
	expect_clean
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main "$PAIRWISE"
