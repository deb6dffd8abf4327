# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A node and its pods, for the tests and the demonstration. The present network namespace is the
# node; pods are further ones. TOPOLOGY is routed or bridged, OFFLOADS on or off. routed: as Calico has it, each pod behind a link of its own with host
# routes and proxy ARP. bridged: as flannel and docker have it, pods are ports of a bridge.

NODE_MAC=ee:ee:ee:ee:ee:ee
NODE_LINK_LOCAL=fe80::ecee:eeff:feee:eeee
POD_PREFIX4=10.77.1
POD_PREFIX6=fd77:1:
NETNS_PREFIX=${NETNS_PREFIX:-} # of the names of the pods' namespaces

declare -gA POD_NUMBER=() POD_SHA=()

pod_address4() # POD
{
	echo "$POD_PREFIX4.${POD_NUMBER[$1]}"
}

pod_address6() # POD
{
	echo "$POD_PREFIX6:${POD_NUMBER[$1]}"
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

node_create()
{
	ip link set lo up
	sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.all.forwarding=1
	# The way out of the node, where nobody is: proxy ARP answers for what is routed there.
	ip link add uplink type bridge
	ip link set uplink up
	ip address add 10.77.255.1/24 dev uplink
	ip route add default dev uplink
	ip route add ::/0 dev uplink
	[ "$TOPOLOGY" = routed ] || bridge_create
}

bridge_create()
{
	ip link add cni0 type bridge mcast_snooping 0
	ip link set cni0 up
	ip address add "$POD_PREFIX4.1/24" dev cni0
	ip -6 address add "$POD_PREFIX6:1/64" dev cni0
	sysctl -q net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1
}

link_set_offloads() # COMMAND-PREFIX... LINK
{
	"${@:1:$#-1}" ethtool -K "${!#}" tx "$OFFLOADS" sg "$OFFLOADS" tso "$OFFLOADS" \
		gso "$OFFLOADS" gro "$OFFLOADS" >/dev/null
}

pod_join_routed() # POD LINK
{
	local address4 address6

	address4=$(pod_address4 "$1")
	address6=$(pod_address6 "$1")
	sysctl -q "net.ipv4.conf.$2.proxy_arp=1" "net.ipv4.neigh.$2.proxy_delay=0"
	ip link set "$2" address "$NODE_MAC" up
	ip -n "$NETNS_PREFIX$1" -batch - <<-END
		address add $address4/32 dev eth0
		address add $address6/128 dev eth0 nodad
		route add 169.254.1.1 dev eth0 scope link
		route add default via 169.254.1.1 dev eth0
		route add ::/0 via $NODE_LINK_LOCAL dev eth0
	END
	ip route add "$address4" dev "$2" scope link
	ip -6 route add "$address6" dev "$2"
}

pod_join_bridged() # POD LINK
{
	ip link set "$2" master cni0 up
	bridge link set dev "$2" hairpin on
	ip -n "$NETNS_PREFIX$1" -batch - <<-END
		address add $(pod_address4 "$1")/24 dev eth0
		address add $(pod_address6 "$1")/64 dev eth0 nodad
		route add default via $POD_PREFIX4.1
		route add ::/0 via $POD_PREFIX6:1
	END
}

# A pod with an ordinary commit, or an offloaded one where a commit is named.
pod_add() # POD [SHA]
{
	local link=veth-$1 netns=$NETNS_PREFIX$1

	POD_NUMBER[$1]=$((${#POD_NUMBER[@]} + 10))
	POD_SHA[$1]=${2:-}
	ip netns add "$netns"
	in_pod "$1" sysctl -q net.ipv6.conf.default.accept_dad=0
	ip link add "$link" type veth peer name eth0 netns "$netns"
	ip -n "$netns" link set lo up
	ip -n "$netns" link set eth0 up
	"pod_join_$TOPOLOGY" "$1" "$link"
	link_set_offloads "$link"
	link_set_offloads in_pod "$1" eth0
}
