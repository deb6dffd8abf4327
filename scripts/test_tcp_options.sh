#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of the switch, or those named (`moving.t`), with each TCP option off on either side,
# and with all of them off on both. Ends with a line for each.
#
#   NET_TCP='client:sack both:all'   runs these only; see tests/net/lib/tcp.sh
#   NET_MATRIX='.'                   runs all worlds, not two
set -u
cd "$(dirname "$0")/.." || exit

SETTINGS=({client,server}:{timestamps,sack,window_scaling} both:all)
TESTS=(world moving bodies splits pipelining keeping websocket smuggling midlife parking closing
	unreachable loss detach agent)
export NET_MATRIX=${NET_MATRIX:-routed 4 on|bridged 6 off}

[ $# -gt 0 ] || set -- "${TESTS[@]/%/.t}"
[ -z "${NET_TCP:-}" ] || read -ra SETTINGS <<<"$NET_TCP"
output=$(mktemp)
trap 'rm -f "$output"' EXIT

declare -a summary=()
failed=0
for NET_TCP in "${SETTINGS[@]}"; do
	export NET_TCP
	scripts/test.sh "${@/#/tests/net/}" | tee "$output"
	[ "${PIPESTATUS[0]}" = 0 ] || failed=1
	summary+=("without $NET_TCP: $(tail -n 1 "$output")")
done
printf '%s\n' "${summary[@]}"
exit $failed
