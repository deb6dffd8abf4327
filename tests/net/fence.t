#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No ordinary connection reaches an offloaded pod's service port, and every moved request does.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/fence.sh"

OTHER_PORT=8090 # of the offloaded pod, not its service's
DIRECT4=10.77.96.99
DIRECT6=fd77:96::99
DIRECT_PORT=8888 # translated to the offloaded pod

world_pods()
{
	pod_add client-2
	# For all servers that are started from now on.
	in_pod users-1 sysctl -q net.ipv4.tcp_fastopen=1027
}

world_ready()
{
	context_write x 'pod: users-x'
	context_write y 'sha: 9e01d77'
	context_write x-main 'pod: users-x, onUnreachable: main'
	pod_spawn users-x server-other "$TOOLS/server" --name other --port "$OTHER_PORT" \
		--log "$WORLD/log/other"
	expect_soon 5 "server on another port" in_pod_listens users-x "$OTHER_PORT"
	direct_create
	# An address that is good on every link.
	ip address add fd77:253::1/128 dev lo
	agent_start
	expect_soon 10 "the agent's own SYNs" passports_are_tested
	keys_read
}

# As rules match a destination of this world's family.
daddr()
{
	if [ "$FAMILY" = 4 ]; then
		echo ip daddr
	else
		echo ip6 daddr
	fi
}

# What kube-proxy does where it does not know that a pod is offloaded.
direct_create()
{
	in_node nft -f - <<-END
		table inet direct {
			chain prerouting {
				type nat hook prerouting priority dstnat
				ip daddr $DIRECT4 tcp dport $DIRECT_PORT dnat ip to $(pod_address4 users-x):$HTTP_TARGET
				ip6 daddr $DIRECT6 tcp dport $DIRECT_PORT dnat ip6 to [$(pod_address6 users-x)]:$HTTP_TARGET
			}
			chain output {
				type nat hook output priority -100
				ip daddr $DIRECT4 tcp dport $DIRECT_PORT dnat ip to $(pod_address4 users-x):$HTTP_TARGET
				ip6 daddr $DIRECT6 tcp dport $DIRECT_PORT dnat ip6 to [$(pod_address6 users-x)]:$HTTP_TARGET
			}
		}
	END
}

# The fence as the Settings have it; without an argument, as it is by default.
fence_set() # [FIELDS]
{
	applied manifest_write settings.yaml <<-END
		apiVersion: shunt.dev/v1alpha1
		kind: Settings
		metadata: {name: default}
		spec: {fence: {${1:-}}}
	END
}

test_direct_attempts_are_refused_at_once()
{
	local from before

	before=$(accepts users-x)
	for from in client client-2 users-1 here; do
		counted fence_missing=1 fence_refused=1 -- \
			request_refused "$from" "$(pod_address users-x)" "$HTTP_TARGET"
	done
	expect_equal "$(accepts users-x)" "$before" "connections that the offloaded pod got"
}

test_refusal_passes_address_translation_back()
{
	local from address=DIRECT$FAMILY

	for from in client here; do
		counted fence_missing=1 fence_refused=1 -- \
			request_refused "$from" "${!address}" "$DIRECT_PORT"
	done
}

# The one that its link has of itself, and one that a neighbour may have it take.
test_every_address_of_the_pod_is_guarded()
{
	local address from=client-2 scope=

	[ "$FAMILY" = 6 ] || return 0
	address=$(link_local users-x)
	# Routed, only the node is on the pod's link.
	if [ "$TOPOLOGY" = routed ]; then
		from=here scope=veth-users-x
	else
		scope=$(in_pod client-2 ip -o link show type veth | sed 's/^[0-9]*: \([^@:]*\).*/\1/')
	fi
	counted fence_missing=1 fence_refused=1 -- \
		request_refused "$from" "$address%$scope" "$HTTP_TARGET"
	request_gets "$from" "$address%$scope" "$OTHER_PORT"
	request_gets "$from" "$(link_local users-1)%${scope/users-x/users-1}" "$HTTP_TARGET"
}

link_local() # POD
{
	in_pod "$1" ip -o -6 address show scope link | sed 's/.*inet6 \([^/]*\).*/\1/'
}

test_each_passport_that_is_not_right_is_refused_and_counted()
{
	refused_whatever_it_shows client
}

test_passport_is_for_one_connection_of_one_client()
{
	local stolen

	stolen=$(passport client --port 45001 --sequence 77)
	refused 0x5303 fence_forged client-2 --port 45001 --sequence 77 --passport "$stolen"
	counted fence_passed=1 fence_refused=0 -- \
		syn client --port 45001 --sequence 77 --passport "$stolen"
	expect_equal "$answer" syn-ack "answer to the connection that it is for"
}

test_moved_requests_pass()
{
	local frontend before

	before=$(counter fence_refused)
	for frontend in service users-1; do
		client_connect "$frontend" "$frontend"
		counted fence_passed=1 -- client_gets "$frontend" users-x context=x
		client_gets "$frontend" users-y context=y body=100000
		client_ok "$frontend" repeat 200 0 x=users-x -=users-1,users-2 y=users-y
	done
	expect_equal "$(counter fence_refused)" "$before" "connections refused"
}

