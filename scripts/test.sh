#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs every test, or those named, and ends with a line "N passed, N failed". A skip that is not
# expected is a failure. JOBS tests run at a time, by default as many as there are processors.
set -u
cd "$(dirname "$0")/.." || exit

BUILD=$(realpath "${BUILD:-build}") # tests look from other mounts and directories
JOBS=${JOBS:-$(nproc)}
export BUILD CMOCKA_MESSAGE_OUTPUT=TAP

# Patterns of skips that may happen, and why.
EXPECTED_SKIPS=(
	# Counts differ by kernel; those of Debian's 6.1 and 6.12 are compared on every machine.
	'no verifier counts on file for kernel'
)

# Tests that nothing else runs beside, at the end: they allow so little time that a busy machine could
# fail them.
ALONE=(
	tests/net/control.t     # the last request after a change, 100 ms
	tests/net/impair.t      # a path of 40 ms, at most 60 ms
	tests/net/unreachable.t # a 503, 100 ms
)

# Those that tell most exactly what is broken come first, and short ones last, so that no processor is
# left without work for long.
list_tests()
{
	find "$BUILD/tests/unit" "$BUILD/tests/prog" -maxdepth 1 -name 'test_*' -type f -executable |
		sort
	printf '%s\n' tests/net/*.t tests/kernels/*.t tests/kubernetes/*.t tests/manager/*.t \
		tests/packaging/*.t tests/monitoring/*.t tests/docs/*.t tests/differential/*.t \
		tests/verifier/*.t tests/fuzz/*.t
}

run_tests() # JOBS TEST...
{
	[ $# -gt 1 ] || return
	printf '%s\0' "${@:2}" | JOBS=$1 xargs -0 -n 1 -P "$1" scripts/lib/test_one.sh
}

unexpected_skips() # OUTPUT
{
	local pattern

	grep -E '^(not )?ok .*# *[Ss][Kk][Ii][Pp]' "$1" | while read -r line; do
		for pattern in "${EXPECTED_SKIPS[@]}"; do
			[[ $line =~ $pattern ]] && continue 2
		done
		echo "$line"
	done
}

[ $# -gt 0 ] || mapfile -t all < <(list_tests)
together=() alone=()
for test in "${@:-${all[@]}}"; do
	if [[ " ${ALONE[*]} " == *" $test "* ]]; then
		alone+=("$test")
	else
		together+=("$test")
	fi
done
[ ${#together[@]} -ne 1 ] || JOBS=1
RESULTS=$(mktemp -d)
export RESULTS
trap 'rm -rf "$RESULTS"' EXIT
output=$RESULTS/output
: >"$RESULTS/failed"

{
	run_tests "$JOBS" "${together[@]}"
	run_tests 1 "${alone[@]}"
} | tee "$output"

mapfile -t skips < <(unexpected_skips "$output")
passed=$(grep -E '^ok [0-9]' "$output" | grep -cviE '# *skip')
failed=$(($(grep -E '^not ok [0-9]' "$output" | grep -cviE '# *skip') + ${#skips[@]}))
if [ ${#skips[@]} -gt 0 ]; then
	printf 'unexpected skip: %s\n' "${skips[@]}"
fi
sed 's/^/failed: /' "$RESULTS/failed"
# A test that died, or ran other than it planned, says so in its summary alone.
if [ -s "$RESULTS/failed" ] && [ "$failed" -eq 0 ]; then
	failed=1
fi
echo "$((${#together[@]} + ${#alone[@]})) tests in $SECONDS s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
