#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# On Debian's stock 6.1 kernel every program loads and attaches, and requests are moved, in both
# topologies and both address families.
set -u
cd "$(dirname "$0")/../.."

RUN=moving.t
MATRIX='(routed.4|bridged.6).on'
TESTS='marked_request|overrides_by|nothing_is_left|invalid'

console=$(mktemp)
trap 'rm -f "$console"' EXIT
number=0
failed=0

report() # ok|"not ok" TEXT
{
	number=$((number + 1))
	echo "$1 $number - $2"
	[ "$1" = ok ] || failed=1
}

check() # TEXT COMMAND...
{
	if "${@:2}"; then
		report ok "$1"
	else
		report "not ok" "$1"
	fi
}

tests/kernels/boot.sh "$RUN" "$MATRIX" "$TESTS" >"$console"
check "boots Debian's 6.1 kernel" grep -q '^guest: kernel 6\.1\.' "$console"
while read -r verdict text; do
	report "${verdict/-/ }" "$text"
done < <(sed -n 's/^guest: verified //p' "$console" | tests/verifier/compare.sh 6.1)
while read -r line; do
	case $line in
	"ok "*) report ok "6.1: ${line#* - }" ;;
	"not ok "*) report "not ok" "6.1: ${line#* - }" ;;
	esac
done <"$console"
planned=$(sed -n 's/^1\.\.//p' "$console")
check "ran all that was planned" [ "$(grep -cE '^(not )?ok [0-9]' "$console")" = "${planned:-none}" ]
check "powers off by itself" grep -q '^guest: finished' "$console"
[ "$failed" = 0 ] || tail -n 60 "$console" | sed 's/^/# /'
echo "1..$number"
