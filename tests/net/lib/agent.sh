# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The agent of $node, and what it keeps in the kernel.

BPFFS=/sys/fs/bpf/shunt
LISTEN=127.0.0.1:9870
SHUNTD=$BUILD/bin/shuntd
SHUNT=$BUILD/bin/shunt
NET_ATTACH=${NET_ATTACH:-host} # the ends of links that programs are attached to
CLOSE_GRACE=1 # seconds that the state of a closed connection is kept

agent_ready()
{
	on_node curl -fs --max-time $((2 * NET_PATIENCE)) "http://$LISTEN/readyz"
}

# What the files of its log and number are called.
agent_name()
{
	if [ "$node" = here ]; then
		echo shuntd
	else
		echo "shuntd-$node"
	fi
}

# Starts an agent. Its number is kept in a file, as one behaviour may start what another one stops.
agent_launch() # PROGRAM ARGUMENTS...
{
	local name

	name=$(agent_name)
	node_exec "$1" --bpffs "$BPFFS" --cgroup "$(node_cgroup "$node")" --listen "$LISTEN" \
		--attach "$NET_ATTACH" "${@:2}" >>"$WORLD/log/$name" 2>&1 3>&- &
	echo $! >"$WORLD/run/$name.pid"
}

# The verifier walks through the programs meanwhile: a second of a processor, where one is idle.
agent_await()
{
	wait_for 60 agent_ready || fail "$node: the agent is not ready: $(tail -5 "$WORLD/log/$(agent_name)")"
}

# The same with the world's manifests, and waits until it is ready.
agent_start() # [PROGRAM]
{
	agent_launch "${1:-$SHUNTD}" --manifests "$MANIFESTS" --keys "$WORLD/keys"
	agent_await
}

agent_stop() # [SIGNAL]
{
	process_end "$WORLD/run/$(agent_name).pid" "${1:-TERM}"
}

shunt() # ARGUMENTS...
{
	on_node "$SHUNT" "$@" --bpffs "$BPFFS"
}

# Whether somebody reads the events as they come.
tracing_is_on()
{
	[ "$(map_dump tracing | jq '.[0].value.flags')" -gt 0 ]
}

map_dump() # MAP; JSON, an array of formatted elements
{
	on_node bpftool -j map dump pinned "$BPFFS/$1" |
		jq 'if type == "array" then map(.formatted // .) else .elements end'
}

map_count() # MAP
{
	map_dump "$1" | jq length
}

# Of a hash table. Without jq, which takes longer to start than bpftool: tests ask again and again.
map_is_empty() # MAP
{
	[ "$(on_node bpftool -j map dump pinned "$BPFFS/$1")" = '[]' ]
}

counters()
{
	on_node curl -fs "http://$LISTEN/metrics"
}

# The sum over all CPUs of a counter of `stats`, by its label; of now, or of what counters() said.
counter() # LABEL [COUNTERS]
{
	awk -v name="shunt_events_total{reason=\"$1\"}" '$1 == name { sum += $2 } END { print sum + 0 }' \
		<<<"${2-$(counters)}"
}

generation()
{
	on_node bpftool -j map dump pinned "$BPFFS/settings" | sed -n 's/.*"generation":\([0-9]*\).*/\1/p'
}

generation_is_after() # GENERATION
{
	[ "$(generation)" -gt "$1" ]
}

# Runs a command that changes manifests and waits until the change is in the maps.
applied() # COMMAND...
{
	local before

	before=$(generation)
	"$@"
	expect_soon 5 "tables after: $*" generation_is_after "$before"
}

context_apply() # NAME FIELDS
{
	applied context_write "$@"
}

# Everything that moved connections leave in the kernel is gone.
no_state_left()
{
	map_is_empty flows && map_is_empty held && map_is_empty legs
}

expect_clean() # [SECONDS]
{
	expect_soon "${1:-$((CLOSE_GRACE + 3))}" "flows, held and legs are empty" no_state_left
	expect_soon 3 "no server keeps a connection" no_server_connections
}
