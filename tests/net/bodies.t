#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bodies arrive whole and unchanged, on both legs, in both directions, however they are written.

. "$(dirname "$0")/lib.sh"

DOWNLOADS=(0 1 1000 1459 1460 1461 16384 65536 1000000 50000000)
UPLOADS=(1 1000 1460 8192 16384 16385 65536 1000000 10000000)

world_ready()
{
	context_write x 'pod: users-x'
	agent_start
}

# Every request moves the connection to the other leg.
each_way() # WORDS...
{
	client_gets a users-x context=x "$@"
	client_gets a 'users-1|users-2' "$@"
}

# A first request, on a connection and a leg of its own.
first_on_leg() # WORDS...
{
	client_dial a service
	client_gets a users-x context=x "$@"
	client_gets a 'users-1|users-2' "$@"
	client_gets a users-x context=x "$@"
}

# Retransmission timeouts of the client: what a byte lost by a move would cost.
timeouts()
{
	in_pod client nstat -asz TcpExtTCPTimeouts | awk '$1 == "TcpExtTCPTimeouts" { print $2 }'
}

test_downloads_of_0_bytes_to_50_MB_with_content_length()
{
	local size

	client_connect a service
	for size in "${DOWNLOADS[@]}"; do
		each_way "download=$size" "seed=$((size + 2))"
	done
	note "50 MB from the origin: $(answer_word ms) ms"
}

test_downloads_of_0_bytes_to_50_MB_chunked()
{
	local size

	client_connect a service
	for size in "${DOWNLOADS[@]}"; do
		each_way "download=$size" "seed=$((size + 3))" query=chunked=1
	done
}

test_uploads_of_1_byte_to_10_MB_with_content_length()
{
	local size

	client_connect a service
	for size in "${UPLOADS[@]}"; do
		each_way "body=$size" "seed=$((size + 4))"
		each_way "body=$size" "seed=$((size + 5))" apart
	done
}

test_uploads_of_1_byte_to_10_MB_chunked()
{
	local size

	client_connect a service
	for size in "${UPLOADS[@]}"; do
		each_way "body=$size" "seed=$((size + 6))" chunk=1000
		each_way "body=$size" "seed=$((size + 7))" chunk=70000 apart
	done
	each_way body=3000 chunk=1
}

test_header_and_body_in_one_write_larger_than_16_KiB_on_a_new_leg()
{
	local size before

	before=$(timeouts)
	client_open a
	for size in 16000 17000 33000 70000 200000; do
		first_on_leg "body=$size"
	done
	# What is beyond the 16 KiB that the switch holds, the client sends again.
	note "retransmission timeouts of the client in 15 uploads: $(($(timeouts) - before))"
}

test_body_that_follows_in_its_own_write_on_a_new_leg()
{
	local size before

	before=$(timeouts)
	client_open a
	for size in 1 500 5000 15000; do
		first_on_leg "body=$size" apart
	done
	expect_equal "$(timeouts)" "$before" "retransmission timeouts of the client"
}

test_header_block_of_8000_bytes_with_the_marker_first()
{
	client_open a
	first_on_leg head=8000
	first_on_leg head=8000 body=1000
	first_on_leg head=8000 body=30000 apart
}

test_header_block_of_8000_bytes_with_the_marker_last()
{
	client_open a
	first_on_leg head=8000 marker=last
	first_on_leg head=8000 marker=last body=1000
	first_on_leg head=8000 marker=last body=30000 apart
}

test_header_split_over_many_packets()
{
	local size

	client_open a
	for size in 1 7 100 1000; do
		first_on_leg "writes=$size" body=300
		first_on_leg "writes=$size" body=300 marker=last
		first_on_leg "writes=$size" body=300 chunk=50 marker=last
	done
}

test_large_bodies_in_both_directions_of_one_request()
{
	client_connect a service
	each_way body=1000000 download=1000000 seed=9
	each_way body=1000000 chunk=5000 download=1000000 seed=10 query=chunked=1
}

test_files_from_nginx_by_curl_are_intact_by_hash()
{
	local size marker

	mkdir "$WORLD/files"
	for size in 1 20000000; do
		head -c "$size" /dev/urandom >"$WORLD/files/$size"
	done
	nginx_start_each users-1 users-2 users-x
	for marker in 'x-shunt-context: x' 'x-other: x'; do
		for size in 1 20000000; do
			expect_equal "$(client_curl "/files/$size" -H "$marker" | sha256sum)" \
				"$(sha256sum <"$WORLD/files/$size")" "hash of $size bytes with $marker"
		done
	done
	grep -q 'GET /files/20000000 .*context=x$' "$WORLD/log/nginx-users-x" ||
		fail "users-x did not serve the marked download"
}

test_nothing_is_left_when_the_clients_are_gone()
{
	expect_clean
}

test_conntrack_called_no_packet_invalid()
{
	expect_equal "$(invalid_packets)" 0 "packets dropped as invalid"
}

matrix_main
