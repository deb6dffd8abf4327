#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The command line's side of the control plane: what it asks of a manager, here a small server that
# fails on demand, and what it does in a directory of manifests.

cd "$(dirname "$0")/../.." || exit
. scripts/lib/wait.sh
. tests/net/lib/tap.sh

SHUNT=${BUILD:-build}/bin/shunt
WORK=$(mktemp -d)
export HOME=$WORK XDG_CONFIG_HOME=$WORK/config
unset SHUNT_SERVER SHUNT_TOKEN SHUNT_TOKEN_FILE SHUNT_CA SHUNT_CERTIFICATE SHUNT_KEY

api_start()
{
	rm -rf "$WORK/api" "$WORK/config"
	mkdir -p "$WORK/api" "$WORK/config/shunt" "$WORK/dir"
	python3 tests/manager/fake_api.py "$WORK/api" >"$WORK/api/port" 3>&- &
	API=$!
	wait_for 10 test -s "$WORK/api/port" || fail "the server does not start"
	export SHUNT_SERVER=http://127.0.0.1:$(cat "$WORK/api/port")
}

api_end()
{
	kill "$API"
	rm -rf "$WORK/dir" "$WORK/config"
}

faults() # JSON
{
	echo "$1" >"$WORK/api/faults.json"
}

no_faults()
{
	rm -f "$WORK/api/faults.json"
}

requests() # PATTERN
{
	grep -cE "$1" "$WORK/api/requests"
}

# Runs shunt; what it says is in $output, $errors and $status.
run() # ARGUMENTS...
{
	output=$("$SHUNT" "$@" 2>"$WORK/errors")
	status=$?
	errors=$(cat "$WORK/errors")
}

run_well() # ARGUMENTS...
{
	run "$@"
	[ "$status" = 0 ] || fail "shunt $*: status $status: $errors"
}

# It ends with this status, and says why.
run_badly() # STATUS PATTERN ARGUMENTS...
{
	run "${@:3}"
	expect_equal "$status" "$1" "status of shunt ${*:3}"
	expect_match "$errors" "$2" "error of shunt ${*:3}"
}

field() # NAME JQ
{
	"$SHUNT" context get "$1" --output json "${@:3}" | jq -rc "$2"
}

test_set_makes_and_changes_a_context()
{
	run_well context set mmeng shop/users=sha:4f2a91c shop/pay=pod:pay-x1 --config a=b \
		--label team=shop --description "it's ä" --expires 3d
	expect_equal "$output" "context mmeng created" "what it says"
	expect_equal "$errors" "" "what it says on standard error"
	run_well context set mmeng shop/users=address:10.77.4.2:8080 --on-unreachable main \
		--remove shop/pay --config a- --config c=d --expires never
	expect_equal "$(field mmeng '.spec | del(.description)')" '{"overrides":[{"service":"shop/users","address":"10.77.4.2:8080","onUnreachable":"main"}],"config":{"c":"d"}}' spec
	expect_equal "$(field mmeng .metadata.labels.team)" shop "label"
	expect_equal "$(field mmeng .spec.description)" "it's ä" description
	run_well context set mmeng shop/cart=sha:1 --replace
	expect_equal "$(field mmeng '.spec | del(.description)')" '{"overrides":[{"service":"shop/cart","sha":"1"}]}' \
		"replaced spec"
	run_well context set mmeng shop/cart=sha:1
	expect_equal "$output" "context mmeng is as it shall be" "second time"
}

test_a_context_demands_signed_markers_until_it_does_not()
{
	run_well context set s shop/users=sha:1
	expect_equal "$(field s .spec.signed)" null "at first"
	run_well context set s --signed
	expect_equal "$(field s .spec.signed)" true "signed"
	run_well context set s shop/pay=sha:2 --replace --config a=b
	expect_equal "$(field s .spec.signed)" true "after another change"
	run_well context clone s t
	expect_equal "$(field t .spec.signed)" true "the clone"
	run_well context apply -f - < <(field s '.spec.config.c = "d"')
	expect_equal "$(field s '[.spec.signed, .spec.config.c]')" '[true,"d"]' "what was applied"
	run_well context get s
	expect_match "$output" 'markers: +only signed ones count' "get"
	run_well context set s --signed
	expect_equal "$output" "context s is as it shall be" "second time"
	run_well context set s --signed --no-signed
	expect_equal "$(field s 'has("signed")')" false "the last one counts"
	run_well context list
	expect_match "$output" 's  .*  any      shop/pay' "list: s"
	expect_match "$output" 't  .*  signed   shop/pay' "list: t"
}

