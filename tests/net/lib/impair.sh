# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Bad paths at pods, for tests that source this after lib.sh. A pod that is prepared has a TAP device
# `eth0`, which its sockets use, and its own link is called `wire`; tests/net/tools/impair.c carries
# the packets between them. Everything on the node is as it was: the programs on the pod's link see
# what comes over the bad path from a client's socket, and what has yet to cross it to a server.

# Large packets and checksums that are left to the device end at the link, and none are put together
# behind it.
impair_link_offloads() # POD
{
	# shellcheck disable=SC2034 # the functions that are called read it
	local OFFLOADS=off

	node=${POD_NODE[$1]} link_set_offloads in_node "veth-$1"
	link_set_offloads in_pod "$1" wire
}

impair_prepare() # POD...
{
	local pod mac

	for pod; do
		mac=$(ip -n "$NETNS_PREFIX$pod" -j link show eth0 | jq -r '.[0].address')
		in_pod "$pod" ip -batch - <<-END
			link set eth0 down
			link set eth0 name wire
			address flush dev wire
			link set wire address 02:00:00:00:00:01 arp off promisc on
			tuntap add dev eth0 mode tap
			link set eth0 address $mac mtu $POD_MTU txqueuelen 10000
		END
		in_pod "$pod" sysctl -q net.ipv6.conf.wire.disable_ipv6=1
		in_pod "$pod" ip link set wire up
		in_pod "$pod" ip link set eth0 up
		node=${POD_NODE[$pod]} "pod_configure_$TOPOLOGY" "$pod"
		impair_link_offloads "$pod"
		impair_start "$pod"
	done
}

in_pod_carries() # POD
{
	ip -n "$NETNS_PREFIX$1" -j link show eth0 | jq -e '.[0].flags | index("LOWER_UP")'
}

impair_start() # POD OPTIONS...
{
	pod_exec "$1" "$TOOLS/impair" --tap eth0 --wire wire "${@:2}" \
		>"$WORLD/run/impair-$1.now" 3>&- &
	echo $! >"$WORLD/run/impair-$1.pid"
	expect_soon 5 "the path of $1" in_pod_carries "$1"
}

# What the path did is in $WORLD/run/impair-POD.json then, until the next one stops.
impair_stop() # POD...
{
	local pod

	for pod; do
		process_end "$WORLD/run/impair-$pod.pid"
		mv "$WORLD/run/impair-$pod.now" "$WORLD/run/impair-$pod.json"
	done
}

# Puts another path in the place of the present one; connections live on.
impair() # POD OPTIONS...
{
	impair_stop "$1"
	impair_start "$@"
}

# What the last path that was stopped did, in both directions.
impaired_count() # POD COUNT
{
	jq ".out.$2 + .in.$2" "$WORLD/run/impair-$1.json"
}
