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
stress_under() # POD... -- OPTIONS OF IMPAIR
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
	stress_run
	for pod in "${pods[@]}"; do
		impair "$pod"
		note "$pod: $(cat "$WORLD/run/impair-$pod.json")"
		expect_between "$(impaired_count "$pod" packets)" 100 1000000000 "packets of $pod"
		expect_equal "$(impaired_count "$pod" unsent)" 0 "packets that devices of $pod took not"
	done
	expect_all_well
}

expect_all_well()
{
	local group

	for group in "${GROUPS_OF_STRESS[@]}"; do
		note "$group: $(cat "$WORLD/run/stress-$group.json")"
	done
	for group in "${GROUPS_OF_STRESS[@]}"; do
		expect_nothing_wrong "$group"
	done
	requests_served "$WORLD/log/$BYPASS_NAME" >"$WORLD/run/served"
	expect_served_once bypass "$WORLD/run/served"
	expect_not_slower_than unmoved
	expect_not_slower_than bypass
}

bad_path() # LOSS-PERCENT
{
	echo --loss "$1" --duplicate 1 --reorder 2
}

test_good_paths()
{
	stress_under client --
}

test_one_percent_lost_before_the_switch()
{
	# shellcheck disable=SC2046
	stress_under client -- $(bad_path 1)
}

test_five_percent_lost_before_the_switch()
{
	# shellcheck disable=SC2046
	stress_under client -- $(bad_path 5)
}

test_one_percent_lost_behind_the_switch()
{
	# shellcheck disable=SC2046
	stress_under "${PATHS[@]:1}" -- $(bad_path 1)
}

test_five_percent_lost_behind_the_switch()
{
	# shellcheck disable=SC2046
	stress_under "${PATHS[@]:1}" -- $(bad_path 5)
}

test_two_percent_lost_on_both_sides_of_the_switch()
{
	# shellcheck disable=SC2046
	stress_under "${PATHS[@]}" -- $(bad_path 2) --delay 1
}

test_nothing_is_left()
{
	expect_clean 20
}

matrix_main '^(routed 4|bridged 6) on'
