#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A Service whose selector matches an offloaded pod too: its ordinary connections are kept off it,
# before kube-proxy, which does not know better, can choose it.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/steer.sh"

CONNECTIONS=10000
ORDINARY=(users-1 users-2 users-3)
CHOICE=("${ORDINARY[@]}" users-x) # what kube-proxy makes of it
SERVERS='users-1|users-2|users-3'
SELECTED=(users-x)

world_pods()
{
	pod_add users-3
	pod_add client-2
}

world_ready()
{
	server_start users-3
	context_write x 'pod: users-x'
	# What is not steered shall be seen to arrive.
	manifest_write settings.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Settings
		metadata: {name: default}
		spec: {fence: {mode: "off"}}
	END
	agent_start
}

# Brings the Service and the pods to the agent; those named are not Ready.
cluster_apply() # POD-THAT-IS-NOT-READY...
{
	applied cluster_write "$@"
}

test_without_steering_kube_proxy_would_choose_the_offloaded_pod()
{
	local before

	SELECTED=()
	cluster_apply
	before=$(counter steered)
	dials client 40
	expect_match "$tally" 'users-x 10' "answers"
	expect_equal "$(counter steered)" "$before" "connections counted as steered"
	SELECTED=(users-x)
	cluster_apply
}

test_of_10000_connections_the_offloaded_pod_gets_none_and_the_others_even_shares()
{
	local before start

	before=$(counter steered)
	start=$EPOCHREALTIME
	dials client $CONNECTIONS
	note "$CONNECTIONS connections in $(milliseconds_since "$start") ms"
	expect_even_shares "${ORDINARY[@]}"
	# A count in a process may be lost to the packet that interrupts it.
	expect_between $(($(counter steered) - before)) $((CONNECTIONS - 10)) $CONNECTIONS "steered"
}

test_the_peer_is_what_was_dialled_for_IPv4_IPv6_and_IPv4_mapped_sockets()
{
	local address

	for address in "$SERVICE4" "$SERVICE6" "::ffff:$SERVICE4"; do
		dials client 30 "$address"
		expect_match "$tally" "^($SERVERS) " "answers by $address"
	done
}

redial() # ARGUMENTS...
{
	in_cgroup client "$TOOLS/redial" "$@"
}

test_a_socket_that_connects_anew_shows_its_new_peer()
{
	local service target got

	service=$(host_port "$(service_address)" "$HTTP_PORT")
	target=$(host_port "$(pod_address users-y)" "$HTTP_TARGET")
	got=$(redial "$(service_address)" "$HTTP_PORT" "$(pod_address users-y)" "$HTTP_TARGET" \
		"$(service_address)" "$HTTP_PORT") || fail "redial failed"
	expect_match "$(sed -n 1p <<<"$got")" " ($SERVERS)$" "the first"
	expect_equal "$(sed -n '1s/ .*//p' <<<"$got")" "$service" "the first peer"
	expect_equal "$(sed -n 2p <<<"$got")" "$target users-y" "the second"
	expect_equal "$(sed -n '3s/ .*//p' <<<"$got")" "$service" "the third peer"
}

test_connections_by_TCP_fast_open_are_steered()
{
	local i got

	for i in 1 2 3 4 5 6 7 8; do
		got=$(redial --fastopen "$(service_address)" "$HTTP_PORT") || fail "no fast open"
		expect_match "$got" "^$(host_port "$(service_address)" "$HTTP_PORT" |
			sed 's/[][]/\\&/g') ($SERVERS)$" "peer and server"
	done
}

# The peer as the kernel has it, whatever the program sees.
udp_peer()
{
	in_cgroup client bash -c 'exec 3<>"/dev/udp/$1/$2" && ss -Hun dport = ":$2"' - \
		"$(service_address)" "$HTTP_PORT" | awk '{ print $NF }'
}

test_UDP_is_left_alone()
{
	local before

	before=$(counter steered)
	expect_equal "$(udp_peer)" "$(host_port "$(service_address)" "$HTTP_PORT")" "peer"
	expect_equal "$(counter steered)" "$before" "connections counted as steered"
}

