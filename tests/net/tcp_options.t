#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Requests move, and bodies stay whole, where either end of a connection does without a TCP option. The
# other tests of the switch run so by `make test-tcp-options`.

. "$(dirname "$0")/lib.sh"

ORIGIN='users-1|users-2'
SETTINGS=({client,server,origin,offloaded}:{timestamps,sack,window_scaling} both:all)
declare -A SHOWN=([timestamps]=ts [sack]=sack [window_scaling]='wscale:[0-9]+,[0-9]+') # by `ss`

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'pod: users-y'
	agent_start
}

# Connections that each setting makes. It is named where what it runs fails.
with_each_setting() # COMMAND...
{
	for TCP in "${SETTINGS[@]}"; do
		echo "without $TCP:"
		tcp_apply
		"$@"
	done
}

# What a pod's socket agreed on with the client's port, in words of `ss`.
agreed() # POD PORT
{
	in_pod "$1" ss -Htino state established "sport = :$HTTP_TARGET and dport = :$2" | tail -n 1
}

# A connection to users-1, whose options are the most that its leg to users-x can have.
uses() # OPTION; by both ends of the former
{
	pod_uses client "$1" && pod_uses users-1 "$1"
}

expect_agreed() # POD PORT OPTION WHETHER
{
	local got=0 words

	words=$(agreed "$1" "$2")
	[ -n "$words" ] || fail "$1 has no connection from port $2"
	[[ "$words " =~ \ ${SHOWN[$3]}\  ]] && got=1
	expect_equal "$got" "$4" "$1 uses $3 ($words)"
}

expect_options()
{
	local port option leg

	client_dial a users-1
	port=$(answer_word port)
	client_gets a users-1
	client_gets a users-x context=x
	for option in "${TCP_OPTIONS[@]}"; do
		expect_agreed users-1 "$port" "$option" "$(uses "$option" && echo 1 || echo 0)"
		leg=0
		uses "$option" && pod_uses users-x "$option" && leg=1
		expect_agreed users-x "$port" "$option" $leg
	done
}

test_each_leg_has_the_options_that_its_ends_agree_on()
{
	client_open a
	with_each_setting expect_options
}

random_requests()
{
	client_dial a service
	client_ok a repeat 300 5 "-=${ORIGIN//|/,}" x=users-x y=users-y
	client_dial a users-1
	client_ok a repeat 300 5 "-=users-1" x=users-x y=users-y
}

test_requests_in_random_order_never_meet_the_wrong_pod()
{
	client_open a
	with_each_setting random_requests
}

# Every request moves the connection to another leg.
each_way() # WORDS...
{
	client_gets a users-x context=x "$@"
	client_gets a "$ORIGIN" "$@"
	client_gets a users-y context=y "$@"
}

bodies()
{
	local size

	client_dial a service
	for size in 1461 70000 1000000; do
		each_way "download=$size" "seed=$size"
		each_way "body=$size" "seed=$((size + 1))"
		each_way "body=$size" "seed=$((size + 2))" head=8000 marker=last apart
		each_way "body=$size" "download=$size" chunk=5000 query=chunked=1
	done
}

test_bodies_are_whole()
{
	client_open a
	with_each_setting bodies
}

# What waits for the client fills its window, at each scale.
late_reads()
{
	local words

	client_dial a service
	for words in context=x seed=1 context=y; do
		client_ok a send download=5000000 $words
		client_ok a await 50000
		client_ok a receive download=5000000 $words
	done
}

test_answers_that_wait_for_the_client_are_whole()
{
	client_open a
	with_each_setting late_reads
}

# Its options are read from its socket, which has existed for a while.
late_context()
{
	client_dial a service
	client_gets a "$ORIGIN" download=100000 context=late
	context_apply late 'pod: users-x'
	client_gets a users-x context=late download=100000
	client_gets a "$ORIGIN" body=100000
	client_gets a users-x context=late body=100000
	applied rm "$MANIFESTS/context-late.yaml"
}

test_connection_from_before_its_context_is_moved()
{
	client_open a
	with_each_setting late_context
}

bodies_with_loss()
{
	client_dial a service
	each_way download=200000
	each_way body=200000
	each_way body=50000 chunk=3000
}

# As in loss.t, but not at random.
test_bodies_are_whole_where_packets_are_lost()
{
	client_open a
	in_pod client nft -f - <<-END
		table inet loss {
			chain input {
				type filter hook input priority filter
				meta l4proto tcp numgen inc mod 50 == 0 drop
			}
			chain output {
				type filter hook output priority filter
				meta l4proto tcp numgen inc mod 50 == 0 drop
			}
		}
	END
	with_each_setting bodies_with_loss
	in_pod client nft delete table inet loss
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
