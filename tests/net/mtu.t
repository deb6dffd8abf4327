#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Pods' links of 9000 bytes, of 1450 and of both: bodies arrive whole, whatever fits through. Pods are
# routed, since ports of one bridge have to have one size.

POD_MTU=9000
. "$(dirname "$0")/lib.sh"
. "$NET/lib/mtu.sh"

ALL=(client users-1 users-2 users-x users-y)

world_ready()
{
	context_write x 'pod: users-x'
	agent_start
}

test_bodies_over_links_of_9000_bytes()
{
	bodies_go
}

test_bodies_over_links_of_1450_bytes()
{
	links_set_mtu 1450 "${ALL[@]}"
	bodies_go
	links_set_mtu 9000 "${ALL[@]}"
}

test_bodies_from_a_link_of_9000_bytes_to_an_offloaded_pod_with_less()
{
	links_set_mtu 1450 users-x
	bodies_go
	links_set_mtu 9000 users-x
}

test_bodies_from_a_link_of_9000_bytes_to_an_origin_with_less()
{
	links_set_mtu 1450 users-1 users-2
	bodies_go
	links_set_mtu 9000 users-1 users-2
}

test_bodies_from_a_link_of_1450_bytes_to_pods_with_more()
{
	links_set_mtu 1450 client
	bodies_go
	links_set_mtu 9000 client
}

# The numbers of either leg are not the client's own.
test_a_path_that_becomes_smaller_under_a_moved_connection()
{
	client_connect a service
	client_gets a users-x context=x body=400000
	client_gets a 'users-1|users-2' body=400000
	links_set_mtu 3000 users-x
	client_gets a users-x context=x body=400000
	links_set_mtu 1450 users-1 users-2
	client_gets a 'users-1|users-2' body=400000
	client_gets a users-x context=x body=400000
	links_set_mtu 9000 users-1 users-2 users-x
}

test_nothing_is_left_when_the_clients_are_gone()
{
	expect_clean
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main '^(routed 4 on|routed 6 off)'
