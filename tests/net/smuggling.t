#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bodies that look like requests, and requests that can be read in two ways: nothing of them reaches
# an offloaded pod. The test server takes all that it is sent; nginx has a mind of its own.

. "$(dirname "$0")/lib.sh"

ORIGIN='users-1|users-2'
MARKED='GET /smuggling HTTP/1.1\r\nhost: users\r\nx-shunt-context: x\r\n\r\n' # 60 bytes
MARKED_SIZE=60
CHUNK=('3c\r\n' "$MARKED" '\r\n0\r\n\r\n')

world_ready()
{
	context_write x 'pod: users-x'
	nginx_start_each users-1 users-2 users-x
	agent_start
}

# What the offloaded pod has seen: connections and requests of both servers.
offloaded_saw()
{
	cat "$WORLD/log/users-x" "$WORLD/log/nginx-users-x" | wc -l
}

# Runs a function with a client that is connected to a frontend port; nothing may come to the
# offloaded pod meanwhile, not even a connection.
stays() # FUNCTION PORT ARGUMENTS...
{
	local before

	before=$(offloaded_saw)
	client_open "$1-$2"
	client_ok "$1-$2" connect "$(service_address)" "$2"
	"$1" "$1-$2" "${@:3}"
	expect_equal "$(offloaded_saw)" "$before" \
		"lines in the logs of the offloaded pod after $1 to port $2"
}

# Each write is a packet, and is acknowledged before the next one.
write_each() # NAME TEXT...
{
	local text

	for text in "${@:2}"; do
		client_ok "$1" write "$text"
		client_ok "$1" drain
	done
}

# The answer of the test server, or of nginx, which names none.
answered() # NAME STATUS
{
	client_ok "$1" receive unchecked
	expect_match "$answer" "status=($2) server=($ORIGIN|-) " "answer"
}

content_length() # NAME
{
	write_each "$1" "POST / HTTP/1.1\r\nhost: users\r\ncontent-length: $MARKED_SIZE\r\n\r\n" "$MARKED"
	answered "$1" 200
}

test_marked_request_as_a_body_with_content_length()
{
	stays content_length $HTTP_PORT
	stays content_length $WEB_PORT
}

content_length_long() # NAME
{
	write_each "$1" "POST / HTTP/1.1\r\nhost: users\r\ncontent-length: $((4 * MARKED_SIZE))\r\n\r\n" \
		"$MARKED" "$MARKED" "$MARKED" "$MARKED"
	answered "$1" 200
}

test_marked_requests_as_a_body_in_four_packets()
{
	stays content_length_long $HTTP_PORT
	stays content_length_long $WEB_PORT
}

chunked() # NAME
{
	write_each "$1" 'POST / HTTP/1.1\r\nhost: users\r\ntransfer-encoding: chunked\r\n\r\n3c\r\n' \
		"$MARKED" '\r\n3c\r\n' "$MARKED" '\r\n0\r\n\r\n'
	answered "$1" 200
}

test_marked_request_as_a_chunk()
{
	stays chunked $HTTP_PORT
	stays chunked $WEB_PORT
}

chunk_with_end() # NAME
{
	write_each "$1" 'POST / HTTP/1.1\r\nhost: users\r\ntransfer-encoding: chunked\r\n\r\n41\r\n' \
		"0\r\n\r\n$MARKED" '\r\n' "0\r\n\r\n"
	answered "$1" 200
}

test_chunk_that_contains_the_end_of_a_chunked_body_and_a_marked_request()
{
	stays chunk_with_end $HTTP_PORT
	stays chunk_with_end $WEB_PORT
}

trailer() # NAME
{
	write_each "$1" 'POST / HTTP/1.1\r\nhost: users\r\ntransfer-encoding: chunked\r\n\r\n0\r\n' \
		'x-shunt-context: x\r\n' '\r\n'
	answered "$1" 200
}

test_marker_in_the_trailer()
{
	stays trailer $HTTP_PORT
	stays trailer $WEB_PORT
}

# All the while the boundaries are known.
test_connection_moves_after_a_body_that_looks_like_a_request()
{
	local form

	for form in content_length content_length_long chunked chunk_with_end trailer; do
		client_connect "$form" service
		"$form" "$form"
		client_gets "$form" users-x context=x
	done
}

expect_continue() # NAME FRAMING BODY...
{
	client_ok "$1" write \
		"POST / HTTP/1.1\r\nhost: users\r\nexpect: 100-continue\r\n$2\r\n\r\n"
	client_ok "$1" await 25 # HTTP/1.1 100 Continue
	write_each "$1" "${@:3}"
	answered "$1" 200
	expect_match "$answer" ' interim=1 ' "answer"
}

