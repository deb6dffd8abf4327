#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Writes tests/verifier/counts.txt anew, for the running kernel and for Debian's 6.1 and 6.12. To be
# run, and its result committed, where programs grew on purpose.
set -euo pipefail
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
file=tests/verifier/counts.txt
running=$(uname -r | cut -d. -f1,2)
debian=(6.1 6.12)

counts_by_kernel()
{
	local kernel

	"$BUILD/tests/verifier/counts" "$BUILD/bpf/shunt.linked.o" | sed "s/^/$running /"
	for kernel in "${debian[@]}"; do
		# The flavours of one version have the same verifier.
		[ "$kernel" = "$running" ] ||
			tests/kernels/boot.sh "$kernel-cloud" | sed -n "s/^guest: verified /$kernel /p"
	done
}

{
	grep -vE "^(#|6\.1 |6\.12 |$running )" "$file" 2>/dev/null || true
	counts_by_kernel
} | sort -V | sed '1i # kernel program instructions; written by tests/verifier/update.sh' >"$file.new"
for kernel in "${debian[@]}" "$running"; do
	grep -q "^$kernel " "$file.new" || { echo "no counts on $kernel" >&2; exit 1; }
done
mv "$file.new" "$file"
cat "$file"
