#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No program costs the verifier of the running kernel much more than is on file.
set -u
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
kernel=$(uname -r | cut -d. -f1,2)

if ! grep -q "^$kernel " tests/verifier/counts.txt; then
	echo "1..1"
	echo "ok 1 # SKIP no verifier counts on file for kernel $kernel"
	exit
fi
number=0
while read -r verdict text; do
	number=$((number + 1))
	echo "${verdict/-/ } $number - $text"
done < <("$BUILD/tests/verifier/counts" "$BUILD/bpf/shunt.linked.o" | tests/verifier/compare.sh "$kernel")
echo "1..$number"
