#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Requests of every kind on many connections at once, over good and bad paths: each is answered by
# the right server, once, to the last byte, and moved ones as soon as those that Shunt leaves alone.

WORLD_LIMIT=${WORLD_LIMIT:-3600}
. "$(dirname "$0")/lib.sh"
. "$NET/lib/impair.sh"
. "$NET/lib/stress.sh"

PATHS=(client users-1 users-2 users-x users-y users-z)

world_pods()
{
	pod_add users-z 77aa001
}

world_ready()
{
	local context

	for context in x y z; do
		context_write "$context" "pod: users-$context"
	done
	impair_prepare "${PATHS[@]}"
	server_start users-z
	stress_prepare
	agent_start
}

# What happens on the paths of these pods, while all groups run; the other paths are good.
paths_are() # POD... -- OPTIONS OF IMPAIR...
{
	local pod pods=()

	while [ "$1" != -- ]; do
		pods+=("$1")
		shift
	done
	shift
	for pod in "${PATHS[@]}"; do
		if [[ " ${pods[*]} " == *" $pod "* ]]; then
			impair "$pod" --seed "$STRESS_SEED" "$@"
		else
			impair "$pod"
		fi
	done
}

# What the paths did in the meantime; good ones come in their places.
paths_report()
{
	local pod

	for pod in "${PATHS[@]}"; do
		impair "$pod"
		note "$pod: $(cat "$WORLD/run/impair-$pod.json")"
		expect_between "$(impaired_count "$pod" packets)" 100 1000000000 "packets of $pod"
		expect_equal "$(impaired_count "$pod" unsent)" 0 "packets that devices of $pod took not"
	done
}

expect_all_well() # OPTIONS OF THE STRESS CLIENT...
{
	local group

	stress_run "$@"
	paths_report
	for group in "${GROUPS_OF_STRESS[@]}"; do
		note "$group: $(cat "$WORLD/run/stress-$group.json")"
	done
	for group in "${GROUPS_OF_STRESS[@]}"; do
		expect_nothing_wrong "$group"
	done
	expect_few_timeouts moved "$timeouts"
	expect_served_once
	expect_not_slower_than unmoved
}

bad=(--duplicate 1 --reorder 2)
timeouts=$((1 + STRESS_REQUESTS / 1000)) # where packets are lost

test_good_paths()
{
	paths_are client --
	timeouts=0 expect_all_well
}

test_one_percent_lost_before_the_switch()
{
	paths_are client -- "${bad[@]}" --loss 1
	expect_all_well
}

# What comes behind a lost packet of a chunked request is dropped at the switch, moved or not, so each
# loss costs a retransmission timeout: bodies are small where many are lost.
test_five_percent_lost_before_the_switch()
{
	paths_are client -- "${bad[@]}" --loss 5
	expect_all_well --body 32768
}

test_one_percent_lost_behind_the_switch()
{
	paths_are "${PATHS[@]:1}" -- "${bad[@]}" --loss 1
	expect_all_well
}

test_five_percent_lost_behind_the_switch()
{
	paths_are "${PATHS[@]:1}" -- "${bad[@]}" --loss 5
	expect_all_well
}

# What overtakes others on its way to a client is passed on, so that its server hears what is missing: only
# of clients that pipeline must Shunt know where each answer ends.
test_clients_that_do_not_pipeline_get_what_comes_early()
{
	local before

	before=$(counter ahead)
	paths_are "${PATHS[@]:1}" -- "${bad[@]}" --loss 5
	expect_all_well --pipelining 0
	expect_equal "$(counter ahead)" "$before" "packets that were dropped since they came early"
}

test_two_percent_lost_on_both_sides_of_the_switch()
{
	paths_are "${PATHS[@]}" -- "${bad[@]}" --loss 2 --delay 1
	expect_all_well --body 32768
}

# Whoever gets a changed packet drops it. The switch itself reads packets before their checksums are
# looked at, so what it reads here is as it was sent.
test_one_percent_changed_behind_the_switch()
{
	paths_are "${PATHS[@]}" -- "${bad[@]}" --corrupt 1 --way in
	expect_all_well
	expect_between "$(impaired_count users-x corrupted)" 1 1000000 "changed packets to users-x"
}

test_small_packets_only_before_the_switch()
{
	paths_are client -- "${bad[@]}" --mtu 1300 --icmp --way out
	expect_all_well
	in_pod client ip route flush cache
	in_pod client ip -6 route flush cache
	expect_between "$(impaired_count client too_big)" 1 1000000 "packets too big"
}

# State of connections whose end was lost goes with the sweep. Servers may keep connections: a lost
# reset is not sent again.
test_nothing_is_left()
{
	expect_soon 75 "flows, held and legs are empty" no_state_left
}

matrix_main '^(routed 4|bridged 6) on'
