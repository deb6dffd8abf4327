#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Writes tests/verifier/counts.txt anew, for the running kernel and for Debian's 6.1. To be run,
# and its result committed, where programs grew on purpose.
set -euo pipefail
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
file=tests/verifier/counts.txt
running=$(uname -r | cut -d. -f1,2)

{
	grep -vE "^(#|6\.1 |$running )" "$file" 2>/dev/null || true
	"$BUILD/tests/verifier/counts" "$BUILD/bpf/shunt.linked.o" | sed "s/^/$running /"
	tests/kernels/boot.sh | sed -n 's/^guest: verified /6.1 /p'
} | sort -V | sed '1i # kernel program instructions; written by tests/verifier/update.sh' >"$file.new"
for kernel in 6.1 "$running"; do
	grep -q "^$kernel " "$file.new" || { echo "no counts on $kernel" >&2; exit 1; }
done
mv "$file.new" "$file"
cat "$file"
