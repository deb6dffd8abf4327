# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Many connections by the ClusterIP, and who got them, for tests that source this after lib.sh.

tally= # lines "SERVER COUNT" of the last dials

dials() # POD COUNT [ADDRESS]
{
	tally=$(in_cgroup "$1" "$TOOLS/dials" "$2" "${3:-$(service_address)}" "$HTTP_PORT" 2>&1) ||
		fail "$2 connections from $1: $tally"
}

# A command in a pod, and in its node's cgroup, where in_pod alone would not be.
in_cgroup() # POD COMMAND...
{
	(pod_exec "$@")
}

# Every server of the last dials is one of these, and no two differ by more than chance explains:
# Pearson's chi-square of two degrees of freedom, exceeded once in a million runs.
expect_even_shares() # SERVER SERVER SERVER
{
	awk -v wanted="$*" '
		BEGIN { degrees = split(wanted, names) - 1 }
		index(" " wanted " ", " " $1 " ") { counts[$1] = $2; sum += $2; next }
		{ print $0 " by another server"; wrong = 1 }
		END {
			for (i in names) {
				expected = sum / (degrees + 1)
				square += (counts[names[i]] - expected) ^ 2 / expected
			}
			printf "chi-square %.2f of %d connections\n", square, sum
			exit wrong || degrees != 2 || sum == 0 || square >= 27.63
		}
	' <<<"$tally" || fail "shares are not even: $tally"
}

expect_servers() # COUNT WHAT
{
	expect_equal "$(wc -l <<<"$tally")" "$1" "$2: servers"
}
