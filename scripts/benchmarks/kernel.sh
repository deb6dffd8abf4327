#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures what the switch's programs take for each kind of packet, and how that depends on the tables.
set -euo pipefail
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
OUTPUT=${OUTPUT:-$BUILD/bench}
overrides=1000000 runs=4000

usage()
{
	cat <<-END
		usage: scripts/bench kernel [OPTION...]

		Nanoseconds that the programs run for each kind of packet. The kernel measures them one by
		one (bpf_stats), in test runs.

		  --overrides N   the largest table: 10, 10000 or 1000000 ($overrides)
		  --runs N        of each kind of packet ($runs)
		  --output DIR    for results ($OUTPUT)
	END
}

while [ $# -gt 0 ]; do
	case $1:${2:-} in
	--help:*) usage && exit ;;
	--overrides:[0-9]*) overrides=$2 ;;
	--runs:[0-9]*) runs=$2 ;;
	--output:?*) OUTPUT=$2 ;;
	*) echo "bench kernel: $1: see --help" >&2 && exit 2 ;;
	esac
	shift 2
done
[ -x "$BUILD/bench/kernel" ] || { echo "bench: $BUILD/bench/kernel is missing: make bench-tools" >&2; exit 1; }
mkdir -p "$OUTPUT"
"$BUILD/bench/kernel" "$overrides" "$runs" >"$OUTPUT/kernel.json.new"
mv "$OUTPUT/kernel.json.new" "$OUTPUT/kernel.json"
exec python3 scripts/benchmarks/report.py --output "$OUTPUT" kernel
