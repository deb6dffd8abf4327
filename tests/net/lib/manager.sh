# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Managers in the present namespace, and agents of them on nodes, for tests that source this after
# lib/nodes.sh. All managers share one store, the world's manifests and one file of tokens.

MANAGER=$BUILD/bin/shunt-manager
declare -gA MANAGER_PORT=([m1]=9871 [m2]=9872)
SCHEME=http
export SHUNT_SERVER="" SHUNT_TOKEN_FILE=""

manager_url() # MANAGER
{
	echo "$SCHEME://$HERE:${MANAGER_PORT[$1]}"
}

token_file() # NAME
{
	echo "$WORLD/run/token-$1"
}

# A new token, known to the managers by its hash alone.
token_make() # ROLE NAME
{
	local token

	token=$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')
	(umask 077 && echo "$token" >"$(token_file "$2")")
	echo "$1 $2 sha256:$(printf %s "$token" | sha256sum | cut -d ' ' -f 1)" >>"$WORLD/run/tokens"
}

tokens_make()
{
	local name

	(umask 077 && : >"$WORLD/run/tokens")
	token_make admin root
	token_make editor ada
	token_make editor ben
	token_make reader eve
	for name in "${NODES[@]}"; do
		token_make agent "$name"
	done
	api_as root
}

# Whom `shunt` and api_get speak for, and to which manager.
api_as() # NAME [MANAGER]
{
	SHUNT_TOKEN_FILE=$(token_file "$1")
	SHUNT_SERVER=$(manager_url "${2:-m1}")
}

api_get() # PATH CURL-ARGUMENTS...
{
	curl -sS --max-time 10 -H "Authorization: Bearer $(cat "$SHUNT_TOKEN_FILE")" "$SHUNT_SERVER$1" \
		"${@:2}"
}

manager_ready() # MANAGER
{
	curl -fsk --max-time 2 "${MANAGER_CURL[@]}" "$(manager_url "$1")/readyz"
}
MANAGER_CURL=() # what else it takes to ask a manager

manager_launch() # MANAGER ARGUMENTS...
{
	"$MANAGER" --name "$1" --store "$WORLD/store.db" --manifests "$MANIFESTS" \
		--tokens "$WORLD/run/tokens" --listen "$HERE:${MANAGER_PORT[$1]}" "${@:2}" \
		>>"$WORLD/log/$1" 2>&1 3>&- &
	echo $! >"$WORLD/run/$1.pid"
}

manager_start() # MANAGER ARGUMENTS...
{
	manager_launch "$@"
	wait_for 10 manager_ready "$1" || fail "$1 is not ready: $(tail -5 "$WORLD/log/$1")"
}

manager_stop() # MANAGER [SIGNAL]
{
	process_end "$WORLD/run/$1.pid" "${2:-TERM}"
}

# Options that cannot work; the manager says why and exits.
manager_refuses() # PATTERN ARGUMENTS...
{
	output=$(timeout 5 "$MANAGER" "${@:2}" 2>&1)
	expect_between $? 1 2 "status of shunt-manager ${*:2}: $output"
	expect_match "$output" "$1" "what shunt-manager ${*:2} says"
}

# The agent of $node, which asks these managers in this order; it may be ready later.
managed_launch() # MANAGER...
{
	local manager options=()

	for manager; do
		options+=(--manager "$(manager_url "$manager")")
	done
	agent_launch "$SHUNTD" "${options[@]}" --node "$node" --token-file "$(token_file "$node")" \
		--cache "$WORLD/run/cache-$node" --interface 'veth-*' "${MANAGED_OPTIONS[@]}"
}
MANAGED_OPTIONS=()

managed_start() # MANAGER...
{
	managed_launch "$@"
	agent_await
}

world_diagnose()
{
	"$SHUNT" nodes
	"$SHUNT" context list
	tail -n 6 "$WORLD"/log/m[12] "$WORLD"/log/shuntd* 2>/dev/null
}

# What a manager knows of a node: `node_field node-a generation`.
node_field() # NODE FIELD
{
	"$SHUNT" nodes --output json | jq -r --arg node "$1" --arg field "$2" \
		'(.items? // .)[] | select(.name == $node) | .[$field]'
}

node_field_is() # NODE FIELD VALUE
{
	[ "$(node_field "$1" "$2")" = "$3" ]
}

all_nodes_are_live()
{
	local name

	for name in "${NODES[@]}"; do
		node_field_is "$name" live true || return
	done
}

# After a manager's start, `--wait` would wait for nodes that are about to come back too.
nodes_have_overrides() # COUNT
{
	local node

	for node in "${NODES[@]}"; do
		[ "$(map_count overrides)" = "$1" ] || return
	done
}

# `shunt context`, as the person of api_as; what it says is in $output.
context() # ARGUMENTS...
{
	output=$("$SHUNT" context "$@" 2>&1) || fail "shunt context $*: $output"
}

# The same where it must fail with a message.
context_fails() # PATTERN ARGUMENTS...
{
	output=$("$SHUNT" context "${@:2}" 2>&1) && fail "shunt context ${*:2} succeeded: $output"
	expect_match "$output" "$1" "what shunt context ${*:2} says"
}

# A path of a context's status, as jq has it.
context_status() # NAME PATH
{
	"$SHUNT" context get "$1" --output json | jq -r ".status$2"
}

context_status_is() # NAME PATH VALUE
{
	[ "$(context_status "$1" "$2")" = "$3" ]
}