test_signed_markers_are_the_managers()
{
	run_well context set mmeng shop/users=sha:1
	run_well header mmeng --signed
	expect_equal "$output" "x-shunt-context: mmeng.0123456789abcdef" "header"
	run_well header mmeng --signed --form all
	expect_equal "$(grep -c 'mmeng\.0123456789abcdef$' <<<"$output")" 7 "forms, but for the carrier"
	output=$("$SHUNT" header --decode "$(grep x-ot-span-context: <<<"$output")")
	expect_match "$output" 'baggage:  shunt-context = mmeng.0123456789abcdef' "the carrier's"
	expect_equal "$(requests 'GET /v1/contexts/mmeng/marker ')" 2 "questions"
	run_badly 1 'context none: Refused: there is no such context' header none --signed
	faults '{"answer": {"status": 200, "body": {"context": "mmeng", "marker": "other.0123456789abcdef"}}}'
	run_badly 1 'is it one of this version' header mmeng --signed
	faults '{"answer": {"status": 503, "body": {"title": "Service Unavailable", "detail": "no keys"}}}'
	run_badly 1 'context mmeng: Service Unavailable: no keys' header mmeng --signed
	run_badly 2 'signed needs the NAME' header --signed --endpoint shop/users=10.0.0.1:80
	run_badly 2 'takes no NAME' header --signed --decode 'a: b'
	no_faults
	unset SHUNT_SERVER
	run_badly 1 'no manager is named that could be asked instead' \
		header mmeng --signed --bpffs "$WORK/none"
	run_badly 1 'no tables at' header mmeng --signed --bpffs "$WORK/none" --manifests "$WORK/dir"
	run_badly 1 'the manager.s URL has to begin with https' header mmeng --signed --server x
}

test_set_is_tried_again_where_somebody_else_was_faster()
{
	faults '{"conflicts": 3}'
	run_well context set busy shop/users=sha:1 --config mine=1
	expect_equal "$(field busy .spec.config)" '{"other":"0","mine":"1"}' "config of both"
	expect_equal "$(requests 'PUT /v1/contexts/busy')" 4 "writes"
	no_faults
	run_well context list
	faults '{"conflicts": 100}'
	run_badly 1 'context busy: others change it all the time' context set busy shop/pay=sha:2
}

test_wait_returns_when_all_have_applied_it_and_names_who_has_not()
{
	run_well context set w shop/users=sha:1 --wait
	expect_match "$output" 'applied on all 2 live nodes' "what it says"
	expect_equal "$(requests 'GET /v1/nodes\?revision=1&wait=30 ')" 1 "questions for revision 1"
	run_well context set w shop/users=sha:1 --wait
	run_well context delete w --wait --timeout 2m
	faults '{"lagging": ["node-b"]}'
	run_badly 1 'node node-b has applied revision 0' \
		context set w shop/users=sha:2 --wait --timeout 1s
	[[ $errors != *node-a* ]] || fail "node-a has applied it, but is named: $errors"
	expect_equal "$(field w '.spec.overrides[0].sha')" 2 "what was written"
	faults '{"lagging": ["node-b"], "away": ["node-b"]}'
	run_badly 1 'node node-b is not connected, and was last seen [0-9]+ d ago' \
		context set w shop/users=sha:3 --wait --timeout 1s
	faults '{"lagging": ["node-c"]}'
	run_badly 1 'waits for agents to come back' context set w --wait --timeout 1s
}

test_unresolved_overrides_are_named()
{
	faults '{"unresolved": "no offloaded pod of commit 1"}'
	run_well context set u shop/users=sha:1
	expect_match "$errors" 'context u: shop/users is not resolved: no offloaded pod of commit 1' \
		"what it says"
	run_well context get u
	expect_match "$output" 'Unresolved +no offloaded pod of commit 1, since [0-9]+ d ago' "get"
	run_well context list
	expect_match "$output" '1 of 1 unresolved' "list"
}