test_other_ports_of_the_pod_are_free()
{
	counted fence_missing=0 fence_refused=0 -- \
		request_gets client-2 "$(pod_address users-x)" "$OTHER_PORT"
	request_gets here "$(pod_address users-x)" "$OTHER_PORT"
	request_gets client-2 "$(pod_address users-1)" "$HTTP_TARGET"
}

# A rule in the node sees the passport on its way, and one in the pod does not.
test_passport_is_seen_on_the_way_and_never_in_the_pod()
{
	local where

	for where in in_node "in_pod users-x"; do
		$where nft -f - <<-END
			table inet seen {
				counter syns { }
				counter passports { }
				chain watch {
					type filter hook $([ "$where" = in_node ] && echo forward || echo input) priority 0
					$(daddr) $(pod_address users-x) tcp flags & (syn|ack) == syn counter name syns
					tcp option 254 exists counter name passports
				}
			}
		END
	done
	client_connect a service
	client_gets a users-x context=x
	expect_equal "$(seen in_node syns) $(seen in_node passports)" "1 1" "SYNs and passports on the way"
	expect_equal "$(seen 'in_pod users-x' syns) $(seen 'in_pod users-x' passports)" "1 0" \
		"SYNs and passports in the pod"
	in_node nft delete table inet seen
	in_pod users-x nft delete table inet seen
}

seen() # WHERE COUNTER
{
	$1 nft -j list counter inet seen "$2" | jq '.nftables[1].counter.packets'
}

# A pod's link stands for a physical one.
test_physical_link_refuses_before_the_node_sees_anything()
{
	in_node ip link set dev veth-client-2 xdpgeneric pinned "$BPFFS/programs/fence_generic"
	in_node nft -f - <<-END
		table inet seen {
			counter syns { }
			chain watch {
				type filter hook prerouting priority raw
				$(daddr) $(pod_address users-x) tcp flags & (syn|ack) == syn counter name syns
			}
		}
	END
	refused 0x5301 fence_missing client-2
	refused 0x5302 fence_expired client-2 --key "$key" --epoch $((epoch - 2))
	refused 0x5303 fence_forged client-2 --passport "$epoch:1" --data 1000
	request_refused client-2 "$(pod_address users-x)" "$HTTP_TARGET"
	expect_equal "$(seen in_node syns)" 0 "SYNs that the node saw"
	counted fence_passed=1 -- syn client-2 --key "$key" --epoch "$epoch"
	expect_equal "$answer" syn-ack "answer to the right passport"
	request_gets client-2 "$(pod_address users-x)" "$OTHER_PORT"
	client_pod=client-2
	client_connect a service
	client_gets a users-x context=x body=100000 download=100000
	in_node ip link set dev veth-client-2 xdpgeneric off
	in_node nft delete table inet seen
}

test_server_with_syn_cookies_gets_moved_requests()
{
	in_pod users-x sysctl -q net.ipv4.tcp_syncookies=2
	client_connect a service
	client_gets a users-x context=x
	client_gets a users-x context=x body=100000 download=100000
	client_ok a repeat 50 0 x=users-x -=users-1,users-2
	expect_between "$(in_pod users-x nstat -asz TcpExtSyncookiesRecv | awk 'END { print $2 }')" 1 1 \
		"connections that a cookie opened"
	in_pod users-x sysctl -q net.ipv4.tcp_syncookies=1
}

# At first such a client has no cookie of the server, and its SYN no data. Later its request comes with
# the SYN, and that is a known limit: it stays where it is.
test_client_with_fast_open_gets_moved_requests()
{
	expect_equal "$(fast_open_curl)" users-x "server of a client without a cookie"
	expect_equal "$(fast_open_curl)" users-1 "server of a client with a cookie"
	expect_equal "$(in_pod client nstat -asz TcpExtTCPFastOpenActive | awk 'END { print $2 }')" 1 \
		"SYNs with data"
}

# Who answers a marked request.
fast_open_curl()
{
	in_pod client curl -sS --max-time $((5 * NET_PATIENCE)) --tcp-fastopen -H 'x-shunt-context: x' -D - -o /dev/null \
		"http://$(host_port "$(pod_address users-1)" "$HTTP_TARGET")/" | tr -d '\r' |
		sed -n 's/^x-server: //p'
}

test_client_with_a_small_segment_size_gets_moved_requests()
{
	local option=-$FAMILY route

	route=$(ip -n client "$option" route show default)
	# shellcheck disable=SC2086
	ip -n client "$option" route change $route advmss 536
	client_connect a service
	client_gets a users-x context=x body=100000 download=100000
	expect_between "$(segment_size_of users-x)" 500 536 "bytes of data in the server's segments"
	# shellcheck disable=SC2086
	ip -n client "$option" route change $route
}

# As the server of the only open connection knows it.
segment_size_of() # POD
{
	in_pod "$1" ss -Htni state established "sport = :$HTTP_TARGET" | sed -n 's/.* mss:\([0-9]*\).*/\1/p'
}

