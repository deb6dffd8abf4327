#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes each target for a while: fuzz.sh SECONDS TARGET ... Inputs that end a target are kept in
# build/fuzz/findings; what is learnt is kept in build/fuzz/learnt, and the next run starts from it.
set -uo pipefail
cd "$(dirname "$0")/.."

BUILD=${BUILD:-build}
seconds=$1
shift

fuzz_target() # NAME
{
	local name=$1 learnt=$BUILD/fuzz/learnt/$1 log=$BUILD/fuzz/$1.log status executions

	mkdir -p "$learnt" "$BUILD/fuzz/findings"
	"$BUILD/fuzz/$name" -max_total_time="$seconds" -max_len=9000 -timeout=10 \
		-print_final_stats=1 -artifact_prefix="$BUILD/fuzz/findings/$name-" \
		"$learnt" "$BUILD/fuzz/seeds/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1
	status=$?
	executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	printf '%-10s %6s s %12s executions  %s\n' "$name" "$seconds" "${executions:-?}" \
		"$([ "$status" -eq 0 ] && echo "no finding" || echo "FINDING, see $log")"
	return "$status"
}

failed=0
for target in "$@"; do
	fuzz_target "$target" || failed=1
done
exit "$failed"
