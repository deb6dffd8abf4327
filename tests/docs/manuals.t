#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is written about the programs is what they do: manual pages, reference, links between pages.

cd "$(dirname "$0")/../.." || exit
. tests/net/lib/tap.sh

BUILD=${BUILD:-build}
BIN=$(realpath "$BUILD/bin")
WORK=$(mktemp -d)
declare -A PAGES=([shunt]=docs/shunt.1 [shuntd]=docs/shuntd.8 [shunt-manager]=docs/shunt-manager.8)

# All commands of a program, the program itself first, a line each.
commands_of() # PROGRAM [COMMAND]...
{
	local command

	echo "$@"
	"$BIN/$1" "${@:2}" --help | awk '/^Commands:/ { listed = 1; next } !/^  / { listed = 0 }
		listed { print $1 }' >"$WORK/commands.$#"
	while read -r command; do
		commands_of "$@" "$command"
	done <"$WORK/commands.$#"
}

# Long options of --help.
options_of() # PROGRAM [COMMAND]...
{
	"$BIN/$1" "${@:2}" --help | awk '/^Commands:/ { exit }
		/^ +(-.,)? *--/ { for (i = 1; i <= 2; i++) if ($i ~ /^--/) print $i }' | sed 's/[=[].*//'
}

test_manual_pages_render_without_warnings()
{
	local page

	for page in docs/*.[1-8]; do
		MANWIDTH=100 man -l --warnings "$page" >"$WORK/manual" 2>"$WORK/warnings"
		expect_equal "$(cat "$WORK/warnings")" '' "warnings of $page"
		[ -s "$WORK/manual" ] || fail "$page is empty"
	done
}

test_manual_pages_and_help_name_the_same_options()
{
	local program words

	for program in "${!PAGES[@]}"; do
		commands_of "$program" >"$WORK/all"
		while read -ra words; do
			options_of "${words[@]}"
		done <"$WORK/all" | sort -u >"$WORK/help"
		sed 's/\\-/-/g' "${PAGES[$program]}" | grep -E '^\.(BI|BR|B|TP) ' |
			grep -oE -- '--[a-z-]+' | sort -u >"$WORK/described"
		[ -s "$WORK/help" ] || fail "no options of $program are found"
		expect_equal "$(diff "$WORK/help" "$WORK/described")" '' "--help against ${PAGES[$program]}"
	done
}

test_every_command_has_its_part_of_the_manual_page()
{
	local program command

	commands_of shunt >"$WORK/all"
	[ "$(wc -l <"$WORK/all")" -gt 10 ] || fail "commands: $(cat "$WORK/all")"
	while read -r program command; do
		[ -z "$command" ] || grep -qE "^\.SS (context )?${command#context }( |$)" \
			"${PAGES[$program]}" || fail "${PAGES[$program]} has no $command"
	done <"$WORK/all"
}

test_the_reference_is_what_the_programs_say()
{
	BUILD=$BUILD scripts/reference.py >"$WORK/reference"
	expect_equal "$(diff docs/reference.md "$WORK/reference")" '' "after \`make reference\`"
}

test_every_reason_is_explained()
{
	sed -n 's/.*X([A-Z0-9_]*, *"\([a-z0-9_]*\)".*/\1/p' include/shunt/reasons.h | sort >"$WORK/reasons"
	sed -n '/^## Counted reasons/,$p' docs/switch.md | grep '^|' | cut -d '|' -f 2 |
		grep -oE '`[a-z0-9_]+`' | tr -d '`' | sort >"$WORK/explained"
	# A row may be of all forms of markers at once.
	grep -v '^by_' "$WORK/reasons" >"$WORK/wanted"
	expect_equal "$(grep -v '^by_' "$WORK/explained" | diff "$WORK/wanted" -)" '' \
		"reasons against docs/switch.md"
}

test_links_lead_somewhere()
{
	tests/docs/links.py README.md docs/*.md
}

trap 'rm -rf "$WORK"' EXIT
run_behaviours "$WORK/output"
