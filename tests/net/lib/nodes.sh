# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A world of two nodes, for tests that source this after lib.sh. Each node has a network namespace
# with pods, mounts with a BPF file system, and a cgroup of its own. A VXLAN joins them, or routes alone
# where JOIN says so, over the network `underlay`, where the present namespace is too: there are managers.
#
#   node-a: client-a users-1 users-y     node-b: client-b users-2 users-x

UNDERLAY=10.77.254
HERE=$UNDERLAY.1 # the present namespace's address
POD_MTU=1450     # room for what VXLAN adds
JOIN=${JOIN:-vxlan} # or `routes`

underlay_create()
{
	mount --make-shared /run/netns # so that nodes see namespaces that come later
	ip -batch - <<-END
		link set lo up
		link add underlay type bridge
		link set underlay up
		address add $HERE/24 dev underlay
	END
}

# A process keeps the mounts of $node; that a namespace is bound to a file does not work in a process
# namespace of our own.
node_unshare_mounts()
{
	unshare --mount --propagation unchanged sleep infinity 3>&- &
	NODE_MOUNTS[$node]=/proc/$!/ns/mnt
	expect_soon 5 "mounts of $node" node_has_own_mounts
}

node_has_own_mounts()
{
	[ "$(readlink "${NODE_MOUNTS[$node]}")" != "$(readlink /proc/self/ns/mnt)" ]
}

# File systems for pinned programs and maps, and for the agent's socket, that only $node sees.
node_mount_own()
{
	on_node mount -t bpf bpf /sys/fs/bpf
	on_node mount -t tmpfs -o mode=700 tmpfs /run/shunt
}

node_join_underlay()
{
	local number=${NODE_NUMBER[$node]}

	ip link add "up-$node" type veth peer name underlay netns "$node"
	ip link set "up-$node" master underlay up
	in_node ip -batch - <<-END
		link set underlay up
		address add $UNDERLAY.1$number/24 dev underlay
		address add fe80::77:$number/64 dev underlay nodad
		link add vxlan0 type vxlan id 1 local $UNDERLAY.1$number dstport 8472 dev underlay
		link set vxlan0 up
		address add 10.77.253.$number/24 dev vxlan0
		address add fe80::77:$number/64 dev vxlan0 nodad
	END
}

node_add() # NODE NUMBER
{
	node=$1
	NODE_NUMBER[$1]=$2
	ip netns add "$1"
	node_unshare_mounts
	node_mount_own
	mkdir "$(node_cgroup "$1")"
	node_create
	node_join_underlay
}

# How $node reaches the pods of another one.
node_route() # NODE
{
	local number=${NODE_NUMBER[$1]}

	if [ "$JOIN" = routes ]; then
		in_node ip -batch - <<-END
			route add $(node_prefix4 "$1").0/24 via $UNDERLAY.1$number dev underlay
			route add $(node_prefix6 "$1"):/64 via fe80::77:$number dev underlay
		END
		return
	fi
	in_node bridge fdb append 00:00:00:00:00:00 dev vxlan0 dst "$UNDERLAY.1$number"
	in_node ip -batch - <<-END
		route add $(node_prefix4 "$1").0/24 via 10.77.253.$number dev vxlan0
		route add $(node_prefix6 "$1"):/64 via fe80::77:$number dev vxlan0
	END
}

pods_of_node_a()
{
	pod_add client-a
	pod_add users-1
	pod_add users-y 9e01d77
}

pods_of_node_b()
{
	pod_add client-b
	pod_add users-2
	pod_add users-x 4f2a91c
}

world_nodes()
{
	underlay_create
	node_add node-a 1
	pods_of_node_a
	node_add node-b 2
	pods_of_node_b
	if declare -F world_pods >/dev/null; then
		world_pods
	fi
	node_route node-a
	netfilter_create
	node=node-a
	node_route node-b
	netfilter_create
	client_pod=client-a
}

# Opens a client in the client pod of each node, named by it.
clients_connect() # FRONTEND
{
	local client_pod

	for client_pod in client-a client-b; do
		client_connect "$client_pod" "$1"
	done
}

# Load from both nodes.
loads_start() # [MILLISECONDS]
{
	local client_pod

	for client_pod in client-a client-b; do
		load_start "$@"
	done
}

# What a reboot leaves of Shunt in $node: nothing, but the files on its disk.
node_forget()
{
	local link

	on_node umount /sys/fs/bpf /run/shunt
	node_mount_own
	for link in $(in_node ip -o link show type veth | sed 's/^[0-9]*: \(veth-[^@:]*\).*/\1/;t;d'); do
		in_node tc qdisc delete dev "$link" clsact
	done
}
