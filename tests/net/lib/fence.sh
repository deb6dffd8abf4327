# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# SYNs and requests to the service port of users-x, with passports and without, and what its fence says
# of them, for tests that source this after lib.sh. They come from a place: a pod, or a node by its name.
# What counts is the agent of $node.

key= epoch= # of the passports that are made now

# The key that passports are made with now, as the kernel has it.
keys_read()
{
	local index bytes

	index=$(map_dump settings | jq '.[0].value.keys')
	bytes=$(on_node bpftool -j map dump pinned "$BPFFS/keys" |
		jq -r ".[$index].value | map(.[2:]) | join(\"\")")
	epoch=$((0x${bytes:22:2}${bytes:20:2}${bytes:18:2}${bytes:16:2}))
	key=${bytes:$((32 + epoch % 2 * 32)):32}
}

# The agent's own SYNs are over, which fences count too.
passports_are_tested()
{
	local tested

	tested=$(on_node curl -fs "http://$LISTEN/metrics" |
		awk '/^shunt_selftest_endpoints/ && !/untested/ { sum += $2 } END { print sum + 0 }')
	[ "$tested" = "$(map_count offloaded)" ]
}

is_node() # PLACE
{
	[ -n "${NODE_NUMBER[$1]:-}" ]
}

in_place() # PLACE COMMAND...
{
	if is_node "$1"; then
		node=$1 in_node "${@:2}"
	else
		in_pod "$@"
	fi
}

# Of a node, the one towards users-x.
place_address() # PLACE
{
	local route

	if is_node "$1"; then
		route=$(node=$1 in_node ip -o route get "$(pod_address users-x)") || fail "no route from $1"
		sed -n 's/.* src \([^ ]*\).*/\1/p' <<<"$route"
	else
		pod_address "$1"
	fi
}

# A SYN to users-x; what answers it is in $answer.
syn() # PLACE OPTIONS...
{
	answer=$(in_place "$1" "$TOOLS/syn" "${@:2}" "$(place_address "$1")" "$(pod_address users-x)" \
		"$HTTP_TARGET") || fail "syn: $answer"
}

# The passport that such a SYN has to have.
passport() # PLACE OPTIONS...
{
	in_place "$1" "$TOOLS/syn" --print --key "$key" --epoch "$epoch" "${@:2}" \
		"$(place_address "$1")" "$(pod_address users-x)" "$HTTP_TARGET"
}

# Runs a command that makes these counters count so many more.
counted() # LABEL=COUNT... -- COMMAND...
{
	local before after label wanted=()

	while [ "$1" != -- ]; do
		wanted+=("$1")
		shift
	done
	shift
	before=$(counters)
	"$@"
	after=$(counters)
	for label in "${wanted[@]}"; do
		expect_equal $(($(counter "${label%=*}" "$after") - $(counter "${label%=*}" "$before"))) \
			"${label#*=}" "counted as ${label%=*} by $*"
	done
}

# The SYN gets a RST with this window, and is counted for this reason.
refused() # WINDOW REASON PLACE OPTIONS...
{
	counted "$2=1" fence_refused=1 fence_passed=0 -- syn "${@:3}"
	expect_equal "$answer" "rst $1" "answer to a SYN: ${*:3}"
}

# Each passport that is not right, and none.
refused_whatever_it_shows() # PLACE
{
	local stolen

	refused 0x5301 fence_missing "$1"
	refused 0x5301 fence_missing "$1" --data 100
	refused 0x5302 fence_expired "$1" --key "$key" --epoch $((epoch - 2))
	refused 0x5302 fence_expired "$1" --key "$key" --epoch $((epoch + 4))
	refused 0x5302 fence_expired "$1" --key "$key" --epoch 0
	refused 0x5303 fence_forged "$1" --passport "$epoch:0123456789abcdef"
	refused 0x5303 fence_forged "$1" --key "$(openssl rand -hex 16)" --epoch "$epoch"
	stolen=$(passport "$1" --port 45001 --sequence 77) || fail "no passport: $stolen"
	refused 0x5303 fence_forged "$1" --port 45002 --sequence 77 --passport "$stolen"
	refused 0x5303 fence_forged "$1" --port 45001 --sequence 78 --passport "$stolen"
}

# An HTTP request to the address is refused at once: its SYN is not sent again, after a second.
request_refused() # PLACE ADDRESS PORT
{
	local start status

	start=$EPOCHREALTIME
	in_place "$1" curl -sS --max-time $((5 * NET_PATIENCE)) "http://$(host_port "$2" "$3")/" && fail "$1: was let in"
	status=$?
	expect_equal "$status" 7 "curl's exit status (7: connection refused) from $1 to $2"
	expect_took "$(milliseconds_since "$start")" 0 900 "until the refusal"
}

request_gets() # PLACE ADDRESS PORT
{
	in_place "$1" curl -sS --max-time $((5 * NET_PATIENCE)) -o /dev/null "http://$(host_port "$2" "$3")/" ||
		fail "$1 does not get an answer from $2"
}