test_lists_are_read_page_by_page()
{
	local i

	for i in 1 2 3 4 5; do
		run_well context set "c$i" shop/users=sha:1
	done
	faults '{"page": 2}'
	expect_equal "$("$SHUNT" context list --names | tr '\n' ' ')" "c1 c2 c3 c4 c5 " "names"
	expect_equal "$(requests 'GET /v1/contexts\?limit=500')" 3 "pages"
	expect_equal "$("$SHUNT" context list --output json | jq length)" 5 "objects"
	run_well context list --owner 'a b&c' --service shop/users --state resolved --label x=y
	expect_equal "$(requests 'owner=a%20b%26c&label=x%3Dy&service=shop%2Fusers&state=resolved')" \
		3 "questions with filters"
}

test_problems_are_told_as_the_manager_has_them()
{
	faults '{"answer": {"status": 422, "body": {"title": "Unprocessable", "detail": "not so",
		"problems": ["not so", "spec.overrides[0]: \u001b[31mno"]}}}'
	run_badly 1 'context p: Unprocessable: not so' context set p shop/users=sha:1
	expect_match "$errors" 'context p: spec.overrides\[0\]: \?\[31mno' "the line, made visible"
	expect_equal "$(wc -l <"$WORK/errors")" 2 "lines: what the detail says is not said twice"
	faults '{"answer": {"status": 401, "body": {"title": "Unauthorized"}}}'
	run_badly 1 'Unauthorized; give a token with --token-file' context list
	faults '{"answer": {"status": 200, "body": []}}'
	run_badly 1 'is it one of this version' nodes
	run_badly 1 'is the manager running' nodes --server http://127.0.0.1:1
	no_faults
	run_badly 1 'context none: there is none of this name' context get none
	run_badly 1 'context none: there is none of this name' context delete none
	run_badly 1 'context none: there is none of this name' context clone none to
}

test_what_cannot_be_understood_is_a_usage_error()
{
	run_badly 2 'NAME of a context is needed' context set
	run_badly 2 'not a context name' context set 'A B'
	run_badly 2 'has to be SERVICE=sha:COMMIT' context set x shop/users
	run_badly 2 'given twice' context set x a=sha:1 a=sha:2
	run_badly 2 'is over already' context set x --expires 2020-01-01T00:00:00Z
	run_badly 2 '\-\-timeout' context set x --wait --timeout 5
	run_badly 2 'did you mean watch' context wacth
	run_badly 2 'exclude each other' context set x --replace --remove a
	run_badly 2 '\-f FILE is needed' context apply
	run_badly 2 '\-\-state' context list --state fine
	run_badly 2 '\-\-limit' events --limit 0
}

test_apply_takes_contexts_of_several_documents_and_lists()
{
	cat >"$WORK/file.yaml" <<-'EOF'
	apiVersion: shunt.dev/v1alpha1
	kind: Context
	metadata: {name: one, labels: {a: "1"}}
	spec: {overrides: [{service: shop/users, sha: "411"}]}
	---
	apiVersion: v1
	kind: List
	items:
	- apiVersion: shunt.dev/v1alpha1
	  kind: ContextList
	  items:
	  - {metadata: {name: two}, spec: {overrides: [{service: shop/pay, pod: x}], config: {on: "off"}}}
	EOF
	run_well context apply -f "$WORK/file.yaml" --wait
	expect_match "$output" 'context one created.context two created.applied on all' "output"
	expect_equal "$(field two .spec)" \
		'{"overrides":[{"service":"shop/pay","pod":"x"}],"config":{"on":"off"}}' "spec of two"
	run_well context apply --file - <"$WORK/file.yaml"
	expect_match "$output" 'context one is as it shall be' "second time"
	run_well context apply -f - < <(field one .)
}

test_apply_changes_nothing_where_the_file_is_wrong()
{
	cat >"$WORK/file.yaml" <<-'EOF'
	apiVersion: shunt.dev/v1alpha1
	kind: Context
	metadata: {name: good}
	spec: {overrides: []}
	---
	apiVersion: shunt.dev/v1alpha1
	kind: Context
	metadata: {name: bad}
	spec: {overrides: [{service: shop/users, sha: 411}]}
	EOF
	run_badly 1 'file.yaml:9:47: spec.overrides\[0\].sha: has to be a string' \
		context apply -f "$WORK/file.yaml"
	printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n' >"$WORK/file.yaml"
	run_badly 1 'file.yaml:2:7: kind: only contexts' context apply -f "$WORK/file.yaml"
	run_badly 1 'No such file' context apply -f "$WORK/none.yaml"
	run_badly 1 'standard input: has no context' context apply -f - </dev/null
	expect_equal "$("$SHUNT" context list --names)" "" "contexts"
}

