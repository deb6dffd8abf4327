# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The namespace tests' harness. A .t file sources this, defines functions called test_*, each one
# behaviour and one TAP line, and ends with `matrix_main`. Optional: world_pods adds pods,
# world_ready is called when everything stands.
#
#   NET_MATRIX='routed 4 on'   runs only the combinations that match this pattern
#   NET_TCP='client:sack -'    runs each of them without these TCP options; see lib/tcp.sh
#   NET_ATTACH=pod             attaches to the pods' own ends of their links
#   NET_LINK='veth macvlan'    runs routed combinations on each of these kinds of links
#   NET_TESTS='close'          runs only the functions whose name matches this pattern
#   NET_PATIENCE=10            allows everything so many times as long, on a slow machine
#   NET_KEEP=1                 opens a shell in the world where a behaviour failed

set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

NET=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$NET/../.." && pwd)
BUILD=$(realpath "${BUILD:-$ROOT/build}") # as seen from any directory
TOOLS=$BUILD/tests/tools

for part in wait topology; do
	# shellcheck source=/dev/null
	. "$ROOT/scripts/lib/$part.sh"
done
for part in tap namespaces tcp cluster servers client agent load; do
	# shellcheck source=/dev/null
	. "$NET/lib/$part.sh"
done
unset part
