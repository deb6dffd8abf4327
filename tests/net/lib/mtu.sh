# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Pods' links of other sizes, for tests that source this after lib.sh, and requests that fill them.

# What $client_pod learned of paths is forgotten.
paths_forget()
{
	in_pod "$client_pod" ip route flush cache
	in_pod "$client_pod" ip -6 route flush cache
}

# Both ends of the links of pods.
links_set_mtu() # MTU POD...
{
	local pod

	for pod in "${@:2}"; do
		node=${POD_NODE[$pod]} in_node ip link set "veth-$pod" mtu "$1"
		in_pod "$pod" ip link set eth0 mtu "$1"
	done
	paths_forget
}

# Bodies that fill packets, both ways, to the offloaded pod and to the origin: first to one of them on a
# new connection that has learned nothing, then in turns on one that is kept.
bodies_go()
{
	local first

	for first in 1 2; do
		paths_forget
		client_connect "body$first" service
		[ $first = 1 ] || client_gets "body$first" 'users-1|users-2' body=400000 download=400000
		client_gets "body$first" users-x context=x body=400000 download=400000
		client_gets "body$first" 'users-1|users-2' body=400000 download=400000
		client_gets "body$first" users-x context=x body=400000 chunk=100000
		client_ok "body$first" repeat 100 0 x=users-x -=users-1,users-2
		client_ok "body$first" close
	done
}
