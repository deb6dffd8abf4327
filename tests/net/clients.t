#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Clients that companies have, with pools of kept connections, against nginx behind the Service.
# Each one sends requests that belong by turns to nobody, x and y, and prints status, context and
# the server that answered.

. "$(dirname "$0")/lib.sh"

COUNT=240
PYTHON=/usr/bin/python3

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	nginx_start_each users-1 users-2 users-x users-y
	agent_start
}

# Connections that the client pod has opened.
connections_opened()
{
	in_pod client nstat -asz TcpActiveOpens | awk '$1 == "TcpActiveOpens" { print $2 }'
}

# Every request is answered, each by the right server, over so many connections at most.
all_right() # CONNECTIONS COMMAND...
{
	local before start=$EPOCHREALTIME opened

	before=$(connections_opened)
	in_pod client "${@:2}" >"$WORLD/answers" 2>"$WORLD/errors" ||
		fail "$2 ended with status $?: $(tail -5 "$WORLD/errors")"
	opened=$(($(connections_opened) - before))
	expect_equal "$(grep -cE '^200 (- users-[12]|x users-x|y users-y)$' "$WORLD/answers")" "$COUNT" \
		"right answers; a wrong one is '$(grep -vE '^200 (- users-[12]|x users-x|y users-y)$' \
			"$WORLD/answers" | head -1)'"
	expect_equal "$(wc -l <"$WORLD/answers")" "$COUNT" "answers"
	expect_between "$opened" 1 "$1" "connections opened"
	note "$COUNT requests over $opened connections: $(milliseconds_since "$start") ms"
}

web_url()
{
	echo "http://$(host_port "$(service_address)" $WEB_PORT)/quiet"
}

test_curl_with_many_URLs()
{
	local i context arguments=()

	for ((i = 0; i < COUNT; i++)); do
		context=$(((i % 3)))
		context=${context/0/-} context=${context/1/x} context=${context/2/y}
		arguments+=(--next -sS --max-time 20 -o "$WORLD/run/answer-$i")
		[ "$context" = - ] || arguments+=(-H "x-shunt-context: $context")
		[ $((i % 4)) = 3 ] && arguments+=(-d "$(printf 'b%.0s' {1..500})")
		arguments+=(-w "%{http_code} $context %header{x-server}\n" "$(web_url)")
	done
	all_right 1 curl "${arguments[@]:1}"
}

test_Python_requests()
{
	all_right 1 $PYTHON "$NET/clients/requests_pool.py" "$(web_url)" $COUNT
}

test_Python_urllib3_with_threads()
{
	all_right 4 $PYTHON "$NET/clients/urllib3_threads.py" "$(web_url)" $COUNT
}

test_Node_fetch()
{
	all_right 24 node "$NET/clients/fetch.mjs" "$(web_url)" $COUNT
}

test_Node_http_Agent()
{
	all_right 4 node "$NET/clients/agent.mjs" "$(web_url)" $COUNT
}

test_Java_HttpClient()
{
	all_right 2 java "$NET/clients/Pool.java" "$(web_url)" $COUNT
}

test_Perl_LWP()
{
	all_right 1 perl "$NET/clients/lwp.pl" "$(web_url)" $COUNT
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
