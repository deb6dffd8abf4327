#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs every test, or those named, and ends with a line "N passed, N failed". A skip that is not
# expected is a failure.
set -u
cd "$(dirname "$0")/.."

BUILD=$(realpath "${BUILD:-build}") # tests look from other mounts and directories
export BUILD CMOCKA_MESSAGE_OUTPUT=TAP

# Patterns of skips that may happen, and why.
EXPECTED_SKIPS=(
	# Counts differ by kernel; those of Debian's 6.1 and 6.12 are compared on every machine.
	'no verifier counts on file for kernel'
)

list_tests()
{
	find "$BUILD/tests/unit" "$BUILD/tests/prog" -maxdepth 1 -name 'test_*' -type f -executable |
		sort
	printf '%s\n' tests/fuzz/*.t tests/differential/*.t tests/verifier/*.t tests/manager/*.t \
		tests/kubernetes/*.t tests/net/*.t tests/kernels/*.t
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

if [ $# -gt 0 ]; then
	tests=("$@")
else
	mapfile -t tests < <(list_tests)
fi
output=$(mktemp)
trap 'rm -f "$output"' EXIT

prove --exec '' --timer --verbose "${tests[@]}" | tee "$output"
status=${PIPESTATUS[0]}

mapfile -t skips < <(unexpected_skips "$output")
passed=$(grep -E '^ok [0-9]' "$output" | grep -cviE '# *skip')
failed=$(($(grep -E '^not ok [0-9]' "$output" | grep -cviE '# *skip') + ${#skips[@]}))
if [ ${#skips[@]} -gt 0 ]; then
	printf 'unexpected skip: %s\n' "${skips[@]}"
fi
# A test that died, or ran other than it planned, says so in its summary alone.
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
	failed=1
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
