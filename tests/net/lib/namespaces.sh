# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Fresh network, mount and process namespaces and a cgroup for a world. When the test ends, however
# it ends, the process namespace takes every process with it, and what they held goes too.

WORLD_LIMIT=${WORLD_LIMIT:-300} # seconds
declare -gA NODE_MOUNTS=() # files that stand for nodes' mount namespaces

leave_namespaces()
{
	trap - EXIT
	# timeout cannot pass on the signal that nobody can ignore, and unshare ignores the others.
	[ -z "${inside:-}" ] || pkill -KILL --parent "$inside"
	wait
	rm -rf "$world"
	wait_for 5 find "$cgroup" -depth -type d -exec rmdir {} +
}

# Runs this very test again, inside.
enter_namespaces() # FIRST-NUMBER TOPOLOGY FAMILY OFFLOADS TCP LINK
{
	local world cgroup status inside=

	world=$(mktemp -d -t shunt-net.XXXXXX)
	cgroup=$(cgroup2_root)/${world##*/}
	mkdir "$cgroup"
	trap leave_namespaces EXIT
	trap 'exit 130' INT TERM HUP
	(
		echo "$BASHPID" >"$cgroup/cgroup.procs"
		export FIRST=$1 TOPOLOGY=$2 FAMILY=$3 OFFLOADS=$4 TCP=$5 NET_LINK=$6
		export WORLD=$world CGROUP=$cgroup
		exec timeout --signal KILL "$WORLD_LIMIT" unshare --net --mount --pid --fork --kill-child --mount-proc bash "$0"
	) &
	inside=$!
	wait "$inside"
	status=$?
	inside=
	leave_namespaces
	return "$status"
}

# Inside: mounts that are this world's own.
mount_own()
{
	mount --make-rprivate /
	mkdir -p /run/netns
	mount -t tmpfs tmpfs /run/netns
	mkdir -p /run/shunt
	mount -t tmpfs -o mode=700 tmpfs /run/shunt
	mount -t bpf bpf /sys/fs/bpf
}

# In the place of $node: its network namespace, its mounts and its cgroup.
on_node() # COMMAND...
{
	if [ "$node" = here ]; then
		"$@"
	else
		nsenter --net="/run/netns/$node" --mount="${NODE_MOUNTS[$node]}" -- "$@"
	fi
}

node_cgroup() # NODE
{
	if [ "$1" = here ]; then
		echo "$CGROUP"
	else
		echo "$CGROUP/$1"
	fi
}

# What a subshell becomes: a process of a pod, or of $node.
pod_exec() # POD COMMAND...
{
	echo "$BASHPID" >"$(node_cgroup "${POD_NODE[$1]}")/cgroup.procs"
	exec nsenter --net="/run/netns/$1" -- "${@:2}"
}

node_exec() # COMMAND...
{
	echo "$BASHPID" >"$(node_cgroup "$node")/cgroup.procs"
	if [ "$node" = here ]; then
		exec "$@"
	fi
	exec nsenter --net="/run/netns/$node" --mount="${NODE_MOUNTS[$node]}" -- "$@"
}
