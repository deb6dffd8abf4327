#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Shows the main job on real servers: a small staging cluster in network namespaces, nginx in every
# pod, and single requests that meet offloaded pods deep in its call graph.
#
#   --keep     leaves everything standing, to play with
#   --remove   removes what was left standing
set -uo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8 PATH="$PATH:/usr/sbin:/sbin"

BUILD=$PWD/${BUILD:-build}
NODE=shunt-demo # name of the namespace that is the node
RUN=/run/shunt-demo
BPFFS=/sys/fs/bpf/shunt-demo
NETNS_PREFIX=shunt-demo-
TOPOLOGY=routed OFFLOADS=on
PODS=(client gateway users-1 users-x1 pay-1 pay-x1)
GATEWAY=http://10.77.96.20/

for part in wait topology narrate; do
	# shellcheck source=/dev/null
	. "scripts/lib/$part.sh"
done

CGROUP=$(cgroup2_root)/$NODE

shunt()
{
	"$BUILD/bin/shunt" --bpffs "$BPFFS" "$@"
}

process_end() # NAME
{
	local pid

	pid=$(cat "$RUN/$1.pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null
	wait_for 5 process_is_gone "$pid"
	rm "$RUN/$1.pid"
}

remove_all()
{
	local file pod

	for file in "$RUN"/*.pid; do
		[ -e "$file" ] && process_end "$(basename "$file" .pid)"
	done
	[ ! -e "$BPFFS" ] || nsenter --net="/run/netns/$NODE" "$BUILD/bin/shunt" --bpffs "$BPFFS" detach \
		>/dev/null
	for pod in "${PODS[@]}"; do
		ip netns delete "$NETNS_PREFIX$pod" 2>/dev/null
	done
	ip netns delete "$NODE" 2>/dev/null
	if [ -e "$CGROUP" ]; then
		echo $$ >"$(cgroup2_root)/cgroup.procs"
		wait_for 5 rmdir "$CGROUP"
	fi
	rm -rf "$RUN"
}

leave()
{
	local status=$?

	trap - EXIT
	if [ -n "${KEEP:-}" ]; then
		explain_keep
	else
		remove_all
	fi
	exit "$status"
}

explain_keep()
{
	cat <<-END

		   Everything is left standing. To play with:
		     nsenter --net=/run/netns/${NETNS_PREFIX}client curl -H "\$(build/bin/shunt header alice)" $GATEWAY
		     build/bin/shunt --bpffs $BPFFS trace
		     build/bin/shunt --bpffs $BPFFS flows
		     \$EDITOR $RUN/manifests/context-alice.yaml
		   To remove it: scripts/demo.sh --remove
	END
}

nat_rule() # ADDRESS POD
{
	echo "ip daddr $1 tcp dport 80 dnat to $(pod_address4 "$2"):8080"
}

# What kube-proxy does, and the rule with which it drops what conntrack does not understand.
services_create()
{
	nft -f - <<-END
		table ip services {
			counter invalid { }
			chain prerouting {
				type nat hook prerouting priority dstnat
				$(nat_rule 10.77.96.20 gateway)
				$(nat_rule 10.77.96.30 users-1)
				$(nat_rule 10.77.96.40 pay-1)
			}
			chain forward {
				type filter hook forward priority filter
				ct state invalid counter name invalid drop
			}
		}
	END
}

pod_listens() # POD
{
	[ -n "$(in_pod "$1" ss -Hltn 'sport = :8080')" ]
}

# nginx in a pod, with a directory of its own.
nginx_start() # POD CONFIGURATION KIND
{
	local directory=$RUN/$1

	mkdir -p "$directory"
	cp demo/nginx/common.conf "$directory"
	sed "s/POD/$3 $1\\\\n/" "demo/nginx/$2.conf" >"$directory/nginx.conf"
	printf '<!--# echo var="http_x_via" --> → %s → <!--# include virtual="/pay" -->' "$3 $1" \
		>"$directory/users.txt"
	nsenter --net="/run/netns/$NETNS_PREFIX$1" -- nginx -p "$directory/" -c nginx.conf \
		-e "$directory/error.log" &>"$directory/output" </dev/null &
	echo $! >"$RUN/$1.pid"
	wait_for 5 pod_listens "$1" || wrong "nginx in $1 does not listen: $(cat "$directory/error.log")"
}

cluster_create()
{
	local pod

	node_create
	for pod in "${PODS[@]}"; do
		pod_add "$pod"
	done
	services_create
	nginx_start gateway gateway gateway
	nginx_start users-1 users ordinary
	nginx_start users-x1 users offloaded
	nginx_start pay-1 pay ordinary
	nginx_start pay-x1 pay offloaded
}

generation()
{
	shunt status --output json | jq .generation
}

generation_is_after() # GENERATION
{
	[ "$(generation)" -gt "$1" ]
}

# Changes manifests with a command, and waits until the kernel has them.
applied() # COMMAND...
{
	local before

	before=$(generation)
	"$@"
	wait_for 5 generation_is_after "$before" || wrong "the change is not applied: $*"
}

manifest_put() # FILE, content from standard input
{
	cat >"$RUN/new" && mv "$RUN/new" "$RUN/manifests/$1"
}

from_client() # ARGUMENTS...
{
	in_pod client curl -sS --max-time 10 "$@"
}

# curl in the client's pod, with the marker of a context or without.
ask() # WANTED-ANSWER [CONTEXT]
{
	local marker=() shown="curl $GATEWAY" got

	if [ -n "${2:-}" ]; then
		marker=(-H "$(shunt header "$2")")
		shown="curl -H \"\$(shunt header $2)\" $GATEWAY"
	fi
	command_shown "$shown"
	got=$(from_client "${marker[@]}" "$GATEWAY")
	output_shown "$got"
	expect "$got" "$1" "the request met whom it should"
}

# shellcheck source=/dev/null
. scripts/lib/demo_steps.sh

main()
{
	local step

	mkdir -p "$RUN/manifests"
	for step in cluster agent context_alice context_bob alternation edit tables trace pod_gone nothing_lost; do
		"step_$step"
	done
	if [ -n "$KEEP" ]; then
		nginx_start users-x1 users offloaded
		applied cp demo/manifests/users-x1.yaml "$RUN/manifests"
	fi
	printf '\n%s✓ All %d steps went as they should.%s\n' "$GREEN" "$step_number" "$PLAIN"
}

case ${1:-} in
--inside)
	KEEP=${2:-}
	trap leave EXIT
	trap 'exit 130' INT TERM HUP
	main
	;;
--remove)
	remove_all
	;;
"" | --keep)
	[ "$(id -u)" = 0 ] || { echo "demo: run it as root" >&2; exit 1; }
	[ ! -e "$RUN" ] || { echo "demo: one is standing: scripts/demo.sh --remove" >&2; exit 1; }
	ip netns add "$NODE" || exit
	mkdir "$CGROUP"
	echo $$ >"$CGROUP/cgroup.procs"
	exec nsenter --net="/run/netns/$NODE" -- "$0" --inside "${1:-}"
	;;
*)
	echo "usage: $0 [--keep | --remove]" >&2
	exit 2
	;;
esac
