#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The programs on the pods' own ends of their links, where packets may jump over the host's ends, or where
# there are none.

NET_LINK=${NET_LINK:-veth macvlan}
NET_ATTACH=pod

. "$(dirname "$0")/lib.sh"
. "$NET/lib/fence.sh"

FIVE=000000c000281000 # CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYS_ADMIN, CAP_SYS_PTRACE
PODS=7

world_pods()
{
	pod_add client-b
	pod_add refusing aaaaaa1
}

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	context_write refusing 'pod: refusing'
	nginx_start_each users-1 users-2 users-x
	agent_start
}

# Names of the programs on a link here, at egress then ingress.
programs_on() # LINK
{
	local hook

	for hook in egress ingress; do
		tc -j filter show dev "$1" "$hook" | jq -r '.[].options.bpf_name // empty | sub(":.*"; "")'
	done | tr '\n' ' '
}

programs_of() # POD [LINK]
{
	export -f programs_on
	in_pod "$1" bash -c 'programs_on "$1"' bash "${2:-eth0}"
}

has_programs() # POD [LINK]
{
	[ "$(programs_of "$@")" = "from_pod to_pod " ]
}

links_are() # COUNT
{
	[ "$(map_count links)" = "$1" ]
}

test_each_pod_has_the_programs_and_the_node_has_none()
{
	local pod link

	for pod in "${!POD_NUMBER[@]}"; do
		expect_equal "$(programs_of "$pod")" "from_pod to_pod " "programs of $pod"
	done
	for link in $(ip -o link | sed 's/^[0-9]*: \([^@:]*\).*/\1/'); do
		expect_equal "$(tc filter show dev "$link" ingress; tc filter show dev "$link" egress)" "" \
			"filters of $link"
	done
	links_are $PODS || fail "$(map_dump links)"
}

test_status_and_metrics_know_links_by_their_namespaces()
{
	local metrics

	expect_match "$(shunt status)" 'client/eth0 +from_pod, to_pod' "link"
	expect_equal "$(shunt status --output json |
		jq -c '[.links[] | select(.netns_name == "client") | .name, .netns]')" \
		"[\"eth0\",$(stat -Lc %i /run/netns/client)]" "the client's link"
	metrics=$(counters)
	expect_match "$metrics" "shunt_links_attached $PODS" "metrics"
	expect_match "$metrics" "shunt_links_chosen $PODS" "metrics"
}

test_the_agent_keeps_five_capabilities()
{
	expect_equal "$(awk '/^Cap(Prm|Eff|Bnd)/ { print $2 }' "/proc/$(cat "$WORLD/run/shuntd.pid")/status" |
		sort -u)" $FIVE "capabilities"
}

test_requests_alternate_through_the_service_and_straight_to_a_pod()
{
	local frontend

	for frontend in service users-1; do
		client_connect $frontend $frontend
		client_ok $frontend repeat 500 0 x=users-x -=users-1,users-2 y=users-y
		client_gets $frontend users-x context=x body=300000 download=300000
		client_gets $frontend 'users-1|users-2' body=300000 download=300000
		client_ok $frontend close
	done
	expect_clean
}

# Links of different pods have the same index.
test_clients_in_two_namespaces_move_at_the_same_time()
{
	local pod

	for pod in client client-b; do
		client_pod=$pod
		client_connect $pod service
	done
	for pod in client client-b client client-b; do
		client_gets $pod users-x context=x
		client_gets $pod 'users-1|users-2'
	done
	expect_equal "$(map_dump flows | jq -r '.[].value.ifindex' | sort)" \
		"$(stat -Lc %i /run/netns/client /run/netns/client-b | sort)" "namespaces of the flows"
}

test_pod_that_refuses_gives_503()
{
	client_connect a service
	client_ok a request context=refusing
	expect_match "$answer" 'status=503 ' "answer"
}

test_fence_refuses_what_was_not_moved()
{
	local place

	keys_read
	for place in client here; do
		counted fence_missing=1 fence_refused=1 -- syn $place
		expect_equal "$answer" "rst 0x5301" "answer to a SYN from $place without a passport"
	done
	syn client-b --key "$key" --epoch "$epoch"
	expect_equal "$answer" syn-ack "answer to one with the right passport"
}

