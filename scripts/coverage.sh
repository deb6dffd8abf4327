#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Line coverage of the parser by its case tables: builds their unit tests natively, runs them, prints
# the figure of each file and the lines not reached, and fails below 95 %. Lines that are reached
# only where a pointer is NULL, which the verifier wants to see checked, are not counted.
set -euo pipefail
cd "$(dirname "$0")/.."

BUILD=${BUILD:-build}
TESTS=(http framing carrier response)
FILES=(http http_response scan framing markers base64 protobuf carrier)
LEAST=95

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

objects=()
for name in "${TESTS[@]}"; do
	clang -std=gnu11 -O0 -g -D_GNU_SOURCE -Iinclude -I. -I"$BUILD" \
		-fprofile-instr-generate -fcoverage-mapping -o "$work/$name" \
		"tests/unit/test_$name.c" user/lib/markers.c user/lib/address.c -lcmocka
	if ! LLVM_PROFILE_FILE=$work/$name.raw "$work/$name" >"$work/$name.log" 2>&1; then
		cat "$work/$name.log"
		exit 1
	fi
	objects+=(-object "$work/$name")
done
llvm-profdata merge -o "$work/all" "$work"/*.raw

# Lines of "number|count|source"; the count is empty where there is no code.
report_file() # NAME
{
	llvm-cov show -show-instantiations=false -instr-profile "$work/all" "${objects[@]:1}" \
		"bpf/$1.h" | awk -F '|' -v name="bpf/$1.h" -v least="$LEAST" '
		{
			source = $0
			sub(/^[^|]*\|[^|]*\|/, "", source)
			checked = previous ~ /^\tif \(![a-z]+( \|\| ![a-z_>-]+)*\)$/
			previous = source
			if ($2 !~ /[0-9]/)
				next
			if ($2 + 0 == 0 && checked)
				next
			count++
			if ($2 + 0 > 0)
				reached++
			else
				missed = missed sprintf("  %s:%d:%s\n", name, $1, source)
		}
		END {
			percent = count ? 100 * reached / count : 0
			printf "%-16s %4d of %4d lines  %5.1f %%%s\n%s", name, reached, count, percent,
				percent < least ? "  too few" : "", missed
			exit percent < least
		}'
}

failed=0
for file in "${FILES[@]}"; do
	report_file "$file" || failed=1
done
exit "$failed"
