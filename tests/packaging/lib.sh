# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For tests of what is installed, packed and shipped, that need no pods: each function called test_* of
# the file that sources this is a behaviour, in a directory of their own, $WORLD.

set -u
cd "$(dirname "$0")/../.." || exit
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
BUILD=$(realpath "${BUILD:-build}")

for part in scripts/lib/wait.sh tests/net/lib/tap.sh; do
	# shellcheck source=/dev/null
	. "$part"
done
unset part

packaging_behaviour() # NUMBER FUNCTION
{
	local title=${2#test_} verdict=ok

	("$2") >"$WORLD/output" 2>&1 </dev/null || verdict="not ok"
	echo "$verdict $1 - ${title//_/ }"
	[ "$verdict" = ok ] || sed 's/^/#   /' "$WORLD/output"
}

# Calls prepare first, whose failure is that of the test.
packaging_main()
{
	local behaviour number=1

	WORLD=$(mktemp -d -t shunt-packaging.XXXXXX)
	trap 'rm -rf "$WORLD"' EXIT
	exec 3>&1
	if ! (set -e; prepare) >"$WORLD/output" 2>&1; then
		sed 's/^/#   /' "$WORLD/output"
		echo "Bail out! cannot prepare it"
		exit 1
	fi
	echo "1..$(behaviours | wc -l)"
	for behaviour in $(behaviours); do
		packaging_behaviour "$number" "$behaviour"
		number=$((number + 1))
	done
}
