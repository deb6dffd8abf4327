#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each fuzz target on its seeds and its corpus, and on a few thousand inputs that are made of them,
# the same ones each time.
set -u
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
RUNS=${RUNS:-20000}
targets=(head stream markers base64 carrier sync kube_watch object settings query)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo "1..${#targets[@]}"
number=0
for target in "${targets[@]}"; do
	number=$((number + 1))
	result=ok
	"$BUILD/fuzz/$target" -seed=1 -runs="$RUNS" -max_len=2000 -timeout=10 \
		-artifact_prefix="$scratch/" "$BUILD/fuzz/seeds/$target" \
		"tests/fuzz/corpus/$target" >"$scratch/log" 2>&1 || result='not ok'
	echo "$result $number - $target bears its seeds, its corpus and $RUNS inputs made of them"
	[ "$result" = ok ] || tail -n 40 "$scratch/log" | sed 's/^/# /'
done
