#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who may ask a manager, over what: tokens and roles, TLS, and the mistakes that people make there.
# Agents only take the tables, without any in the kernel.

. "$(dirname "$0")/lib.sh"
. "$NET/lib/manager.sh"
. "$NET/lib/certificates.sh"

HERE=127.0.0.1
OTHER_SECRET=not-a-token-that-anybody-knows-9731

# No pods that could be reached, just objects that name some.
world_create()
{
	MANIFESTS=$WORLD/manifests
	mkdir "$MANIFESTS" "$WORLD/log" "$WORLD/run"
	ip link set lo up
	POD_NUMBER=([users-1]=10 [users-2]=11 [users-x]=12)
	POD_SHA=([users-1]="" [users-2]="" [users-x]=4f2a91c)
	POD_NODE=([users-1]=here [users-2]=here [users-x]=here)
	cluster_write
	tokens_make
	token_make agent node-a
	token_make agent node-b
	echo "$OTHER_SECRET" >"$(token_file nobody)"
	authority_make authority
	ca=(--ca "$WORLD/run/authority.pem")
	authority_make stranger
	certificate_make server authority /CN=manager "IP:$HERE"
	certificate_make expired authority /CN=manager "IP:$HERE" -1
	certificate_make misnamed authority /CN=manager DNS:manager.example
	certificate_make node-a authority /CN=node:node-a DNS:node-a
	certificate_make node-b authority /CN=node:node-b DNS:node-b
	certificate_make strange-node stranger /CN=node:node-a DNS:node-a
	manager_start m1
}

# m2 with a certificate; the first argument names it.
tls_start() # CERTIFICATE ARGUMENTS...
{
	SCHEME=https
	manager_launch m2 --certificate "$WORLD/run/$1.pem" --key "$WORLD/run/$1.key" "${@:2}"
	wait_for 10 manager_ready m2 || fail "m2 is not ready: $(tail -5 "$WORLD/log/m2")"
	api_as root m2
}

# An agent that loads nothing, named by its log, and what it says.
agent_dry() # LOG URL ARGUMENTS...
{
	"$SHUNTD" --dry-run --cache none --manager "$2" "${@:3}" \
		>"$WORLD/log/$1" 2>&1 3>&- &
	clients+=($!)
}

expect_log() # LOG PATTERN
{
	wait_for 20 grep -qE "$2" "$WORLD/log/$1" ||
		fail "no '$2' in the log of $1: $(cat "$WORLD/log/$1")"
}

test_a_token_that_is_wrong_or_missing_is_refused_with_what_to_do()
{
	api_as nobody
	context_fails '(token|401)' list
	expect_equal "$(api_get /v1/contexts -o /dev/null -w '%{http_code}')" 401 "status"
	expect_match "$(api_get /v1/contexts -D -)" 'application/problem\+json' "type of the problem"
	expect_match "$(curl -s "$SHUNT_SERVER/v1/contexts")" '"status": *401' "answer without a token"
	SHUNT_TOKEN_FILE=
	context_fails 'token' list
	SHUNT_TOKEN_FILE=$WORLD/run/token-of-nobody
	context_fails 'token-of-nobody.*No such file' list
}

test_roles_say_who_may_do_what()
{
	api_as ada
	context set adas shop/users=pod:users-x
	api_as ben
	context_fails '(403|owner|belongs to|ada)' delete adas
	context_fails '(403|owner|belongs to|ada)' set adas shop/users=sha:4f2a91c
	context get adas
	api_as eve
	context list
	context_fails '(403|reader|may not)' set eves shop/users=pod:users-x
	api_as node-a
	context_fails '(403|agent|may not)' list
	api_as root
	context delete adas
}

test_tokens_are_read_again_when_their_file_changes()
{
	token_make editor temp
	api_as temp
	expect_soon 3 "the new token is taken" "$SHUNT" context list
	sed -i '/ temp /d' "$WORLD/run/tokens"
	expect_soon 3 "the token is no longer taken" token_is_refused
}

token_is_refused()
{
	! "$SHUNT" context list
}

test_an_agent_with_a_wrong_token_says_so_and_one_with_a_right_one_is_live()
{
	agent_dry wrong "$(manager_url m1)" --node node-a --token-file "$(token_file nobody)"
	expect_log wrong '(401|token)'
	agent_dry editor "$(manager_url m1)" --node node-a --token-file "$(token_file ada)"
	expect_log editor '(403|agent)'
	agent_dry posing "$(manager_url m1)" --node node-b --token-file "$(token_file node-a)"
	expect_log posing '(403|node-a)'
	api_as root
	agent_dry right "$(manager_url m1)" --node node-a --token-file "$(token_file node-a)"
	expect_soon 5 "node-a is live" node_field_is node-a live true
}

