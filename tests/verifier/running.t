#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No program costs the verifier of the running kernel much more than is on file, nor do those for processors
# that do not keep the order of loads and stores, which can be loaded here all the same.
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

compare() # OBJECT WORDS
{
	local verdict text

	while read -r verdict text; do
		number=$((number + 1))
		echo "${verdict/-/ } $number - $2$text"
	done < <("$BUILD/tests/verifier/counts" "$1" | tests/verifier/compare.sh "$kernel")
}

compare "$BUILD/bpf/shunt.linked.o" ''
compare "$BUILD/tests/verifier/weak.linked.o" 'weak order, '
echo "1..$number"
