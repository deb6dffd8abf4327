#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Keys on two nodes: all agree on them as they change, whichever manager they come from, and what was
# signed stays so.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/nodes.sh"
. "$NET/lib/manager.sh"

PERIOD=4 # seconds
ORIGIN='users-1|users-2'
SIGNING="$NET/../manager/signing.py"

keys_file()
{
	echo "$WORLD/store.db.keys"
}

managers_start()
{
	local manager

	for manager in m1 m2; do
		manager_launch "$manager" --key-period ${PERIOD}s
	done
	for manager in m1 m2; do
		wait_for 10 manager_ready "$manager" ||
			fail "$manager is not ready: $(tail -5 "$WORLD/log/$manager")"
	done
}

world_ready()
{
	local node

	nginx_start_each users-1 users-2 users-x
	tokens_make
	managers_start
	node='node-a'
	managed_start m1
	node='node-b'
	managed_start m2
	expect_soon 5 "both nodes are live" all_nodes_are_live
	context set x shop/users=pod:users-x --wait
	context set only shop/users=pod:users-x --signed --wait
}

# The keys that are in force on a node, as {"epochs": [...], "current": N, "keys": [...]}. The keys
# are texts, as their numbers are too large for jq.
keys_of() # NODE
{
	local node=$1 index

	index=$(map_dump settings | jq '.[0].value.keys')
	on_node bpftool -j map dump pinned "$BPFFS/keys" |
		sed -E 's/"words":\[([0-9]+),([0-9]+)\]/"words":["\1","\2"]/g' |
		jq -c ".[$index].formatted.value"
}

# Each would let the other's passports in, and their keys are those that follow from the file.
expect_agreement() # KEYS KEYS
{
	local keys epoch

	for keys; do
		for epoch in $(jq '.epochs[]' <<<"$keys"); do
			expect_equal "$(jq -c ".keys[$epoch % 2].words" <<<"$keys")" \
				"$(python3 "$SIGNING" "$(keys_file)" passport "$epoch")" "the key of epoch $epoch"
		done
	done
	jq -en --argjson a "$1" --argjson b "$2" \
		'any($b.epochs[]; . == $a.current) and any($a.epochs[]; . == $b.current)' >"$WORLD/run/out" ||
		fail "the nodes disagree: $1, $2"
}

# Of the time, or of a moment ago.
expect_epoch_of_now() # KEYS
{
	local half=$(((${EPOCHREALTIME/./} / 1000 + PERIOD * 500) / (PERIOD * 1000) + 1))

	expect_between "$(jq .current <<<"$1")" $((half - 1)) "$half" "the current epoch"
}

test_nodes_of_different_managers_agree_while_keys_change()
{
	local first last a b i

	expect_equal "$(stat -c %a "$(keys_file)")" 600 "mode of the file"
	first=$(keys_of node-a | jq .current)
	clients_connect service
	for ((i = 0; i < 4 * PERIOD; i++)); do
		a=$(keys_of node-a)
		b=$(keys_of node-b)
		expect_agreement "$a" "$b"
		expect_epoch_of_now "$a"
		expect_epoch_of_now "$b"
		client_gets client-a users-x context=x
		client_gets client-b users-x context=x
		client_connect new service
		client_gets new users-x context=x
		sleep 0.5
	done
	last=$(keys_of node-a | jq .current)
	[ "$last" -gt "$first" ] || fail "the keys have not changed"
	note "epochs $first to $last"
}

test_nodes_stay_with_their_keys_while_no_manager_is_there()
{
	local before

	manager_stop m1
	manager_stop m2 KILL
	sleep 0.5
	before=$(keys_of node-a)
	sleep $((PERIOD + 1))
	expect_equal "$(keys_of node-a)" "$before" "keys"
	expect_agreement "$before" "$(keys_of node-b)"
	client_connect a service
	client_gets a users-x context=x
	managers_start
	expect_soon 15 "both nodes are live" all_nodes_are_live
	expect_soon 5 "keys of now" keys_differ "$before"
	expect_agreement "$(keys_of node-a)" "$(keys_of node-b)"
}

keys_differ() # KEYS
{
	[ "$(keys_of node-a)" != "$1" ] && [ "$(keys_of node-b)" != "$1" ]
}

test_a_context_that_demands_it_is_named_by_what_either_manager_signs()
{
	local marker node=node-a

	for manager in m1 m2; do
		api_as root "$manager"
		marker=$("$SHUNT" header only --signed)
		expect_equal "$marker" "x-shunt-context: $(python3 "$SIGNING" "$(keys_file)" marker only)" \
			"what $manager signs"
	done
	expect_equal "$(SHUNT_SERVER='' shunt header only --signed)" "$marker" "what the node's tables say"
	client_connect a service
	client_gets a "$ORIGIN" context=only
	client_gets a users-x "context=${marker#*: }"
	client_gets a "$ORIGIN" "context=only.0123456789abcdef"
	context set only --no-signed --wait
	client_gets a users-x context=only
	client_gets a users-x "context=${marker#*: }"
	context set only --signed --wait
	client_gets a "$ORIGIN" context=only
	grep -rF "${marker#*.}" "$WORLD/log" --include='m[12]' --include='shuntd*' &&
		fail "a signature was logged"
	return 0
}

test_what_a_manager_cannot_take_for_keys_is_said()
{
	local base=(--store "$WORLD/other.db" --manifests "$MANIFESTS" --anonymous
		--listen 127.0.0.1:9873)

	manager_refuses "key-period: not a time such as 90s, 30m or 1d: 0s" "${base[@]}" --key-period 0s
	manager_refuses "key-period: not a time" "${base[@]}" --key-period 999w
	cp "$(keys_file)" "$WORLD/run/open"
	chmod 644 "$WORLD/run/open"
	manager_refuses 'run/open: others than its owner may .* chmod 600 it' "${base[@]}" \
		--keys "$WORLD/run/open"
	echo 0123 >"$WORLD/run/short"
	chmod 600 "$WORLD/run/short"
	manager_refuses 'run/short: has to hold 64 hexadecimal digits' "${base[@]}" \
		--keys "$WORLD/run/short"
	[[ $output != *0123* ]] || fail "what may be a secret is printed: $output"
}

matrix_main 'routed 4 on'
