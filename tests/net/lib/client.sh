# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Clients in $client_pod. client_open starts one that takes commands (tests/net/tools/client.c),
# so that a connection can be held while other things happen, or another tool that is led like it.

declare -gA CLIENT_IN=() CLIENT_OUT=()
clients=() # process numbers
answer=
rate=
client_pod=client
CLIENT_LIMIT=${CLIENT_LIMIT:-$((60 * NET_PATIENCE))} # seconds until a command is answered

client_open() # NAME [TOOL]
{
	local pipe=$WORLD/run/client-$BASHPID-$1 in out

	mkfifo "$pipe.in" "$pipe.out"
	pod_exec "$client_pod" "$TOOLS/${2:-client}" <"$pipe.in" >"$pipe.out" 3>&- &
	clients+=($!)
	exec {in}>"$pipe.in" {out}<"$pipe.out"
	CLIENT_IN[$1]=$in CLIENT_OUT[$1]=$out
	rm "$pipe.in" "$pipe.out"
}

# The end of a behaviour is the end of its clients.
clients_end()
{
	[ ${#clients[@]} -eq 0 ] || kill "${clients[@]}" 2>/dev/null
}

client_tell() # NAME COMMAND...
{
	echo "${*:2}" >&"${CLIENT_IN[$1]}"
}

# Waits for the answer to a command; it is in $answer.
client_hear() # NAME COMMAND...
{
	read -r -t "$CLIENT_LIMIT" -u "${CLIENT_OUT[$1]}" answer || fail "client $1: no answer to '${*:2}'"
}

# Gives a command; what was answered is in $answer.
client_do() # NAME COMMAND...
{
	client_tell "$@"
	client_hear "$@"
}

# The same where the answer must be ok.
client_ok() # NAME COMMAND...
{
	client_do "$@"
	[ "${answer%% *}" = ok ] || fail "client $1: ${*:2}: $answer"
}

# A request that must be answered by this server with 200.
client_gets() # NAME SERVER WORDS...
{
	client_ok "$1" request "${@:3}"
	expect_match "$answer" "status=200 server=($2) " "client $1: request ${*:3}"
}

# Opens NAME and connects it to a frontend: `service`, or a pod.
client_connect() # NAME FRONTEND
{
	client_open "$1"
	client_dial "$1" "$2"
}

client_dial() # NAME FRONTEND
{
	if [ "$2" = service ]; then
		client_ok "$1" connect "$(service_address)" "$HTTP_PORT"
	else
		client_ok "$1" connect "$(pod_address "$2")" "$HTTP_TARGET"
	fi
}

# A word of the last answer: `answer_word peer`.
answer_word() # NAME
{
	sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<<"$answer"
}

# curl in $client_pod to nginx behind the Service.
client_curl() # PATH ARGUMENTS...
{
	in_pod "$client_pod" curl -sS --max-time $((30 * NET_PATIENCE)) "http://$(host_port "$(service_address)" "$WEB_PORT")$1" \
		"${@:2}"
}

# wrk in the client pod against nginx behind the Service. Any error, and any answer that wrk.lua
# calls wrong, fails. Requests per second are in $rate.
client_wrk() # SECONDS ARGUMENTS...
{
	local output

	output=$(in_pod client wrk -t1 -c16 "-d$1s" "${@:2}" \
		"http://$(host_port "$(service_address)" "$WEB_PORT")/quiet" 2>&1) || fail "wrk: $output"
	wrk_result "$output"
}

wrk_result() # OUTPUT
{
	case $1 in
	*"Socket errors"* | *Non-2xx* | *"Wrong answers"*) fail "$1" ;;
	esac
	rate=$(sed -n 's/Requests.sec: *//p' <<<"$1")
	expect_between "$rate" 1 1000000000 "requests per second"
}
