#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A request that asks to leave HTTP goes where its marker says. If the server agrees, the connection
# is its own from then on, whatever is sent over it; if not, HTTP goes on.

. "$(dirname "$0")/lib.sh"

ORIGIN='users-1|users-2'
PYTHON=/usr/bin/python3

# On the port of the test server, which upgrades to nothing, in three of the pods; users-y keeps it.
websocket_start() # POD
{
	server_stop "$1"
	pod_spawn "$1" "websocket-$1" $PYTHON "$NET/clients/websocket_server.py" "$1" $HTTP_TARGET \
		"$WORLD/log/websocket-$1"
	expect_soon 10 "WebSocket server in $1 listens" in_pod_listens "$1" $HTTP_TARGET
}

websocket_stop() # POD
{
	process_end "$WORLD/run/websocket-$1.pid"
	server_start "$1"
}

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	nginx_start_each users-1 users-2 users-x
	agent_start
}

websocket() # [CONTEXT]
{
	in_pod client $PYTHON "$NET/clients/websocket_client.py" \
		"ws://$(host_port "$(service_address)" $HTTP_PORT)/chat" "$@"
}

sessions() # POD CONTEXT
{
	grep -c "^session context=$2 messages=31$" "$WORLD/log/websocket-$1"
}

test_sessions_stay_with_the_server_that_the_upgrade_went_to()
{
	local pod before

	for pod in users-1 users-2 users-x; do
		websocket_start "$pod"
	done
	before=$(counter upgrade)
	expect_equal "$(websocket x)" users-x "servers of the marked session"
	expect_match "$(websocket)" '^users-[12]$' "servers of the unmarked session"
	expect_match "$(websocket nobody)" '^users-[12]$' "servers of the session with an unknown context"
	expect_equal "$(websocket x)" users-x "servers of the second marked session"
	expect_equal "$(counter upgrade)" $((before + 4)) "connections pinned by an upgrade"
	expect_equal "$(sessions users-x x)" 2 "marked sessions at the offloaded pod"
	expect_equal "$(log_count users-y accept)" 0 "connections to the pod that the frames name"
	for pod in users-1 users-2 users-x; do
		websocket_stop "$pod"
	done
}

upgrade() # CONTEXT STATUS
{
	echo "GET /?status=$2 HTTP/1.1\r\nhost: users\r\nconnection: upgrade\r\nupgrade: requests\r\nx-shunt-context: $1\r\n\r\n"
}

# The test server goes on with HTTP after its 101, so it can be asked who it is.
test_connection_that_was_kept_stays_after_an_upgrade()
{
	local before

	before=$(counter upgrade)
	client_connect a service
	client_gets a users-y context=y
	client_gets a "$ORIGIN"
	client_ok a write "$(upgrade x 101)"
	client_ok a receive
	expect_match "$answer" 'status=101 server=users-x ' "answer to the upgrade"
	client_gets a users-x context=x
	client_gets a users-x
	client_gets a users-x context=y
	client_gets a users-x body=3000
	client_gets a users-x download=100000 context=y
	expect_equal "$(counter upgrade)" $((before + 1)) "connections pinned by an upgrade"
}

test_connection_goes_on_after_an_upgrade_that_the_server_refuses()
{
	local before status

	before=$(counter upgrade)
	client_connect a service
	for status in 200 204 400 426 501; do
		client_ok a write "$(upgrade x $status)"
		client_ok a receive unchecked
		expect_match "$answer" "status=$status server=users-x " "answer to the upgrade"
		client_gets a "$ORIGIN"
		client_gets a users-y context=y
	done
	expect_equal "$(counter upgrade)" "$before" "connections pinned by an upgrade"
}

test_connection_stays_after_a_CONNECT()
{
	local before

	before=$(counter upgrade)
	client_connect a service
	client_gets a "$ORIGIN"
	client_ok a write 'CONNECT users:80 HTTP/1.1\r\nhost: users:80\r\nx-shunt-context: x\r\n\r\n'
	client_ok a receive method=CONNECT unchecked
	expect_match "$answer" 'status=200 server=users-x ' "answer to the CONNECT"
	client_gets a users-x
	client_gets a users-x context=y
	expect_equal "$(counter upgrade)" $((before + 1)) "connections pinned by a CONNECT"
}

# h2c, which nginx does not speak: the answer is an ordinary one.
test_offer_of_HTTP_2_that_nginx_refuses_goes_on_as_HTTP_1()
{
	local before requests=() i

	before=$(counter upgrade)
	for i in 1 2 3; do
		requests+=(--next -sS --max-time 20 --http2 -w '%{http_version} %{num_connects}\n'
			-H 'x-shunt-context: x' "http://$(host_port "$(service_address)" $WEB_PORT)/"
			--next -sS --max-time 20 --http2 -w '%{http_version} %{num_connects}\n'
			"http://$(host_port "$(service_address)" $WEB_PORT)/")
	done
	in_pod client curl "${requests[@]:1}" >"$WORLD/answers" || fail "curl: $(cat "$WORLD/answers")"
	expect_equal "$(paste -sd ' ' "$WORLD/answers" | sed 's/users-[12]/origin/g')" \
		"users-x 1.1 1 origin 1.1 0 users-x 1.1 0 origin 1.1 0 users-x 1.1 0 origin 1.1 0" \
		"servers, versions and new connections"
	expect_equal "$(counter upgrade)" "$before" "connections pinned by an upgrade"
}

test_nothing_is_left_when_the_clients_are_gone()
{
	expect_clean
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main 'routed 4 on|bridged 6 off'
