#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Offloaded pods that do not answer: a clear error, the next endpoint, or the origin by policy.

. "$(dirname "$0")/lib.sh"

# The pods of a commit stand in the order of their addresses: dead ones before and behind live ones.
world_pods()
{
	pod_add refusing-a aaaaaa1
	pod_add silent-b bbbbbb2
	pod_add users-a aaaaaa1
	pod_add users-b bbbbbb2
	pod_add users-c cccccc3
	pod_add refusing-c cccccc3
	pod_add silent-d dddddd4
	server_start users-a
	server_start users-b
	server_start users-c
	silence silent-b
	silence silent-d
}

# The pod is there and answers ARP, but nothing else.
silence() # POD
{
	in_pod "$1" nft -f - <<-END
		table inet silence {
			chain input {
				type filter hook input priority filter
				meta l4proto tcp drop
			}
		}
	END
}

# The client's own retransmissions are the clock: what one behaviour makes it wait for must not be the
# round trip time that it begins with in the next.
world_ready()
{
	in_pod client sysctl -q net.ipv4.tcp_no_metrics_save=1
	context_write x 'pod: users-x'
	context_write refusing 'pod: refusing-a'
	context_write silent 'pod: silent-d'
	context_write first-refuses 'sha: aaaaaa1'
	context_write first-is-silent 'sha: bbbbbb2'
	context_write last-refuses 'sha: cccccc3'
	context_write refusing-main 'pod: refusing-a, onUnreachable: main'
	context_write silent-main 'pod: silent-d, onUnreachable: main'
	agent_start
}

# The kernel's own answer, and the connection's end.
expect_error() # CLIENT STATUS CONTEXT POD
{
	client_ok "$1" receive
	expect_match "$answer" "status=$2 server=- " "answer to context=$3"
	expect_match "$answer" "shunt=\".*$3.*shop/users.*$(pod_address_written_out "$4").*\"" "x-shunt"
	client_ok "$1" eof
}

# As the kernel writes it: every group of an IPv6 address with its zeros.
pod_address_written_out() # POD
{
	case $FAMILY in
	4) pod_address4 "$1" ;;
	6) printf 'fd77:0001:0000:0000:0000:0000:0000:%04d' "${POD_NUMBER[$1]}" ;;
	esac
}

refused() # FRONTEND WORDS...
{
	local start

	start=$EPOCHREALTIME
	client_ok "$1" send context=refusing "${@:2}"
	expect_error "$1" 503 refusing refusing-a
	expect_took "$(milliseconds_since "$start")" 0 100 "until the 503"
	note "503 after $(milliseconds_since "$start") ms [$TOPOLOGY IPv$FAMILY]: ${answer#* }"
}

test_endpoint_that_refuses_gives_503_within_100_ms_on_a_new_connection()
{
	local frontend

	for frontend in service users-1; do
		client_connect "$frontend" "$frontend"
		refused "$frontend"
		client_dial "$frontend" "$frontend"
		refused "$frontend" body=3000
	done
}

test_endpoint_that_refuses_gives_503_within_100_ms_after_moves()
{
	client_connect a service
	client_ok a repeat 10 0 x=users-x -=users-1,users-2
	refused a
	client_dial a service
	client_gets a users-x context=x
	refused a
	client_dial a service
	client_gets a users-x context=x
	expect_clean_after_close a
}

expect_clean_after_close() # CLIENT...
{
	local name

	for name; do
		client_ok "$name" close
	done
	expect_clean
}

# Two at once: a fresh connection, and one whose requests moved before.
test_endpoint_that_is_silent_gives_504_after_3_to_4_seconds_and_leaves_nothing()
{
	local start name

	client_connect fresh service
	client_connect moved users-1
	client_ok moved repeat 10 0 x=users-x -=users-1
	start=$EPOCHREALTIME
	client_ok fresh send context=silent
	client_ok moved send context=silent body=5000
	for name in fresh moved; do
		expect_error "$name" 504 silent silent-d
		expect_took "$(milliseconds_since "$start")" 3000 4000 "until the 504"
		note "504 after $(milliseconds_since "$start") ms [$TOPOLOGY IPv$FAMILY]"
		client_dial "$name" service
		client_gets "$name" 'users-1|users-2'
		client_gets "$name" users-x context=x
	done
	expect_clean_after_close fresh moved
}

test_client_that_does_not_wait_for_the_504_leaves_nothing()
{
	client_connect a service
	client_ok a send context=silent
	client_ok a drain
	client_ok a close
	client_dial a service
	client_ok a send context=silent
	client_ok a reset
	expect_clean 6
}

test_first_of_two_endpoints_refuses_and_the_second_answers()
{
	local context pod

	client_open a
	for context in first-refuses:users-a last-refuses:users-c; do
		pod=${context#*:} context=${context%:*}
		client_dial a service
		client_gets a "$pod" "context=$context"
		expect_took "$(answer_word ms)" 0 100 "until the answer"
		client_ok a repeat 100 0 "$context=$pod" -=users-1,users-2 x=users-x
		client_gets a "$pod" "context=$context" body=100000
	done
}

test_first_of_two_endpoints_is_silent_and_the_second_answers()
{
	local before name

	# Which one is first is drawn: of twelve connections hardly all will begin with the live one.
	before=$(counter next_endpoint)
	for name in {a..l}; do
		client_connect $name service
		client_ok $name send context=first-is-silent body=2000
	done
	for name in {a..l}; do
		client_ok $name receive body=2000
		expect_match "$answer" 'status=200 server=users-b ' "answer"
		expect_took "$(answer_word ms)" 0 2500 "until the answer"
		client_ok $name repeat 50 0 first-is-silent=users-b -=users-1,users-2
	done
	expect_between $(($(counter next_endpoint) - before)) 1 12 "next endpoints tried"
}

test_endpoint_that_refuses_with_policy_main_gives_the_origin()
{
	local before

	before=$(counter to_origin)
	client_connect a service
	client_gets a 'users-1|users-2' context=refusing-main
	client_gets a 'users-1|users-2' context=refusing-main body=5000
	client_gets a 'users-1|users-2' context=refusing-main body=200000 download=200000
	client_gets a users-x context=x
	client_gets a 'users-1|users-2' context=refusing-main
	client_gets a 'users-1|users-2'
	expect_equal $(($(counter to_origin) - before)) 4 "requests counted as sent to the origin"
}

test_endpoint_that_is_silent_with_policy_main_gives_the_origin()
{
	client_connect a service
	client_ok a send context=silent-main body=40000
	client_connect b users-1
	client_gets b users-x context=x
	client_ok b send context=silent-main
	client_ok a receive body=40000
	expect_match "$answer" 'status=200 server=users-[12] ' "answer"
	client_ok b receive
	expect_match "$answer" 'status=200 server=users-1 ' "answer"
	client_gets a users-x context=x
	client_gets b users-x context=x
}

# No ARP answer, or no route: the node itself says so, with ICMP.
test_endpoint_whose_pod_is_gone_gives_504()
{
	client_connect a service
	ip link set veth-silent-d down
	client_ok a send context=silent
	expect_error a 504 silent silent-d
	client_dial a service
	client_gets a users-x context=x
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