test_clone_copies_what_a_person_wrote()
{
	run_well context set from shop/users=sha:1 --config a=b --label l=1 --description d
	run_well context clone from to
	expect_equal "$(field to '[.spec, .metadata.labels, .metadata.annotations]')" \
		"$(field from '[.spec, .metadata.labels, .metadata.annotations]')" "clone"
	run_badly 1 'context to is there already' context clone from to
}

test_watch_tells_what_changes_and_connects_again()
{
	run_well context set old shop/users=sha:1
	"$SHUNT" context watch >"$WORK/watched" 2>"$WORK/errors" 3>&- &
	watcher=$!
	expect_soon 5 "what there is" grep -q 'old  added  resolved  shop/users=sha:1' "$WORK/watched"
	run_well context set old shop/users=sha:2
	expect_soon 5 "the change" grep -q 'old  changed  resolved  shop/users=sha:2' "$WORK/watched"
	faults '{"cut": 1}'
	run_well context delete old
	expect_soon 5 "the deletion" grep -q 'old  deleted' "$WORK/watched"
	kill "$watcher"
	"$SHUNT" context watch new --output json >"$WORK/watched" 2>"$WORK/errors" 3>&- &
	watcher=$!
	expect_soon 5 "the end is told" grep -q 'ended the stream; trying again in 1 s' "$WORK/errors"
	no_faults
	run_well context set other shop/users=sha:3
	run_well context set new shop/users=sha:3
	expect_soon 10 "the new one" grep -q ADDED "$WORK/watched"
	expect_equal "$(jq -r '.type + " " + .object.metadata.name' "$WORK/watched")" "ADDED new" "lines"
	kill "$watcher"
}

test_a_token_comes_from_the_first_place_that_has_one()
{
	echo from-file >"$WORK/token"
	run_well nodes
	expect_equal "$(requests 'GET /v1/nodes -')" 1 "questions without a token"
	printf 'server: %s\ntokenFile: ../../token\n' "$SHUNT_SERVER" >"$WORK/config/shunt/config.yaml"
	env -u SHUNT_SERVER "$SHUNT" nodes >/dev/null || fail "config.yaml does not suffice"
	expect_equal "$(requests 'Bearer from-file$')" 1 "questions with the file's token"
	SHUNT_TOKEN=from-environment run_well nodes
	expect_equal "$(requests 'Bearer from-environment$')" 1 "questions with the environment's"
	SHUNT_TOKEN=from-environment run_well nodes --token-file "$WORK/token"
	expect_equal "$(requests 'Bearer from-file$')" 2 "questions with the option's"
	printf 'token: from-config\n' >"$WORK/config/shunt/config.yaml"
	run_well nodes
	expect_match "$errors" 'can be read by others; run: chmod 600' "warning"
	chmod 600 "$WORK/config/shunt/config.yaml"
	run_well nodes
	expect_equal "$errors" "" "what it says of a file that only its owner reads"
	printf 'server: x\ntokn: y\n' >"$WORK/config/shunt/config.yaml"
	run_badly 1 'config.yaml:2:1: tokn: unknown field; did you mean token' nodes
	printf 'a b' >"$WORK/token"
	rm "$WORK/config/shunt/config.yaml"
	run_badly 1 'has to be one token' nodes --token-file "$WORK/token"
	[[ $errors != *"a b"* ]] || fail "the token is shown"
	unset SHUNT_SERVER
	run_badly 1 'no manager is named: give --server' nodes
}