test_agent_that_dies_and_comes_back_under_load_costs_no_request()
{
	load_start
	agent_stop KILL
	client_connect a service
	client_ok a repeat 200 0 x=users-x -=users-1,users-2
	agent_start
	client_ok a repeat 200 0 x=users-x -=users-1,users-2
	expect_load_unharmed
	has_programs client || fail "$(programs_of client)"
}

test_pod_that_comes_is_moved_and_its_namespace_can_go()
{
	pod_add late
	expect_soon 5 "programs of the new pod" has_programs late
	links_are $((PODS + 1)) || fail "$(map_dump links)"
	client_pod=late
	client_connect a service
	client_ok a repeat 100 0 x=users-x -=users-1,users-2
	client_ok a close
	expect_clean
	clients_end
	ip netns delete late
	expect_soon 5 "the namespace is forgotten, which nothing of ours has kept" links_are $PODS
}

process_has_programs() # PID
{
	export -f programs_on
	[ "$(nsenter --net="/proc/$1/ns/net" -- bash -c 'programs_on eth0')" = "from_pod to_pod " ]
}

in_other_namespace() # PID
{
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

test_namespace_without_a_name_is_found_by_its_process_and_ends_with_it()
{
	local pid

	unshare --net sleep 600 3>&- &
	pid=$!
	clients+=("$pid")
	expect_soon 5 "a namespace" in_other_namespace $pid
	ip link add veth-nameless type veth peer name eth0 netns $pid
	expect_soon 5 "programs in it" process_has_programs $pid
	expect_match "$(shunt status)" "net:\\[$(stat -Lc %i /proc/$pid/ns/net)\\]/eth0 +from_pod, to_pod" "link"
	kill $pid
	expect_soon 5 "it is forgotten" links_are $PODS
}

test_link_that_comes_later_and_filters_that_somebody_removed()
{
	in_pod client-b ip link add eth1 type veth peer name end netns "$(cat "$WORLD/run/shuntd.pid")"
	expect_soon 5 "programs of another link" has_programs client-b eth1
	ip link delete end
	in_pod client-b tc qdisc delete dev eth0 clsact
	expect_soon 5 "programs that were removed" has_programs client-b
	links_are $PODS || fail "$(map_dump links)"
}

limited_write()
{
	cat >"$WORLD/limited" <<-END
		#!/bin/bash
		exec setpriv --inh-caps=-all \
			--bounding-set=-all,+bpf,+net_admin,+perfmon,+sys_admin,+sys_ptrace,+net_broadcast "$SHUNTD" "\$@"
	END
	chmod +x "$WORLD/limited"
}

# As in a container that is given these.
test_six_capabilities_are_enough_to_start()
{
	limited_write
	agent_stop
	agent_start "$WORLD/limited"
	in_pod client-b tc qdisc delete dev eth0 clsact
	expect_soon 5 "programs of a pod" has_programs client-b
}

test_other_end_is_refused_until_all_is_detached()
{
	local status=0

	agent_stop
	"$SHUNTD" --attach host --manifests "$MANIFESTS" --keys none --bpffs "$BPFFS" --cgroup "$CGROUP" \
		--listen "$LISTEN" 2>"$WORLD/refused" || status=$?
	expect_equal "$status" 3 "exit status"
	expect_match "$(cat "$WORLD/refused")" 'attached by --attach pod' "reason"
	has_programs client || fail "$(programs_of client)"
}

test_detach_ends_moved_connections_and_leaves_nothing()
{
	local pod

	for pod in client client-b; do
		client_pod=$pod
		client_connect $pod service
		client_gets $pod users-x context=x
	done
	expect_match "$(shunt detach 2>&1)" \
		"$((2 * PODS)) filters and $PODS qdiscs of $PODS interfaces.*2 were ended, 0 could not be" \
		"what was detached"
	for pod in "${!POD_NUMBER[@]}"; do
		expect_equal "$(programs_of "$pod")$(in_pod "$pod" tc qdisc show dev eth0 clsact)" "" "left in $pod"
	done
	[ ! -e "$BPFFS" ] || fail "pins are left"
	client_connect new service
	client_gets new 'users-1|users-2' context=x
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main 'routed 4 on|bridged 6 off'
