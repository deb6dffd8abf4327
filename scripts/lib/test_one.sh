#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs one test for scripts/test.sh. What it says is printed at once when it has ended, as others run
# beside it, or line by line where JOBS is 1. Tests that failed are listed in $RESULTS/failed.
#
#   scripts/lib/test_one.sh TEST
set -u

# Tests of the manager listen on ports of loopback that were free a moment before. In a network
# namespace of its own no other test takes them.
in_own_network() # COMMAND...
{
	unshare --net -- sh -c 'ip link set lo up && exec "$@"' sh "$@"
}

run() # TEST
{
	local prefix=()

	[[ $1 =~ ^tests/(manager|kubernetes)/[^/]*$ ]] && prefix=(in_own_network)
	"${prefix[@]}" prove --exec '' --timer --verbose "$1" 2>&1 || echo "$1" >>"$RESULTS/failed"
}

if [ "$JOBS" = 1 ]; then
	run "$1"
	exit
fi
output=$(mktemp -p "$RESULTS")
run "$1" >"$output"
flock "$RESULTS" cat "$output"
rm "$output"
