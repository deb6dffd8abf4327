# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A demonstration that explains itself: steps, sentences, the commands that are run, their output
# and whether it is what it should be.

if [ -t 1 ]; then
	BOLD=$'\e[1m' DIM=$'\e[2m' GREEN=$'\e[32m' RED=$'\e[31m' CYAN=$'\e[36m' PLAIN=$'\e[0m'
else
	BOLD='' DIM='' GREEN='' RED='' CYAN='' PLAIN=''
fi

step_number=0

step() # TITLE
{
	step_number=$((step_number + 1))
	printf '\n%s%d. %s%s\n' "$BOLD" "$step_number" "$1" "$PLAIN"
}

# A paragraph, broken to the width of a page.
say() # TEXT
{
	fold -s -w 92 <<<"$1" | sed 's/^/   /; s/ $//'
}

# What a reader would type for the same.
command_shown() # TEXT
{
	printf '   %s$ %s%s\n' "$CYAN" "$1" "$PLAIN"
}

output_shown() # TEXT
{
	sed 's/^/     /' <<<"$1"
}

file_shown() # FILE
{
	sed "s/^/     $DIM/; s/\$/$PLAIN/" "$1"
}

# Ends the demonstration where something is not as it should be.
wrong() # TEXT
{
	printf '   %s✗ %s%s\n' "$RED" "$1" "$PLAIN" >&2
	exit 1
}

right() # TEXT
{
	printf '   %s✓ %s%s\n' "$GREEN" "$1" "$PLAIN"
}

expect() # ACTUAL EXPECTED WHAT
{
	[ "$1" = "$2" ] || wrong "$3: got '$1', want '$2'"
	right "$3"
}

expect_match() # TEXT PATTERN WHAT
{
	[[ $1 =~ $2 ]] || wrong "$3: got '$1', want a match of '$2'"
	right "$3"
}
