#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests of the switch and the fence, or those named (`moving.t`), with the programs on the pods' own
# ends of their links (--attach pod), on veth pairs and on macvlan links. Ends with a line for each.
#
#   NET_LINKS='macvlan'   runs on such links only
#   NET_MATRIX='.'        runs all worlds, not two; macvlan has routed ones only
set -u
cd "$(dirname "$0")/.." || exit

LINKS=(veth macvlan)
TESTS=(attach_pod moving bodies splits pipelining keeping websocket smuggling midlife parking closing
	unreachable loss markers steer)
VETH_TESTS=(fence) # these need the host's end of a link as well
MATRIX=${NET_MATRIX:-}
export NET_ATTACH=pod NET_LINK NET_MATRIX

[ -z "${NET_LINKS:-}" ] || read -ra LINKS <<<"$NET_LINKS"
output=$(mktemp)
trap 'rm -f "$output"' EXIT

declare -a summary=()
failed=0
for NET_LINK in "${LINKS[@]}"; do
	tests=("${TESTS[@]/%/.t}")
	case $NET_LINK in
	veth)
		NET_MATRIX=${MATRIX:-routed 4 on|bridged 6 off}
		tests+=("${VETH_TESTS[@]/%/.t}")
		;;
	macvlan) NET_MATRIX=${MATRIX:-routed (4 on|6 off)} ;;
	esac
	[ $# -eq 0 ] || tests=("$@")
	scripts/test.sh "${tests[@]/#/tests/net/}" | tee "$output"
	[ "${PIPESTATUS[0]}" = 0 ] || failed=1
	summary+=("$NET_LINK: $(tail -n 1 "$output")")
done
printf '%s\n' "${summary[@]}"
exit $failed