test_over_TLS_everything_works_that_works_without()
{
	tls_start server
	context_fails '(certificate|issuer)' list
	context set tls shop/users=pod:users-x "${ca[@]}"
	agent_dry tls "$(manager_url m2)" --node node-b --token-file "$(token_file node-b)" "${ca[@]}"
	context set tls2 shop/users=pod:users-x --wait "${ca[@]}"
	expect_match "$("$SHUNT" nodes "${ca[@]}")" node-b "nodes"
	manager_stop m2
}

test_http_in_the_place_of_https_and_the_reverse_are_said()
{
	local plain

	tls_start server
	SCHEME=http
	plain=$(manager_url m2)
	SHUNT_SERVER=$plain
	context_fails '(https|TLS|tls|answer|reply)' list
	agent_dry plain "$plain" --node node-a --token-file "$(token_file node-a)"
	expect_log plain 'does it speak TLS, so that https:// is meant'
	SHUNT_SERVER=${plain/http:/https:}
	SHUNT_SERVER=${SHUNT_SERVER/${MANAGER_PORT[m2]}/${MANAGER_PORT[m1]}}
	context_fails '(TLS|SSL|http:|wrong version)' list "${ca[@]}"
	agent_dry tls-to-plain "$SHUNT_SERVER" --node node-a --token-file "$(token_file node-a)" "${ca[@]}"
	expect_log tls-to-plain '(TLS|SSL|http:|wrong version)'
	manager_stop m2
}

test_a_certificate_that_has_expired_or_is_of_another_name_is_not_trusted()
{
	local name

	for name in expired:expired misnamed:'(match|name)'; do
		tls_start "${name%:*}"
		context_fails "${name#*:}" list "${ca[@]}"
		agent_dry "${name%:*}" "$(manager_url m2)" --node node-a \
			--token-file "$(token_file node-a)" "${ca[@]}"
		expect_log "${name%:*}" "${name#*:}"
		manager_stop m2
	done
}

test_an_agent_proves_its_node_by_a_certificate()
{
	local pem=$WORLD/run

	tls_start server --client-ca "$WORLD/run/authority.pem"
	agent_dry mutual "$(manager_url m2)" --node node-b "${ca[@]}" \
		--certificate "$pem/node-b.pem" --key "$pem/node-b.key"
	context set mutual shop/users=pod:users-x --wait "${ca[@]}"
	expect_equal "$("$SHUNT" nodes --output json "${ca[@]}" | jq -r '(.items? // .)[] |
		select(.name == "node-b") | "\(.live) \(.manager)"')" "true m2" "node-b"
	agent_dry strange "$(manager_url m2)" --node node-a "${ca[@]}" \
		--certificate "$pem/strange-node.pem" --key "$pem/strange-node.key"
	expect_log strange '(certificate|40[13]|alert)'
	agent_dry posing-tls "$(manager_url m2)" --node node-b "${ca[@]}" \
		--certificate "$pem/node-a.pem" --key "$pem/node-a.key"
	expect_log posing-tls '(403|node-a)'
	manager_stop m2
}

test_what_a_manager_cannot_start_with_is_said()
{
	local base=(--store "$WORLD/other.db" --manifests "$MANIFESTS")
	local tokens=(--tokens "$WORLD/run/tokens" --listen 127.0.0.1:9873)

	manager_refuses 'one of --tokens' "${base[@]}"
	manager_refuses 'loopback' "${base[@]}" --anonymous --listen 0.0.0.0:9873
	manager_refuses 'go together' "${base[@]}" "${tokens[@]}" --certificate "$WORLD/run/server.pem"
	manager_refuses 'nowhere.pem' "${base[@]}" "${tokens[@]}" --certificate "$WORLD/run/nowhere.pem" \
		--key "$WORLD/run/server.key"
	manager_refuses 'expired.key: is not the key of' "${base[@]}" "${tokens[@]}" \
		--certificate "$WORLD/run/server.pem" --key "$WORLD/run/expired.key"
	echo "editor broken $OTHER_SECRET" >"$WORLD/run/broken-tokens"
	manager_refuses 'broken-tokens:1' "${base[@]}" --tokens "$WORLD/run/broken-tokens" \
		--listen 127.0.0.1:9873
	[[ $output != *"$OTHER_SECRET"* ]] || fail "a token is printed: $output"
	manager_refuses 'in use' "${base[@]}" --anonymous --listen "127.0.0.1:${MANAGER_PORT[m1]}"
	head -c 100000 /dev/urandom >"$WORLD/broken.db"
	manager_refuses 'broken.db' --store "$WORLD/broken.db" --manifests "$MANIFESTS" "${tokens[@]}"
}

test_no_log_has_a_token()
{
	local name

	for name in root ada ben eve node-a node-b nobody; do
		grep -rF "$(cat "$(token_file "$name")")" "$WORLD/log" && fail "the token of $name is in a log"
	done
	return 0
}

matrix_main 'routed 4 on'
