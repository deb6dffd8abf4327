# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Nodes and their pods, for the tests and the demonstration. A node is a network namespace, `here`
# the present one; its pods are further ones. Functions work on the node that $node names.
# TOPOLOGY is routed or bridged, OFFLOADS on or off. routed: as Calico has it, each pod behind a link
# of its own with host routes and proxy ARP. bridged: as flannel and docker have it, pods are ports
# of a bridge. The links are of the kind NET_LINK: veth pairs or, in routed nodes, macvlan in bridge
# mode, which has nothing at the host's end but the one link that leads to the node.

NODE_MAC=ee:ee:ee:ee:ee:ee
NODE_LINK_LOCAL=fe80::ecee:eeff:feee:eeee
MACVLAN=macvlan0 # the node's own link of that kind
NET_LINK=${NET_LINK:-veth}
POD_MTU=${POD_MTU:-1500}
NETNS_PREFIX=${NETNS_PREFIX:-} # of the names of the pods' namespaces

declare -gA NODE_NUMBER=([here]=1) POD_NUMBER=() POD_SHA=() POD_NODE=()
declare -ga NODES=() # those that were created
node=here

# What a node's pods have their addresses of.
node_prefix4() # NODE
{
	echo "10.77.${NODE_NUMBER[$1]}"
}

node_prefix6() # NODE
{
	echo "fd77:${NODE_NUMBER[$1]}:"
}

pod_address4() # POD
{
	echo "$(node_prefix4 "${POD_NODE[$1]}").${POD_NUMBER[$1]}"
}

pod_address6() # POD
{
	echo "$(node_prefix6 "${POD_NODE[$1]}"):${POD_NUMBER[$1]}"
}

# The address in this world's family.
pod_address() # POD
{
	"pod_address$FAMILY" "$1"
}

# HOST:PORT as URLs write it.
host_port() # ADDRESS PORT
{
	case $1 in
	*:*) echo "[$1]:$2" ;;
	*) echo "$1:$2" ;;
	esac
}

in_pod() # POD COMMAND...
{
	local pod=$1

	shift
	nsenter --net="/run/netns/$NETNS_PREFIX$pod" -- "$@"
}

in_node() # COMMAND...
{
	if [ "$node" = here ]; then
		"$@"
	else
		nsenter --net="/run/netns/$node" -- "$@"
	fi
}

node_create()
{
	NODES+=("$node")
	in_node ip link set lo up
	in_node sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.all.forwarding=1
	# The way out of the node, where nobody is: proxy ARP answers for what is routed there.
	in_node ip -batch - <<-END
		link add uplink type bridge
		link set uplink up
		address add 10.77.255.1/24 dev uplink
		route add default dev uplink
		route add ::/0 dev uplink
	END
	[ "$TOPOLOGY" = routed ] || bridge_create
	[ "$NET_LINK" = veth ] || macvlan_create
}

# All links have one lower device. Packets leave the node by the link that they came by, to which it
# would like to draw attention.
macvlan_create()
{
	in_node ip -batch - <<-END
		link add lower type bridge
		link set lower up
		link add $MACVLAN link lower mtu $POD_MTU type macvlan mode bridge
	END
	in_node sysctl -q net.ipv4.conf.all.send_redirects=0 "net.ipv4.conf.$MACVLAN.send_redirects=0"
}

bridge_create()
{
	in_node ip -batch - <<-END
		link add cni0 type bridge mcast_snooping 0
		link set cni0 up
		address add $(node_prefix4 "$node").1/24 dev cni0
		address add $(node_prefix6 "$node"):1/64 dev cni0
	END
	in_node sysctl -q net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1
}

link_set_offloads() # COMMAND-PREFIX... LINK
{
	"${@:1:$#-1}" ethtool -K "${!#}" tx "$OFFLOADS" sg "$OFFLOADS" tso "$OFFLOADS" \
		gso "$OFFLOADS" gro "$OFFLOADS" >/dev/null
}

# What is inside a pod: addresses and routes of its eth0.
pod_configure_routed() # POD
{
	ip -n "$NETNS_PREFIX$1" -batch - <<-END
		address add $(pod_address4 "$1")/32 dev eth0
		address add $(pod_address6 "$1")/128 dev eth0 nodad
		route add 169.254.1.1 dev eth0 scope link
		route add default via 169.254.1.1 dev eth0
		route add ::/0 via $NODE_LINK_LOCAL dev eth0
	END
}

pod_configure_bridged() # POD
{
	ip -n "$NETNS_PREFIX$1" -batch - <<-END
		address add $(pod_address4 "$1")/24 dev eth0
		address add $(pod_address6 "$1")/64 dev eth0 nodad
		route add default via $(node_prefix4 "$node").1
		route add ::/0 via $(node_prefix6 "$node"):1
	END
}

pod_join_routed() # POD LINK
{
	in_node sysctl -q "net.ipv4.conf.$2.proxy_arp=1" "net.ipv4.neigh.$2.proxy_delay=0"
	in_node ip link set "$2" address "$NODE_MAC" up
	in_node ip route add "$(pod_address4 "$1")" dev "$2" scope link
	in_node ip -6 route add "$(pod_address6 "$1")" dev "$2"
}

pod_join_bridged() # POD LINK
{
	in_node ip link set "$2" master cni0 up
	in_node bridge link set dev "$2" hairpin on
}

# Makes a pod's eth0; the link's end in the node is $link then.
link_add_veth() # POD
{
	link=veth-$1
	in_node ip link add "$link" mtu "$POD_MTU" type veth peer name eth0 mtu "$POD_MTU" \
		netns "$NETNS_PREFIX$1"
	link_set_offloads in_node "$link"
}

link_add_macvlan() # POD
{
	link=$MACVLAN
	in_node ip link add eth0 netns "$NETNS_PREFIX$1" link lower mtu "$POD_MTU" type macvlan mode bridge
}

# A pod with an ordinary commit, or an offloaded one where a commit is named.
pod_add() # POD [SHA]
{
	local link netns=$NETNS_PREFIX$1

	POD_NUMBER[$1]=$((${#POD_NUMBER[@]} + 10))
	POD_SHA[$1]=${2:-}
	POD_NODE[$1]=$node
	ip netns add "$netns"
	in_pod "$1" sysctl -q net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_redirects=0
	"link_add_$NET_LINK" "$1"
	ip -n "$netns" link set lo up
	ip -n "$netns" link set eth0 up
	"pod_join_$TOPOLOGY" "$1" "$link"
	"pod_configure_$TOPOLOGY" "$1"
	link_set_offloads in_pod "$1" eth0
}
