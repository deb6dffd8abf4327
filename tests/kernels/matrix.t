#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# On each of these kernels every program loads and attaches, costs the verifier what is on file, and
# does what a plan of namespace tests asks of it.
#
#   KERNELS='6.1 ./linux-6.6'  the kernels, as boot.sh takes them
#   PLAN=full                  the plan, short or full
set -u
cd "$(dirname "$0")/../.."

BUILD=${BUILD:-build}
KERNELS=${KERNELS:-6.1-cloud 6.12-cloud}
PLAN=${PLAN:-short}
declare -A LIMITS=([short]=300 [full]=7200) # seconds

number=0

report() # ok|"not ok" TEXT
{
	number=$((number + 1))
	echo "$1 $number - $kernel: $2"
	[ "$1" = ok ] || failed=1
}

check() # TEXT COMMAND...
{
	if "${@:2}"; then
		report ok "$1"
	else
		report "not ok" "$1"
	fi
}

# What the verifier made of the programs, against what is on file for such kernels.
report_counts() # VERSION
{
	local verdict text

	if ! grep -q "^$1 " tests/verifier/counts.txt; then
		check "verifies all programs (no counts on file for $1)" grep -q '^guest: verified ' "$console"
		return
	fi
	while read -r verdict text; do
		report "${verdict/-/ }" "$text"
	done < <(sed -n 's/^guest: verified //p' "$console" | tests/verifier/compare.sh "$1")
}

# The tests' lines, and for each file whether it ran all that it planned.
report_tests()
{
	local line run planned done

	while read -r line; do
		case $line in
		"guest: runs "*)
			run=${line#guest: runs } run=${run%% *} planned=none done=0
			echo "# $kernel: ${line#guest: }"
			;;
		"guest: ran "*) check "$run ran all that was planned" [ "$done" = "$planned" ] ;;
		1..*) planned=${line#1..} ;;
		"ok "* | "not ok "*)
			done=$((done + 1))
			report "${line%% [0-9]*}" "${line#* - }"
			;;
		"#"*) echo "$line" ;;
		esac
	done <"$console"
}

test_kernel()
{
	local version start=$SECONDS

	failed=0
	console=$BUILD/kernels/console-$(tr -c 'a-zA-Z0-9.\n-' _ <<<"$kernel")
	mkdir -p "$BUILD/kernels"
	LIMIT=${LIMITS[$PLAN]} tests/kernels/boot.sh "$kernel" "tests/kernels/$PLAN.plan" >"$console" 2>&1
	version=$(sed -n 's/^guest: kernel //p' "$console")
	check "boots Linux ${version:-}" [ -n "$version" ]
	if [ -n "$version" ]; then
		report_counts "$(cut -d. -f1,2 <<<"$version")"
		report_tests
		check "finds nothing to complain about" no_complaint
		check "powers off by itself" grep -q '^guest: finished' "$console"
	fi
	[ "$failed" = 0 ] || tail -n 60 "$console" | sed 's/^/# /'
	echo "# $kernel: took $((SECONDS - start)) s"
}

no_complaint()
{
	! grep '^guest: complaint' "$console"
}

for kernel in $KERNELS; do
	test_kernel
done
echo "1..$number"