# What a middlebox does that takes options away which it does not know.
test_lost_passport_gives_503_that_says_so()
{
	in_node nft -f - <<-END
		table inet strip {
			chain forward {
				type filter hook forward priority mangle
				tcp flags & (syn|ack) == syn reset tcp option 254
			}
		}
	END
	client_connect a service
	client_connect b service
	counted passport_lost=2 fence_missing=2 answered=1 to_origin=1 -- \
		lost_by a context=x b context=x-main
	in_node nft delete table inet strip
	expect_match "${lost[0]}" 'status=503 .*reason=passport_lost' "answer by error"
	expect_match "${lost[1]}" 'status=200 server=users-[12] ' "answer by main"
	client_dial a service
	client_gets a users-x context=x
}

# The answers are in $lost.
lost_by() # CLIENT WORDS CLIENT WORDS
{
	lost=()
	while [ $# -gt 0 ]; do
		client_ok "$1" request "$2"
		lost+=("$answer")
		shift 2
	done
}

# Addresses that are translated on the way are not those that the passport is for.
test_passport_of_translated_addresses_gives_503_that_says_so()
{
	in_node nft -f - <<-END
		table inet hide {
			chain postrouting {
				type nat hook postrouting priority srcnat
				$(daddr) $(pod_address users-x) tcp dport $HTTP_TARGET masquerade
			}
		}
	END
	client_connect a service
	counted passport_refused=1 fence_forged=1 -- client_ok a request context=x
	in_node nft delete table inet hide
	expect_match "$answer" 'status=503 .*reason=passport_refused' "answer"
}

test_trace_tells_what_the_fence_decides()
{
	local trace=$WORLD/run/trace connection

	connection="$(host_port "$(pod_address client)" 45678) → $(host_port "$(pod_address users-x)" "$HTTP_TARGET")"
	node_exec "$SHUNT" trace --bpffs "$BPFFS" >"$trace" 2>&1 3>&- &
	clients+=($!)
	expect_soon 5 "a trace" tracing_is_on
	syn client --port 45678
	expect_soon 5 "a line that says why" \
		grep -qF "shop/users:http  $connection  connection without a passport" "$trace"
	expect_soon 5 "a line that says what became of it" \
		grep -qF "shop/users:http  $connection  connection to an offloaded endpoint refused" "$trace"
}

test_fence_that_observes_lets_in_and_counts()
{
	fence_set 'mode: observe'
	counted fence_missing=1 fence_observed=1 fence_refused=0 -- \
		request_gets client-2 "$(pod_address users-x)" "$HTTP_TARGET"
	counted fence_forged=1 fence_observed=1 -- syn client --passport "$epoch:1"
	expect_equal "$answer" syn-ack "answer to a wrong passport"
	client_connect a service
	counted fence_passed=1 fence_observed=0 -- client_gets a users-x context=x
	fence_set
	request_refused client-2 "$(pod_address users-x)" "$HTTP_TARGET"
}

test_fence_that_is_off_does_nothing()
{
	fence_set 'mode: off'
	client_connect a service
	counted fence_missing=0 fence_observed=0 fence_passed=0 -- off_gets
	fence_set
	request_refused client-2 "$(pod_address users-x)" "$HTTP_TARGET"
}

off_gets()
{
	request_gets client-2 "$(pod_address users-x)" "$HTTP_TARGET"
	client_gets a users-x context=x
}

test_mode_of_a_service_goes_before_that_of_all()
{
	fence_set 'mode: enforce, services: [{service: shop/users, mode: observe}]'
	request_gets client-2 "$(pod_address users-x)" "$HTTP_TARGET"
	fence_set 'mode: observe, services: [{service: shop/users, mode: enforce}]'
	request_refused client-2 "$(pod_address users-x)" "$HTTP_TARGET"
	fence_set
}

test_listed_sources_are_let_in_and_no_others()
{
	local bits=32

	[ "$FAMILY" = 4 ] || bits=128
	fence_set "allowedSources: [\"$(pod_address client-2)/$bits\", \"$(place_address here)/$bits\"]"
	counted fence_allowed=2 fence_refused=0 -- listed_get
	request_refused client "$(pod_address users-x)" "$HTTP_TARGET"
	client_connect a service
	counted fence_passed=1 -- client_gets a users-x context=x
	fence_set
	request_refused client-2 "$(pod_address users-x)" "$HTTP_TARGET"
}

listed_get()
{
	request_gets client-2 "$(pod_address users-x)" "$HTTP_TARGET"
	request_gets here "$(pod_address users-x)" "$HTTP_TARGET"
}

# A pod that is not Ready is no target, but still offloaded.
test_pod_that_is_not_ready_is_fenced_too()
{
	applied cluster_write users-x
	request_refused client "$(pod_address users-x)" "$HTTP_TARGET"
	applied cluster_write
	client_connect a service
	client_gets a users-x context=x
}

test_no_agent_no_difference()
{
	agent_stop KILL
	request_refused client "$(pod_address users-x)" "$HTTP_TARGET"
	client_connect a service
	client_gets a users-x context=x
	agent_start
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
