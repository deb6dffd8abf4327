#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A connection of Multipath TCP (RFC 8684) has a second layer of numbers in its options, which other
# servers do not know: it stays with its origin. Its clients and servers otherwise meet as they do
# without Shunt.

. "$(dirname "$0")/lib.sh"

ORIGIN='users-[12]'

world_ready()
{
	local pod

	context_write x 'pod: users-x'
	for pod in users-1 users-2; do
		server_stop "$pod"
		pod_spawn "$pod" "mptcp-$pod" /usr/bin/python3 "$NET/clients/mptcp_server.py" "$pod" \
			$HTTP_TARGET
		expect_soon 10 "server in $pod listens" in_pod_listens "$pod" $HTTP_TARGET
	done
	server_stop users-x
	pod_spawn users-x mptcp-users-x /usr/bin/python3 "$NET/clients/mptcp_server.py" users-x $HTTP_TARGET
	expect_soon 10 "server in users-x listens" in_pod_listens users-x $HTTP_TARGET
	agent_start
}

# The servers of a client's requests, unmarked and marked by turns.
servers_met() # PROTOCOL
{
	in_pod client /usr/bin/python3 "$NET/clients/mptcp_client.py" "$(service_address)" $HTTP_PORT x "$1" \
		>"$WORLD/answers" || fail "the client ended with status $?: $(cat "$WORLD/answers")"
	expect_equal "$(wc -l <"$WORLD/answers")" 20 "answers"
}

mptcp_connections()
{
	in_pod client nstat -asz MPTcpExtMPCapableSYNACKRX |
		awk '$1 == "MPTcpExtMPCapableSYNACKRX" { print $2 }'
}

test_connection_of_multipath_TCP_stays_with_its_origin()
{
	local before connections

	before=$(counter no_socket)
	connections=$(mptcp_connections)
	servers_met mptcp
	expect_equal "$(mptcp_connections)" $((connections + 1)) "connections of multipath TCP"
	expect_equal "$(grep -cE "^$ORIGIN\$" "$WORLD/answers")" 20 "answers of the origin"
	expect_equal "$(($(counter no_socket) - before))" 10 "requests that were not moved"
}

test_plain_TCP_to_the_same_servers_moves()
{
	servers_met tcp
	expect_equal "$(awk 'NR % 2' "$WORLD/answers" | grep -cE "^$ORIGIN\$")" 10 "unmarked requests"
	expect_equal "$(awk 'NR % 2 == 0' "$WORLD/answers" | grep -cx users-x)" 10 "marked requests"
}

matrix_main 'routed 4 on|bridged 6 off'