test_what_the_manager_knows_is_printed_in_columns()
{
	cat >"$WORK/api/offloaded.json" <<-'EOF'
	[{"service": "shop/users", "sha": "4f2a91c", "pod": "users-x", "ready": true,
	  "addresses": ["10.77.4.2"], "created": "2026-01-01T00:00:00Z", "contexts": 2},
	 {"service": "shop/pay", "sha": "", "pod": "pay-x1", "ready": false, "addresses": []}]
	EOF
	echo '[{"namespace": "shop", "name": "users", "ports": [{"name": "http", "port": 80}],
		"offloaded": 1, "contexts": 2}]' >"$WORK/api/services.json"
	echo '[{"time": "2026-01-01T00:00:00Z", "actor": "ana", "action": "create",
		"context": "mmeng", "detail": "two overrides"}]' >"$WORK/api/events.json"
	run_well offloaded
	expect_match "$output" 'shop/users  4f2a91c  users-x  yes    [0-9]+ d ago  10.77.4.2  2' rows
	expect_match "$output" 'shop/pay    -        pay-x1   no' "second row"
	expect_equal "$("$SHUNT" offloaded --names | tr '\n' ' ')" \
		"shop/users=sha:4f2a91c shop/pay=pod:pay-x1 " "arguments"
	expect_equal "$("$SHUNT" offloaded --service pay --output json | jq -r '.[].pod')" pay-x1 pods
	run_well services
	expect_match "$output" 'shop/users  http 80  1          2' "services"
	expect_equal "$("$SHUNT" services --names)" shop/users "names of services"
	run_well events --context mmeng --limit 7
	expect_match "$output" 'd ago  ana  create  mmeng    two overrides' "events"
	expect_equal "$(requests 'GET /v1/events\?context=mmeng&limit=7 ')" 1 "questions"
	run_well nodes
	expect_match "$output" 'node-b  yes ' "nodes"
}

test_a_directory_of_manifests_is_worked_on_the_same_way()
{
	local dir=(--manifests "$WORK/dir")

	unset SHUNT_SERVER
	run_well context set mmeng shop/users=sha:4f2a91c --expires 2w "${dir[@]}"
	run_well context set mmeng shop/pay=pod:pay-x1 --label a=b "${dir[@]}"
	run_well context clone mmeng second "${dir[@]}"
	expect_equal "$(ls -A "$WORK/dir" | tr '\n' ' ')" "context-mmeng.json context-second.json " \
		files
	expect_equal "$(stat -c %a "$WORK/dir/context-mmeng.json")" 644 "mode"
	expect_equal "$(field mmeng '.spec.overrides | length' "${dir[@]}")" 2 "overrides"
	expect_equal "$("$SHUNT" context list --names --service pay --label a=b "${dir[@]}" |
		tr '\n' ' ')" "mmeng second " "names"
	run_well context delete second "${dir[@]}"
	[ ! -e "$WORK/dir/context-second.json" ] || fail "the file is left"
	run_badly 2 'wait needs a manager' context set mmeng --wait "${dir[@]}"
	run_badly 1 'need a manager' nodes "${dir[@]}"
	run_badly 1 'state needs a manager' context list --state resolved "${dir[@]}"
	run_badly 1 'overrides\[0\].address: 127.0.0.1:80 is no target' \
		context set mmeng a=address:127.0.0.1:80 --replace "${dir[@]}"
	expect_equal "$(field mmeng '.spec.overrides | length' "${dir[@]}")" 2 "overrides, still"
}

test_files_of_others_in_a_directory_stay_as_they_are()
{
	local dir=(--manifests "$WORK/dir")

	cp tests/unit/data/shop.yaml "$WORK/dir/shop.yaml"
	printf '%s\n' 'apiVersion: shunt.dev/v1alpha1' 'kind: Context' 'metadata: {name: mine}' \
		'spec: {overrides: []}' >"$WORK/dir/mine.yaml"
	cat "$WORK/dir/mine.yaml" <(echo ---) <(sed s/mine/two/ "$WORK/dir/mine.yaml") \
		>"$WORK/dir/both.yaml"
	sed -i '0,/mine/s/mine/one/' "$WORK/dir/both.yaml"
	run_badly 1 'context two is at .*/both.yaml:6, beside other objects' \
		context set two a=sha:1 "${dir[@]}"
	run_badly 1 'beside other objects' context delete one "${dir[@]}"
	run_well context set mine a=sha:1 "${dir[@]}"
	expect_equal "$(jq -r .metadata.name "$WORK/dir/mine.yaml")" mine "the file, rewritten"
	echo '[' >"$WORK/dir/bad.json"
	run_badly 1 'bad.json:2:1' context list "${dir[@]}"
}

before()
{
	api_start
}

after()
{
	api_end
}

trap 'rm -rf "$WORK"' EXIT
run_behaviours "$WORK/output"
