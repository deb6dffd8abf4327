#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a running agent may do: three capabilities and a list of system calls, in every thread. Who may
# read what it keeps: nobody else.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/manager.sh"

HERE=127.0.0.1
NAMED=manager.example # a name that has to be resolved, which libcurl does in a thread
SWEEP=30 # seconds from one sweep to the next
THREE=000000c000001000 # CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN
NONE=0000000000000000

world_ready()
{
	chmod 711 "$WORLD"
	echo "$HERE $NAMED localhost" >"$WORLD/hosts"
	mount --bind "$WORLD/hosts" /etc/hosts
	context_write x 'pod: users-x'
	tokens_make
	manager_start m1
	named_start
}

named_start()
{
	agent_launch "$SHUNTD" --manager "http://$NAMED:${MANAGER_PORT[m1]}" --node here \
		--token-file "$(token_file here)" --cache "$WORLD/cache/tables" --interface 'veth-*' \
		--uplink lo
	agent_await
}

agent_pid()
{
	cat "$WORLD/run/shuntd.pid"
}

cache_is_written()
{
	[ -s "$WORLD/cache/tables" ]
}

# A line for each thread: what it may do.
rights() # PID
{
	awk 'FNR == 1 { if (line) print line; line = "" }
		/^(Cap...|NoNewPrivs|Seccomp|Seccomp_filters):/ { line = line $1 $2 " " }
		END { print line }' "/proc/$1/task"/*/status
}

expect_rights() # PID CAPABILITIES
{
	expect_equal "$(rights "$1" | sort -u)" \
		"CapInh:$NONE CapPrm:$2 CapEff:$2 CapBnd:$2 CapAmb:$NONE NoNewPrivs:1 Seccomp:2 Seccomp_filters:2 " \
		"what the threads may do"
}

test_every_thread_has_three_capabilities_and_the_filter()
{
	expect_soon 15 "a cache, which a thread writes" cache_is_written
	expect_between "$(rights "$(agent_pid)" | wc -l)" 2 100 "threads"
	note "$(rights "$(agent_pid)" | wc -l) threads"
	expect_rights "$(agent_pid)" $THREE
}

test_only_its_user_can_read_what_it_keeps()
{
	expect_equal "$(find "$BPFFS" -type f ! -perm 0600)" "" "pins that are not of mode 0600"
	expect_equal "$(find "$BPFFS" -type d ! -perm 0700)" "" "directories of pins that are not of mode 0700"
	expect_between "$(find "$BPFFS" -type f | wc -l)" 25 100 "pins"
	expect_between "$(find "$BPFFS/uplinks" -type f | wc -l)" 1 1 "pins of uplinks"
	expect_equal "$(stat -c %a "$WORLD/cache/tables")" 600 "mode of the cache"
	expect_equal "$(stat -c %a "$WORLD/cache")" 700 "mode of its directory"
	expect_equal "$(stat -c %a "$WORLD/store.db"* | sort -u)" 600 "modes of the manager's store"
}

test_new_links_and_new_tables_are_taken()
{
	pod_add late
	client_pod=late
	expect_soon 5 "filters on a new link" filters_are_on veth-late
	context set later shop/users=pod:users-y --wait
	client_connect a service
	client_gets a users-y context=later
	client_ok a close
	context delete later
}

filters_are_on() # LINK
{
	tc filter show dev "$1" ingress | grep -q 'name from_pod'
}

limited_write()
{
	cat >"$WORLD/limited" <<-END
		#!/bin/bash
		exec setpriv --inh-caps=-all --bounding-set=-all,+bpf,+net_admin,+perfmon "$SHUNTD" "\$@"
	END
	chmod +x "$WORLD/limited"
}

# As in a container that is given these.
test_three_capabilities_are_enough_to_start_and_to_start_anew()
{
	local log=$WORLD/log/shuntd signal

	limited_write
	agent_stop
	shunt detach || fail "shunt detach: $?"
	: >"$log"
	for signal in KILL TERM; do
		agent_launch "$WORLD/limited" --manifests "$MANIFESTS" --interface 'veth-*' --uplink lo
		agent_await
		expect_rights "$(agent_pid)" $THREE
		moves || fail "no requests are moved"
		expect_equal "$(shunt status --output json | jq -r '.uplinks[].name')" lo "uplinks"
		agent_stop $signal
	done
	# The self-test takes one more at the start.
	! grep cannot "$log" | grep -v 'no self-test' || fail "it lacks something"
	: >"$log"
	named_start
}

moves()
{
	client_connect a service
	client_ok a repeat 20 0 x=users-x -=users-1,users-2
	client_ok a close
}

test_agent_that_lacks_one_refuses_to_run_and_says_which()
{
	local output

	agent_stop
	output=$(setpriv --inh-caps=-all --bounding-set=-all,+sys_admin,+net_admin,+perfmon "$SHUNTD" \
		--manifests "$MANIFESTS" --interface 'veth-*' --bpffs "$BPFFS" --cgroup "$CGROUP" \
		--listen "$LISTEN" 2>&1) && fail "it runs without CAP_BPF: $output"
	expect_match "$output" 'cap_bpf, cap_net_admin and cap_perfmon are needed: cap_bpf is missing' \
		"what it says"
	named_start
}

dry_run() # PROGRAM ARGUMENTS...
{
	"$@" --dry-run --manifests "$MANIFESTS" >"$WORLD/log/dry" 2>&1 3>&- &
	dry=$!
	clients+=("$dry")
	expect_soon 5 "tables of a dry run: $(cat "$WORLD/log/dry")" grep -q generation "$WORLD/log/dry"
}

test_dry_run_has_no_capability()
{
	dry_run "$SHUNTD"
	expect_rights "$dry" $NONE
	chmod -R a+rX "$MANIFESTS"
	dry_run setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all "$SHUNTD"
	expect_rights "$dry" $NONE
	expect_equal "$(stat -c %u "/proc/$dry/fd")" 0 "owner of what /proc shows, as it is not dumpable"
}

swept()
{
	[ "$(ps -o etimes= -p "$(agent_pid)")" -gt $((SWEEP + 1)) ]
}

test_nothing_was_refused_to_it_meanwhile()
{
	expect_soon $((SWEEP + 5)) "a sweep" swept
	! grep -E 'cannot|ermitted' "$WORLD/log/shuntd" || fail "something was refused to the agent"
	! grep -E 'cannot|ermitted' "$WORLD/log/m1" || fail "something was refused to the manager"
	expect_clean
}

matrix_main 'routed 4 on'