test_pods_that_are_dialled_themselves_are_left_alone()
{
	local before pod

	before=$(counter steered)
	client_open a
	for pod in "${ORDINARY[@]}" users-x; do
		client_dial a "$pod"
		client_gets a "$pod"
	done
	expect_equal "$(counter steered)" "$before" "connections counted as steered"
}

test_connections_follow_pods_that_come_and_go()
{
	cluster_apply users-2
	dials client 200
	expect_match "$tally" 'users-1 ' "answers"
	expect_match "$tally" 'users-3 ' "answers"
	expect_servers 2 "without users-2"
	cluster_apply
	dials client 200
	expect_servers 3 "with all"
}

test_a_connection_goes_on_when_its_pod_is_chosen_no_more()
{
	local server connection

	client_connect a service
	client_gets a "$SERVERS"
	server=$(answer_word server) connection=$(answer_word connection)
	cluster_apply "$server"
	client_gets a "$server"
	expect_equal "$(answer_word connection)" "$connection" "connection"
	cluster_apply
	client_gets a "$server"
	expect_equal "$(answer_word connection)" "$connection" "connection"
}

test_without_an_ordinary_pod_connections_are_refused_at_once()
{
	local before start

	before=$(counter steer_refused)
	cluster_apply "${ORDINARY[@]}"
	client_open a
	start=$EPOCHREALTIME
	client_do a connect "$(service_address)" "$HTTP_PORT"
	expect_equal "$answer" "error connect: Connection refused" "connect"
	expect_took "$(milliseconds_since "$start")" 0 200 "until it was refused"
	expect_equal "$(counter steer_refused)" $((before + 1)) "refused connections"
	cluster_apply
	client_connect a service
	client_gets a "$SERVERS"
}

test_with_session_affinity_a_pod_always_gets_the_same_endpoint()
{
	local pod server other

	AFFINITY=ClientIP
	cluster_apply
	for pod in client client-2; do
		dials "$pod" 100
		expect_servers 1 "$pod"
		server=${tally% *}
		other=users-1
		[ "$server" = users-1 ] && other=users-2
		cluster_apply "$other"
		dials "$pod" 100
		expect_equal "$tally" "$server 100" "$pod, without $other"
		cluster_apply "$server"
		dials "$pod" 100
		expect_servers 1 "$pod, without $server"
		cluster_apply
		dials "$pod" 100
		expect_equal "$tally" "$server 100" "$pod, with $server again"
	done
	AFFINITY=None
	cluster_apply
}

test_marked_requests_reach_the_offloaded_pod_through_steered_connections()
{
	local i

	client_open a
	for ((i = 0; i < 20; i++)); do
		client_dial a service
		client_gets a "$SERVERS"
		client_gets a users-x context=x
		client_gets a "$SERVERS"
	done
	client_ok a repeat 500 0 x=users-x "-=${SERVERS//|/,}"
}

test_steering_goes_on_without_the_agent_and_across_its_start()
{
	agent_stop KILL
	dials client 300
	expect_even_shares "${ORDINARY[@]}"
	agent_start
	dials client 300
	expect_even_shares "${ORDINARY[@]}"
}

test_the_agent_warns_of_the_service()
{
	grep -q 'service shop/users selects offloaded pod users-x: connections are steered' \
		"$WORLD/log/shuntd" || fail "no warning in $(cat "$WORLD/log/shuntd")"
}

test_detach_leaves_no_steering_behind()
{
	agent_stop
	shunt detach || fail "detach failed"
	dials client 40
	expect_match "$tally" 'users-x 10' "answers"
	agent_start
	dials client 40
	expect_match "$tally" "^($SERVERS) " "answers"
	[[ $tally == *users-x* ]] && fail "after a start: $tally"
	true
}

test_nothing_is_left_when_the_clients_are_gone()
{
	expect_clean
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main "$PAIRWISE"
