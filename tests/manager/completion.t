#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Completion for bash offers all that --help lists.

cd "$(dirname "$0")/../.." || exit
. tests/net/lib/tap.sh

BIN=$(realpath "${BUILD:-build}/bin")
WORK=$(mktemp -d)
export PATH=$BIN:$PATH HOME=$WORK
unset SHUNT_SERVER XDG_CONFIG_HOME

COMMANDS=('' context 'context apply' 'context set' 'context get' 'context list' 'context delete'
	'context clone' 'context watch' offloaded services nodes events status flows trace explain
	top doctor header detach)

# What readline would be given for a line; the cursor is at its end.
complete_line() # LINE
{
	bash -c '
		. /usr/share/bash-completion/bash_completion
		. scripts/completion/shunt.bash
		COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMP_KEY=9
		# Words as readline splits them: = and : stand alone.
		mapfile -t COMP_WORDS < <(grep -oE "[=:]+|[^ =:]+" <<<"$COMP_LINE")
		[[ $COMP_LINE == *" " ]] && COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_shunt
		printf "%s\n" "${COMPREPLY[@]}"' - "$1" | sed '/^$/d' | sort -u
}

# Those of --help, with what they take: "--server=URL".
options_of() # COMMAND
{
	local command

	read -ra command <<<"$1"
	shunt "${command[@]}" --help | awk '/^Commands:/ { exit }
		/^ +(-.,)? *--/ { for (i = 1; i <= 2; i++) if ($i ~ /^--/) print $i }'
}

expect_offered() # LINE WORD
{
	complete_line "$1" | grep -qxF -e "$2" || fail "'$1' does not offer $2, but: $(complete_line "$1")"
}

test_every_command_is_offered()
{
	local word group

	for group in '' 'context '; do
		for word in $(shunt $group --help | sed -n 's/^  \([a-z]*\)  *[A-Z].*/\1/p'); do
			expect_offered "shunt $group" "$word"
			expect_offered "shunt --output json $group${word:0:3}" "$word"
			[[ " ${COMMANDS[*]} " == *" $group$word "* ]] || fail "the test misses $group$word"
		done
	done
}

test_every_option_is_offered()
{
	local command option

	for command in "${COMMANDS[@]}"; do
		[ -n "$(options_of "$command")" ] || fail "no options of '$command' are found"
		complete_line "shunt $command --" >"$WORK/offered"
		for option in $(options_of "$command"); do
			grep -qxF -e "${option%%=*}" "$WORK/offered" ||
				fail "shunt $command does not offer $option"
		done
	done
}

# Else its value would be taken for an argument of the command.
test_of_every_option_it_is_known_whether_it_has_a_value()
{
	local command option known

	for command in "${COMMANDS[@]}"; do
		for option in $(options_of "$command"); do
			known=no
			bash -c '. /usr/share/bash-completion/bash_completion
				. scripts/completion/shunt.bash
				cur= words=(shunt) _shunt_place=()
				_shunt_complete_value "$1"' - "${option%%=*}" >"$WORK/out" 2>&1 && known=yes
			[[ $option == *=* ]] && expect_equal "$known" yes "value of $option"
			[[ $option == *=* ]] || expect_equal "$known" no "value of $option"
		done
	done
}

test_values_are_offered()
{
	expect_equal "$(complete_line 'shunt status --output ' | tr '\n' ' ')" 'json text ' "--output"
	expect_equal "$(complete_line 'shunt context set x --on-unreachable=m')" main "policy"
	expect_offered 'shunt header --form u' uberctx
}

test_names_of_contexts_are_those_that_there_are()
{
	mkdir "$WORK/dir"
	shunt context set mmeng shop/users=sha:1 --manifests "$WORK/dir" >/dev/null
	shunt context set ana shop/users=sha:1 --manifests "$WORK/dir" >/dev/null
	expect_equal "$(complete_line "shunt --manifests $WORK/dir context get " | tr '\n' ' ')" \
		'ana mmeng ' "names"
	expect_equal "$(complete_line "shunt context delete --manifests=$WORK/dir ana m")" mmeng "name"
	expect_equal "$(complete_line "shunt context get --manifests $WORK/dir ana ")" '' \
		"second argument"
	expect_equal "$(complete_line 'shunt context get ' 2>&1)" '' "names without a manager"
}

test_overrides_are_those_that_are_offloaded()
{
	mkdir "$WORK/api"
	echo '[{"service": "shop/users", "sha": "4f2a91c"}, {"service": "shop/users", "sha": "9e01d77"},
		{"service": "shop/pay", "pod": "pay-x1"}]' >"$WORK/api/offloaded.json"
	python3 tests/manager/fake_api.py "$WORK/api" >"$WORK/api/port" 3>&- &
	trap 'kill $!' EXIT
	. scripts/lib/wait.sh
	wait_for 10 test -s "$WORK/api/port" || fail "the server does not start"
	export SHUNT_SERVER=http://127.0.0.1:$(cat "$WORK/api/port")
	expect_equal "$(complete_line 'shunt context set x shop/p')" 'shop/pay=pod:pay-x1' "override"
	expect_equal "$(complete_line 'shunt context set x shop/users=sha:' | tr '\n' ' ')" \
		'4f2a91c 9e01d77 ' "commits"
}

trap 'rm -rf "$WORK"' EXIT
run_behaviours "$WORK/output"
