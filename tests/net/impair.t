#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bad paths do what they are told, so that what other tests conclude from them holds.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/impair.sh"

world_ready()
{
	context_write x 'pod: users-x'
	nginx_start users-1
	impair_prepare client users-x
	agent_start
}

# Puts harmless paths in the places of the present ones, to have what these did.
paths_renew()
{
	impair client
	impair users-x
}

checksum_errors() # POD
{
	in_pod "$1" nstat -asz TcpInCsumErrors | awk '/TcpInCsumErrors/ { print $2 }'
}

test_a_harmless_path_changes_nothing()
{
	client_connect a service
	client_gets a users-x context=x body=100000 download=100000
	client_gets a 'users-1|users-2' body=100000 download=100000
	client_ok a close
	paths_renew
	expect_between "$(impaired_count client packets)" 100 10000 "packets at the client"
	expect_between "$(impaired_count users-x packets)" 50 5000 "packets at users-x"
	expect_equal "$(jq -c '[.out, .in | .lost, .duplicated, .corrupted, .reordered, .delayed,
		.too_big, .unsent] | unique' "$WORLD/run/impair-client.json")" '[0]' "what the path did"
}

test_packets_are_lost_doubled_and_overtaken_as_often_as_told()
{
	local count packets

	impair client --loss 2 --duplicate 5 --reorder 10 --seed 3
	client_connect a service
	for _ in 1 2 3 4 5 6; do
		client_gets a users-x context=x body=500000 download=500000 limit=60000
	done
	paths_renew
	packets=$(impaired_count client packets)
	expect_between "$packets" 3000 100000 "packets"
	expect_between "$(impaired_count client lost)" $((packets / 100)) $((packets * 3 / 100)) "lost"
	expect_between "$(impaired_count client duplicated)" \
		$((packets * 35 / 1000)) $((packets * 65 / 1000)) "doubled"
	expect_between "$(impaired_count client reordered)" \
		$((packets * 4 / 100)) $((packets * 12 / 100)) "overtaken"
}

test_packets_come_late_as_told()
{
	impair users-x --delay 20
	client_connect a service
	client_gets a users-x context=x
	client_gets a users-x context=x
	expect_between "$(answer_word ms)" 39 60 "milliseconds from there and back"
	impair users-x
}

test_changed_packets_are_dropped_by_their_receiver()
{
	local before

	before=$(checksum_errors users-x)
	impair users-x --corrupt 5 --way in
	client_connect a service
	client_gets a users-x context=x body=500000 limit=60000
	impair users-x
	expect_equal "$(impaired_count users-x corrupted)" $(($(checksum_errors users-x) - before)) \
		"changed packets, as many as users-x refused"
	expect_between "$(impaired_count users-x corrupted)" 5 1000 "changed packets"
}

# Straight to a pod's other port, which nothing translates.
get_through() # MTU OPTIONS...
{
	impair client --mtu "$@"
	in_pod client ip route flush cache
	in_pod client ip -6 route flush cache
	in_pod client curl -sS --max-time 4 -o /dev/null -w '%{size_upload}\n' --data-binary \
		@<(head -c 50000 /dev/zero) \
		"http://$(host_port "$(pod_address users-1)" "$WEB_TARGET")/quiet"
}

test_packets_that_are_too_big_are_lost_and_their_sender_is_told_if_so_wished()
{
	local output

	output=$(get_through 1300 --icmp --way out) || fail "with ICMP: $output"
	expect_equal "$output" 50000 "bytes sent with ICMP"
	in_pod client ip route flush cache
	in_pod client ip -6 route flush cache
	get_through 1290 --way out && fail "a request got through without ICMP"
	impair client
	expect_between "$(impaired_count client too_big)" 1 1000 "packets too big"
}

test_a_path_carries_all_packets_of_a_fast_transfer()
{
	local start rate

	mkdir "$WORLD/files"
	head -c 30000000 /dev/zero >"$WORLD/files/large"
	paths_renew
	start=$EPOCHREALTIME
	for _ in 1 2 3 4; do
		in_pod client curl -sS --max-time 20 -o /dev/null \
			"http://$(host_port "$(pod_address users-1)" "$WEB_TARGET")/files/large" || fail curl
	done
	rate=$(milliseconds_since "$start")
	paths_renew
	rate=$(($(impaired_count client packets) * 1000 / rate))
	note "carried $rate packets/s"
	expect_between "$rate" 20000 100000000 "packets per second"
	expect_equal "$(impaired_count client unsent)" 0 "packets that the devices took not"
}

matrix_main '^(routed 4|bridged 6) on'