test_body_after_100_continue_that_begins_with_a_marked_request()
{
	stays expect_continue $HTTP_PORT "content-length: $MARKED_SIZE" "$MARKED"
	stays expect_continue $HTTP_PORT 'transfer-encoding: chunked' '3c\r\n' "$MARKED" '\r\n0\r\n\r\n'
	client_connect a service
	expect_continue a "content-length: $MARKED_SIZE" "$MARKED"
	client_gets a users-x context=x
}

# In none of these is it certain where a body ends. Who stands behind may read on from any place,
# wait for more, or refuse and close.
ambiguous() # NAME FIELDS BODY...
{
	local text

	for text in "POST / HTTP/1.1\r\nhost: users\r\n$2\r\n\r\n" "${@:3}"; do
		client_do "$1" write "$text"
		[ "$answer" = ok ] && client_do "$1" drain
		[ "$answer" = ok ] || break
	done
	client_ok "$1" finish
}

# The reason is counted for both connections.
both_stay() # LABEL FIELDS BODY...
{
	local before

	before=$(counter "$1")
	stays ambiguous $HTTP_PORT "${@:2}"
	stays ambiguous $WEB_PORT "${@:2}"
	expect_equal "$(counter "$1")" $((before + 2)) "$1 after a request with $2"
}

test_doubled_content_length()
{
	both_stay bad_length 'content-length: 0\r\ncontent-length: 60' "$MARKED"
	both_stay bad_length 'content-length: 60\r\ncontent-length: 0' "$MARKED"
	both_stay bad_length 'content-length: 60\r\ncontent-length: 60' "$MARKED"
	both_stay bad_length 'content-length: 0, 60' "$MARKED"
}

test_content_length_beside_transfer_encoding()
{
	both_stay bad_transfer_encoding 'content-length: 4\r\ntransfer-encoding: chunked' "${CHUNK[@]}"
	both_stay bad_transfer_encoding 'transfer-encoding: chunked\r\ncontent-length: 65' '0\r\n\r\n' "$MARKED"
}

test_transfer_encoding_that_some_servers_do_not_see()
{
	both_stay bad_field 'content-length: 4\r\ntransfer-encoding : chunked' "${CHUNK[@]}"
	both_stay bad_transfer_encoding 'content-length: 4\r\ntransfer-encoding: xchunked' "${CHUNK[@]}"
	both_stay obs_fold 'content-length: 4\r\nx: y\r\n transfer-encoding: chunked' "${CHUNK[@]}"
	both_stay bad_line_end 'content-length: 4\r\nx: y\ntransfer-encoding: chunked' "${CHUNK[@]}"
}

test_content_length_that_some_servers_do_not_see()
{
	both_stay bad_field 'content-length : 60' "$MARKED"
	both_stay bad_length 'content-length: +60' "$MARKED"
	both_stay bad_line_end 'x: y\ncontent-length: 60' "$MARKED"
	both_stay bad_length 'content-length:\r\n 60' "$MARKED"
}

test_request_line_end_that_some_servers_do_not_see()
{
	both_stay bad_line_end 'x: y\n\nGET / HTTP/1.1' 'x-shunt-context: x\r\n\r\n'
	both_stay bad_line_end 'x: y\r\rGET / HTTP/1.1' 'x-shunt-context: x\r\n\r\n'
}

midlife_body() # NAME FRAMING BODY...
{
	client_ok "$1" write "POST / HTTP/1.1\r\nhost: users\r\n$2\r\n\r\n"
	client_ok "$1" drain
	context_apply x 'pod: users-x'
	write_each "$1" "${@:3}"
	answered "$1" 200
	applied rm "$MANIFESTS/context-x.yaml"
}

# The switch has not seen the head of the request whose body this is.
test_body_of_a_connection_in_mid_life_that_begins_with_a_marked_request()
{
	applied rm "$MANIFESTS/context-x.yaml"
	stays midlife_body $HTTP_PORT "content-length: $MARKED_SIZE" "$MARKED"
	stays midlife_body $HTTP_PORT "content-length: $((3 * MARKED_SIZE))" "$MARKED" "$MARKED" "$MARKED"
	stays midlife_body $HTTP_PORT 'transfer-encoding: chunked' "3c\r\n" "$MARKED" '\r\n0\r\n\r\n'
	context_apply x 'pod: users-x'
}

midlife_continue() # NAME BODY...
{
	client_ok "$1" write "POST / HTTP/1.1\r\nhost: users\r\nexpect: 100-continue\r\n$2\r\n\r\n"
	client_ok "$1" await 25
	context_apply x 'pod: users-x'
	write_each "$1" "${@:3}"
	answered "$1" 200
	applied rm "$MANIFESTS/context-x.yaml"
}

# The server has spoken last, and all is acknowledged: only its words tell that this is a body.
test_body_after_100_continue_in_mid_life_that_begins_with_a_marked_request()
{
	applied rm "$MANIFESTS/context-x.yaml"
	stays midlife_continue $HTTP_PORT "content-length: $MARKED_SIZE" "$MARKED"
	context_apply x 'pod: users-x'
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
