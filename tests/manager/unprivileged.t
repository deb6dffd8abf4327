#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A manager as a user who may do nothing: store, tokens, TLS, the API and agents all work, and nobody
# but that user can read what it keeps.

cd "$(dirname "$0")/../.." || exit
. scripts/lib/wait.sh
. tests/net/lib/tap.sh
. tests/net/lib/certificates.sh

BIN=${BUILD:-build}/bin
NOBODY=65534
HERE=127.0.0.1:$((20000 + $$ % 10000))
WORLD=$(mktemp -d)
HOME_OF_MANAGER=$WORLD/manager
export SHUNT_SERVER=https://$HERE SHUNT_TOKEN_FILE=$WORLD/token-ada HOME=$WORLD XDG_CONFIG_HOME=$WORLD
unset SHUNT_TOKEN SHUNT_CA SHUNT_CERTIFICATE SHUNT_KEY
ca=(--ca "$WORLD/run/authority.pem")

unprivileged() # COMMAND...
{
	exec setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups --inh-caps=-all --bounding-set=-all \
		--no-new-privs "$@"
}

token_make() # ROLE NAME
{
	(umask 077 && echo "token-of-$2" >"$WORLD/token-$2")
	echo "$1 $2 $("$BIN/shunt-manager" --hash-token <"$WORLD/token-$2")" >>"$HOME_OF_MANAGER/tokens"
}

files_make()
{
	chmod 711 "$WORLD"
	mkdir "$WORLD/run" "$WORLD/manifests" "$HOME_OF_MANAGER"
	cp tests/unit/data/cluster.yaml "$WORLD/manifests"
	chmod -R a+rX "$WORLD/manifests"
	authority_make authority
	certificate_make server authority /CN=manager IP:127.0.0.1
	cp "$WORLD/run/server.pem" "$WORLD/run/server.key" "$HOME_OF_MANAGER"
	(umask 077 && : >"$HOME_OF_MANAGER/tokens")
	token_make editor ada
	token_make agent node-a
	chown -R $NOBODY:$NOBODY "$HOME_OF_MANAGER" "$WORLD/token-node-a"
	chmod 700 "$HOME_OF_MANAGER"
}

manager_launch()
{
	"$@" "$BIN/shunt-manager" --name m1 --store "$HOME_OF_MANAGER/store.db" \
		--manifests "$WORLD/manifests" --tokens "$HOME_OF_MANAGER/tokens" --listen "$HERE" \
		--certificate "$HOME_OF_MANAGER/server.pem" --key "$HOME_OF_MANAGER/server.key" \
		>>"$WORLD/log" 2>&1 &
	MANAGER=$!
	wait_for 10 curl -fs --cacert "$WORLD/run/authority.pem" "https://$HERE/readyz" ||
		fail "the manager is not ready: $(cat "$WORLD/log")"
}

manager_start()
{
	manager_launch unprivileged
}

manager_end()
{
	kill "$MANAGER"
	wait "$MANAGER"
}

status_of() # FIELD
{
	sed -n "s/^$1:\t*//p" "/proc/$MANAGER/status"
}

test_it_has_no_capability_and_can_get_none()
{
	local set

	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		expect_equal "$(status_of $set)" 0000000000000000 "$set"
	done
	expect_equal "$(status_of NoNewPrivs)" 1 NoNewPrivs
	expect_equal "$(status_of Uid)" "$NOBODY	$NOBODY	$NOBODY	$NOBODY" "user"
}

node_is_live()
{
	"$BIN/shunt" nodes --output json "${ca[@]}" | jq -e '(.items? // .)[] | select(.name == "node-a").live'
}

# An agent that loads nothing needs no privileges either.
test_contexts_reach_agents_over_tls()
{
	local output

	unprivileged "$BIN/shuntd" --dry-run --manager "https://$HERE" --node node-a "${ca[@]}" \
		--token-file "$WORLD/token-node-a" >"$WORLD/log-agent" 2>&1 &
	AGENT=$!
	trap 'kill $AGENT; manager_end' EXIT
	chmod 755 "$WORLD/run"
	expect_soon 10 "a live node: $(cat "$WORLD/log-agent")" node_is_live
	output=$("$BIN/shunt" context set x shop/users=sha:4f2a91c --wait "${ca[@]}" 2>&1) ||
		fail "shunt context set: $output"
	expect_match "$output" 'applied on 1 live node' "what it says"
}

test_what_it_keeps_is_for_its_user_alone()
{
	expect_match "$(ls "$HOME_OF_MANAGER")" 'store.db-wal' "files of the store"
	expect_equal "$(stat -c '%a %u' "$HOME_OF_MANAGER"/store.db* | sort -u)" "600 $NOBODY" \
		"modes and owners of the store's files"
}

# `nobody` is many services' user.
test_others_of_its_user_cannot_look_into_its_memory()
{
	(unprivileged head -c 1 "/proc/$MANAGER/maps") && fail "its maps can be read"
	(unprivileged ls "/proc/$MANAGER/fd/") && fail "its files can be listed"
	(unprivileged head -c 1 "/proc/$$/maps") # the reason is not who asks
	(unprivileged sleep 10) &
	sleeper=$!
	expect_soon 5 "a process of the same user that is not protected" memory_is_readable
	kill "$sleeper"
}

memory_is_readable()
{
	(unprivileged head -c 1 "/proc/$sleeper/maps")
}

test_what_was_written_is_there_after_a_restart()
{
	manager_end
	manager_start
	expect_equal "$("$BIN/shunt" context get x --output json "${ca[@]}" | jq -r '.spec.overrides[0].sha')" \
		4f2a91c "override"
}

test_as_root_it_says_once_that_it_need_not_be()
{
	grep -q 'runs as root' "$WORLD/log" && fail "it says so without being root"
	manager_end
	manager_launch exec
	expect_equal "$(grep -c 'runs as root, but needs no privileges' "$WORLD/log")" 1 "lines"
}

before()
{
	manager_start
}

after()
{
	manager_end
}

trap 'rm -rf "$WORLD"' EXIT
files_make
run_behaviours "$WORLD/output"
