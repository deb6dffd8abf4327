# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Waiting for conditions with a limit, and what conditions need.

POLL=0.02
NET_PATIENCE=${NET_PATIENCE:-1} # how many times longer than usual all may take, on a slow machine

# Tries a command again until it succeeds; false after the limit.
wait_for() # SECONDS COMMAND...
{
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000 * NET_PATIENCE))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep "$POLL"
	done
}

process_is_gone() # PID
{
	! kill -0 "$1" || [ "$(awk '{ print $3 }' "/proc/$1/stat")" = Z ]
}

cgroup2_root()
{
	awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts
}
