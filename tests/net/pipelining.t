#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A request never moves while an answer is under way: the client would get it too early, cut short,
# or never. When all answers are there, the next request moves.

. "$(dirname "$0")/lib.sh"

ORIGIN='users-1|users-2'
PLAIN='GET /?seed=1 HTTP/1.1\r\nhost: users\r\n\r\n'
MARKED='GET /?seed=1 HTTP/1.1\r\nhost: users\r\nx-shunt-context: x\r\n\r\n'

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	agent_start
}

# An answer of this server with 200, whose request was sent before.
answered() # NAME SERVER WORDS...
{
	client_ok "$1" receive "${@:3}"
	expect_match "$answer" "status=200 server=($2) " "client $1: answer to ${*:3}"
}

# Both directions work on.
still_moves() # NAME
{
	client_gets "$1" users-x context=x
	client_gets "$1" "$ORIGIN"
	client_gets "$1" users-y context=y body=3000 chunk=700
	client_gets "$1" "$ORIGIN" body=3000
}

test_unmarked_and_marked_request_in_one_write_stay_together()
{
	local before

	before=$(counter pipelined)
	client_connect a service
	client_ok a write "$PLAIN$MARKED"
	answered a "$ORIGIN"
	answered a "$ORIGIN"
	expect_equal "$(counter pipelined)" $((before + 1)) "pipelined requests counted"
	still_moves a
}

test_marked_and_unmarked_request_in_one_write_stay_together()
{
	client_connect a service
	client_ok a write "$MARKED$PLAIN"
	answered a users-x
	answered a users-x
	client_gets a "$ORIGIN"
	still_moves a
}

test_many_requests_in_one_write_are_answered_in_order_by_one_server()
{
	local i

	client_connect a service
	client_ok a write "$PLAIN$MARKED$PLAIN$PLAIN$MARKED$MARKED$PLAIN$MARKED"
	for i in 1 2 3 4 5 6 7 8; do
		answered a "$ORIGIN"
		expect_equal "$(answer_word request)" $i "number of the request at its server"
	done
	still_moves a
}

# The answer has not begun when the next request is there.
test_marked_request_before_the_answer_stays()
{
	client_connect a service
	client_ok a send query=await=1
	client_ok a drain
	client_ok a send context=x
	answered a "$ORIGIN"
	answered a "$ORIGIN"
	still_moves a
}

test_unmarked_request_before_the_answer_of_a_marked_one_stays()
{
	client_connect a service
	client_ok a send context=x query=await=1
	client_ok a drain
	client_ok a send query=await=1
	client_ok a send context=y
	answered a users-x
	answered a users-x
	answered a users-x
	still_moves a
}

test_marked_request_between_interim_and_final_answer_stays()
{
	client_connect a service
	client_ok a send "query=interim=2&await=1"
	client_ok a await 60
	client_ok a send context=x
	answered a "$ORIGIN"
	expect_match "$answer" ' interim=2 ' "answer"
	answered a "$ORIGIN"
	still_moves a
}

# The server has sent a part of its answer, the client has acknowledged all of it, and the server
# waits for the next request.
mid_answer() # BYTES OF-BYTES QUERY WORDS...
{
	local name=$1-$3

	client_connect "$name" service
	client_ok "$name" send "download=$2" "query=hold=$1&$3"
	client_ok "$name" await "$1"
	client_ok "$name" send context=x "${@:4}"
	answered "$name" "$ORIGIN" "download=$2"
	answered "$name" "$ORIGIN" "${@:4}"
	still_moves "$name"
}

test_marked_request_in_the_middle_of_an_answer_with_content_length_stays()
{
	local bytes

	for bytes in 0 1 1000 39999; do
		mid_answer $bytes 40000 chunked=0
	done
	mid_answer 30000 40000 chunked=0 body=50000
}

test_marked_request_in_the_middle_of_a_chunked_answer_stays()
{
	local bytes

	for bytes in 0 1 1000 39999; do
		mid_answer $bytes 40000 chunked=1
	done
	mid_answer 30000 40000 chunked=1 body=50000 chunk=999
}

# Heads, chunk sizes and contents of the answer come in small packets.
test_marked_request_in_the_middle_of_an_answer_in_small_packets_stays()
{
	local size

	for size in 1 13 100; do
		mid_answer 1000 2000 "chunked=0&drip=$size"
		mid_answer 1000 2000 "chunked=1&drip=$size"
		mid_answer 0 2000 "chunked=1&interim=1&drip=$size"
	done
}

# Such an answer ends with the connection: the second request gets none, from nobody.
test_marked_request_in_the_middle_of_an_answer_that_ends_with_the_connection_stays()
{
	local before

	before=$(log_count users-x request)
	client_connect a service
	client_ok a send download=100000 "query=open=1&hold=5000"
	client_ok a await 5000
	client_ok a send context=x
	answered a "$ORIGIN" download=100000
	client_ok a eof
	client_ok a close
	expect_equal "$(log_count users-x request)" "$before" "requests at the offloaded pod"
	client_dial a service
	still_moves a
}

test_answer_of_an_offloaded_pod_that_ends_with_the_connection_is_whole()
{
	client_connect a service
	client_gets a "$ORIGIN"
	client_gets a users-x context=x download=100000 query=open=1
	client_ok a eof
}

# The client does not read, so that the server cannot send all.
test_marked_request_while_a_large_answer_waits_for_the_client_stays()
{
	client_connect a service
	client_ok a send download=20000000
	client_ok a await 50000
	client_ok a send context=x
	answered a "$ORIGIN" download=20000000
	answered a "$ORIGIN"
	still_moves a
}

test_marked_request_after_an_answer_without_a_body_moves()
{
	local words

	client_connect a service
	for words in 'method=HEAD download=100000' 'method=HEAD download=100000 query=chunked=1' \
		'query=status=204' 'query=status=304' 'query=interim=3' 'download=0' \
		'download=0 query=chunked=1' 'query=interim=1&status=204'; do
		# shellcheck disable=SC2086
		client_ok a request $words
		expect_match "$answer" "status=(200|204|304) server=($ORIGIN) " "request $words"
		client_gets a users-x context=x
		# shellcheck disable=SC2086
		client_ok a request context=y $words
		expect_match "$answer" 'status=(200|204|304) server=users-y ' "marked request $words"
	done
	still_moves a
}

# The kernel meets heads, chunk sizes and trailers in pieces.
test_marked_request_after_an_answer_in_small_packets_moves()
{
	local size

	client_connect a service
	for size in 1 2 7; do
		client_gets a "$ORIGIN" download=300 "query=drip=$size"
		client_gets a users-x context=x download=300 "query=drip=$size&chunked=1"
		client_gets a "$ORIGIN" download=300 "query=drip=$size&chunked=1&interim=1"
		client_gets a users-y context=y
	done
	still_moves a
}

test_pipelined_HEAD_requests_do_not_confuse_what_follows()
{
	local head='HEAD /?bytes=SIZE HTTP/1.1\r\nhost: users\r\n\r\n'

	client_connect a service
	client_ok a write "${head/SIZE/5000}$PLAIN${head/SIZE/7}$MARKED"
	answered a "$ORIGIN" method=HEAD
	answered a "$ORIGIN"
	answered a "$ORIGIN" method=HEAD
	answered a "$ORIGIN"
	still_moves a
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
