#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures the agent with many overrides, in namespaces and a cgroup of its own: agent.py.
cd "$(dirname "$0")/../.." || exit
# shellcheck source=/dev/null
. tests/net/lib.sh

WORLD_LIMIT=3600
OUTPUT=${OUTPUT:-$BUILD/bench}

if [ -n "${WORLD:-}" ]; then
	mount_own
	ip link set lo up
	# shellcheck disable=SC2086
	exec python3 scripts/benchmarks/agent.py --shuntd "$SHUNTD" --cgroup "$CGROUP" \
		--directory "$WORLD" $AGENT_OPTIONS
fi
AGENT_OPTIONS=
while [ $# -gt 0 ]; do
	case $1 in
	--help) exec python3 scripts/benchmarks/agent.py --help ;;
	--output) OUTPUT=$2 ;;
	*) AGENT_OPTIONS+=" $1 $2" ;;
	esac
	shift 2 || { echo "bench agent: $1: see --help" >&2 && exit 2; }
done
[ -x "$SHUNTD" ] || { echo "bench: $SHUNTD is missing: make" >&2; exit 1; }
mkdir -p "$OUTPUT"
OUTPUT=$(realpath "$OUTPUT")
export AGENT_OPTIONS OUTPUT
enter_namespaces 1 none 4 on - veth || exit
exec python3 scripts/benchmarks/report.py --output "$OUTPUT" agent
