#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures the control plane at size: a manager with 10,000 contexts of 10 overrides each and 200
# agents that take the tables without loading BPF. Prints a table, and JSON as the last line.
#
#   scripts/bench control [--contexts N] [--overrides N] [--agents N] [--changes N] [--rate N]
#                         [--newcomers N] [--keep DIR]
set -euo pipefail
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
for program in shunt-manager shuntd; do
	[ -x "$BUILD/bin/$program" ] || { echo "bench control: $BUILD/bin/$program is missing: make" >&2; exit 1; }
done
ulimit -n "$(ulimit -Hn)"

# What is started ends with the process namespace, however this ends.
exec unshare --net --mount --pid --fork --kill-child --mount-proc bash -c \
	'ip link set lo up && exec python3 scripts/benchmarks/control.py "$@"' control.sh "$@"
