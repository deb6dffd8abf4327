# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The world of the traffic benchmark, on top of tests/net/lib.sh: the Service shop/users with an
# override, a Service of the same pod without any, and proxies that redirect by header. A system is a way
# for requests to get to their server; a workload is what they are like.

# Without Shunt, and with it.
BARE_SYSTEMS=(direct offloaded both haproxy nginx)
SHUNT_SYSTEMS=(attached tracked moved alternating)

PLAIN_SERVICE4=10.77.96.11 # the Service shop/plain
PLAIN_SERVICE6=fd77:96::11
PLAIN_PORT=82
PLAIN_TARGET=8082
BOTH_PORT=83 # of the Service shop/plain: each other connection to the offloaded pod
PROXY_PORT=8080
CHOICE=(users-1)
LARGE=65536

CONFIG=$ROOT/scripts/benchmarks/config

world_pods()
{
	pod_add client-hap
	pod_add client-ngi
}

# Only what is measured runs.
servers_start()
{
	:
}

# A file of the configuration, its words in capitals replaced.
configured() # FILE WORD=VALUE...
{
	local words=() word

	for word in DIRECTORY="$WORLD/run" "${@:2}"; do
		words+=(-e "s|${word%%=*}|${word#*=}|g")
	done
	sed "${words[@]}" "$CONFIG/$1"
}

server_add() # POD
{
	configured nginx-server.conf POD="$1" WEB="$(listen_address "$WEB_TARGET")" \
		PLAIN="$(listen_address "$PLAIN_TARGET")" >"$WORLD/run/nginx-$1.conf"
	pod_spawn "$1" "nginx-$1" nginx -c "$WORLD/run/nginx-$1.conf" -e "$WORLD/run/nginx-$1.error"
	expect_soon 5 "nginx in $1" in_pod_listens "$1" "$WEB_TARGET"
}

listen_address() # PORT
{
	if [ "$FAMILY" = 6 ]; then
		echo "[::]:$1"
	else
		echo "0.0.0.0:$1"
	fi
}

server_of() # POD
{
	host_port "$(pod_address "$1")" "$WEB_TARGET"
}

proxies_start()
{
	BIND=$(listen_address $PROXY_PORT) THREADS=$PROXY_THREADS ORDINARY=$(server_of users-1) OFFLOADED=$(server_of users-x) \
		pod_spawn client-hap haproxy haproxy -db -q -f "$CONFIG/haproxy.cfg"
	configured nginx-proxy.conf ORDINARY="$(server_of users-1)" OFFLOADED="$(server_of users-x)" \
		THREADS="$PROXY_THREADS" PORT="$(listen_address $PROXY_PORT)" >"$WORLD/run/nginx-proxy.conf"
	pod_spawn client-ngi nginx-proxy nginx -c "$WORLD/run/nginx-proxy.conf" \
		-e "$WORLD/run/nginx-proxy.error"
	expect_soon 5 "HAProxy" in_pod_listens client-hap "$PROXY_PORT"
	expect_soon 5 "nginx as proxy" in_pod_listens client-ngi "$PROXY_PORT"
}

plain_service()
{
	local address=PLAIN_SERVICE$FAMILY word=ip

	[ "$FAMILY" = 4 ] || word=ip6
	nft add rule inet cluster prerouting \
		"$(nat_rule $word "${!address}" $PLAIN_PORT $PLAIN_TARGET "$(pod_address users-1)")"
	nft add rule inet cluster prerouting "$(nat_rule $word "${!address}" $BOTH_PORT $WEB_TARGET \
		"$(pod_address users-1)" "$(pod_address users-x)")"
	manifest_write plain.yaml <<-YAML
		apiVersion: v1
		kind: Service
		metadata: {name: plain, namespace: shop}
		spec:
		  clusterIP: "${!address}"
		  selector: {app: users}
		  ports:
		  - {name: plain, protocol: TCP, port: $PLAIN_PORT, targetPort: $PLAIN_TARGET}
	YAML
}

world_ready()
{
	# Connections that have ended must not fill conntrack's table while there is one for each request.
	sysctl -q net.netfilter.nf_conntrack_tcp_timeout_time_wait=1 \
		net.netfilter.nf_conntrack_tcp_timeout_close=1
	head -c "$LARGE" /dev/zero | tr '\0' x >"$WORLD/run/large"
	context_write x 'pod: users-x'
	plain_service
	server_add users-1
	server_add users-x
	proxies_start
}

# Attaches or detaches everything, where it is not so.
shunt_be() # on|off
{
	[ "${shunt_is:-off}" != "$1" ] || return 0
	if [ "$1" = on ]; then
		agent_start
	else
		agent_stop
		shunt detach >/dev/null
	fi
	shunt_is=$1
}

is_bare() # SYSTEM
{
	[[ " ${BARE_SYSTEMS[*]} " == *" $1 "* ]]
}

# Where the system takes requests: address and port. What goes straight to the offloaded pod goes to another port
# than legs: that one's server still waits on connections of theirs (TIME_WAIT).
system_entry() # SYSTEM
{
	local plain=PLAIN_SERVICE$FAMILY

	case $1 in
	attached) echo "${!plain} $PLAIN_PORT" ;;
	both) echo "${!plain} $BOTH_PORT" ;;
	offloaded) echo "$(pod_address users-x) $PLAIN_TARGET" ;;
	haproxy | nginx) echo "$(pod_address "client-${1:0:3}") $PROXY_PORT" ;;
	*) echo "$(service_address) $WEB_PORT" ;;
	esac
}

# What the requests of a connection are marked with in turn, and who must answer.
system_turns() # SYSTEM
{
	case $1 in
	direct | attached | tracked) echo -=users-1 ;;
	both) echo -=users-1,users-x ;;
	alternating) echo -=users-1 x=users-x ;;
	*) echo x=users-x ;;
	esac
}

# Arguments for the load generator: "small-16", or "new-large-1" with a connection for each request.
workload_options() # WORKLOAD
{
	local rest=${1#new-}

	[ "$rest" = "$1" ] || echo --close
	echo --path "/${rest%-*}" --connections "${rest#*-}"
}

# One line of JSON.
load() # SYSTEM WORKLOAD SECONDS [TURN...]
{
	# shellcheck disable=SC2046
	in_pod client "$TOOLS/load" --seconds "$3" $(workload_options "$2") -- $(system_entry "$1") \
		${4:+"${@:4}"} $([ -n "${4:-}" ] || system_turns "$1")
}

# A machine that is busy may take its time to verify the programs.
agent_await()
{
	wait_for 60 agent_ready || fail "the agent is not ready: $(tail -5 "$WORLD/log/$(agent_name)")"
}
