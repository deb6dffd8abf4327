#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs one test and prints at once what it said, also where others end at the same time. Called by
# scripts/test.sh, whose directory for results is $RESULTS: tests that failed are listed there.
#
#   scripts/lib/test_one.sh TEST
set -u

# Tests of the manager listen on ports of loopback that were free a moment before. In a network
# namespace of its own no other test takes them.
in_own_network()
{
	unshare --net -- sh -c 'ip link set lo up && exec "$@"' sh "$@"
}

run=()
[[ $1 =~ ^tests/(manager|kubernetes)/[^/]*$ ]] && run=(in_own_network)
output=$(mktemp -p "$RESULTS")
"${run[@]}" prove --exec '' --timer --verbose "$1" >"$output" 2>&1 || echo "$1" >>"$RESULTS/failed"
flock "$RESULTS" cat "$output"
rm "$output"
