#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Requests that expect "100 Continue", connections that close, and HTTP/1.0: by curl, ab and the test
# client.

. "$(dirname "$0")/lib.sh"

ORIGIN='users-1|users-2'

world_ready()
{
	context_write x 'pod: users-x'
	nginx_start_each users-1 users-2 users-x
	head -c 2000000 /dev/urandom >"$WORLD/upload"
	agent_start
}

# 2 MB, marked and not in turn, on one connection. curl waits for "100 Continue".
test_uploads_of_curl_that_expect_100_continue_alternate()
{
	local url uploads=() i servers

	url=http://$(host_port "$(service_address)" $HTTP_PORT)/
	for i in 1 2 3 4; do
		uploads+=(--next -sS -D - --max-time 20 -H 'Expect: 100-continue'
			--data-binary "@$WORLD/upload" "$url" -o "$WORLD/answer")
		[ $((i % 2)) = 0 ] && uploads+=(-H 'x-shunt-context: x')
	done
	in_pod client curl -sS "${uploads[@]:1}" >"$WORLD/heads" || fail "curl: $(cat "$WORLD/heads")"
	servers=$(sed -n 's/^x-server: \(.*\)\r$/\1/p' "$WORLD/heads" | tr '\n' ' ')
	expect_match "$servers" '^(users-[12]) users-x (users-[12]) users-x $' "servers"
	expect_equal "$(grep -c '^HTTP/1.1 100' "$WORLD/heads")" 4 "answers that say to go on"
	expect_equal "$(grep -c '^x-body-length: 2000000' "$WORLD/heads")" 4 "uploads of full length"
	expect_equal "$(grep '^x-body-hash' "$WORLD/heads" | sort -u | wc -l)" 1 "different contents"
}

test_connection_close_and_HTTP_1_0_by_curl()
{
	local arguments

	for arguments in '-H connection:close' '--http1.0' '--http1.0 -H connection:keep-alive'; do
		# shellcheck disable=SC2086
		expect_equal "$(client_curl / $arguments -H 'x-shunt-context: x')" users-x "marked, $arguments"
		# shellcheck disable=SC2086
		expect_match "$(client_curl / $arguments)" '^users-[12]$' "unmarked, $arguments"
	done
}

http10() # CONTEXT
{
	echo "GET / HTTP/1.0\r\nhost: users\r\nconnection: keep-alive\r\nx-shunt-context: $1\r\n\r\n"
}

test_kept_HTTP_1_0_connection_alternates()
{
	local i

	client_open a
	client_ok a connect "$(service_address)" $WEB_PORT
	for i in 1 2 3; do
		client_ok a write "$(http10 x)"
		client_ok a receive unchecked
		expect_match "$answer" 'status=200 server=users-x ' "marked"
		client_ok a write "$(http10 nobody)"
		client_ok a receive unchecked
		expect_match "$answer" "status=200 server=($ORIGIN) " "answer to nobody"
	done
}

offloaded_served() # COUNT
{
	[ "$(wc -l <"$WORLD/log/nginx-users-x")" -ge "$1" ]
}

# Of 500 requests of ab, all are at the offloaded pod, or none. nginx logs a request behind its answer.
ab() # WANTED ARGUMENTS...
{
	local before output

	before=$(wc -l <"$WORLD/log/nginx-users-x")
	output=$(in_pod client ab -q -n 500 -c 8 "${@:2}" \
		"http://$(host_port "$(service_address)" $WEB_PORT)/ab" 2>&1) || fail "ab: $output"
	expect_match "$output" 'Complete requests: +500' "ab ${*:2}"
	expect_match "$output" 'Failed requests: +0' "ab ${*:2}"
	[[ $output != *Non-2xx* ]] || fail "ab ${*:2}: $output"
	wait_for 5 offloaded_served $((before + $1))
	expect_equal $(($(wc -l <"$WORLD/log/nginx-users-x") - before)) "$1" \
		"requests at the offloaded pod by ab ${*:2}"
}

test_ab_without_and_with_kept_connections()
{
	ab 500 -H 'x-shunt-context: x'
	ab 500 -k -H 'x-shunt-context: x'
	ab 0
	ab 0 -k
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
