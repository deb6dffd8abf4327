#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# On each of these kernels every program loads and attaches, costs the verifier what is on file, and
# does what a plan of namespace tests asks of it.
#
#   KERNELS='6.1 ./linux-6.6'  the kernels, as boot.sh takes them
#   PLAN=full                  the plan, short or full
set -u
cd "$(dirname "$0")/../.." || exit

BUILD=${BUILD:-build}
KERNELS=${KERNELS:-6.1-cloud 6.12-cloud}
PLAN=${PLAN:-short}
declare -A LIMITS=([short]=600 [full]=7200) # seconds
declare -A boots=()                         # process numbers

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

console_of() # KERNEL
{
	echo "$BUILD/kernels/console-$(tr -c 'a-zA-Z0-9.\n-' _ <<<"$1")"
}

boot() # KERNEL
{
	local start=$SECONDS

	LIMIT=${LIMITS[$PLAN]} tests/kernels/boot.sh "$1" "tests/kernels/$PLAN.plan"
	echo "boot: took $((SECONDS - start)) s"
}

# As many at a time as there are processors.
boot_all()
{
	local kernel

	mkdir -p "$BUILD/kernels"
	for kernel in $KERNELS; do
		[ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] || wait -n
		boot "$kernel" >"$(console_of "$kernel")" 2>&1 &
		boots[$kernel]=$!
	done
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
	local line run planned reported

	while read -r line; do
		case $line in
		"guest: runs "*)
			run=${line#guest: runs } run=${run%% *} planned=none reported=0
			echo "# $kernel: ${line#guest: }"
			;;
		"guest: ran "*) check "$run ran all that was planned" [ "$reported" = "$planned" ] ;;
		1..*) planned=${line#1..} ;;
		"ok "* | "not ok "*)
			reported=$((reported + 1))
			report "${line%% [0-9]*}" "${line#* - }"
			;;
		"#"*) echo "$line" ;;
		esac
	done <"$console"
}

no_complaint()
{
	! grep '^guest: complaint' "$console"
}

report_kernel()
{
	local version console

	failed=0
	console=$(console_of "$kernel")
	version=$(sed -n 's/^guest: kernel //p' "$console")
	check "boots Linux ${version:-}" [ -n "$version" ]
	if [ -n "$version" ]; then
		report_counts "$(cut -d. -f1,2 <<<"$version")"
		report_tests
		check "finds nothing to complain about" no_complaint
		check "powers off by itself" grep -q '^guest: finished' "$console"
	fi
	[ "$failed" = 0 ] || tail -n 60 "$console" | sed 's/^/# /'
	echo "# $kernel: $(sed -n 's/^boot: took/took/p' "$console")"
}

boot_all
for kernel in $KERNELS; do
	wait "${boots[$kernel]}"
	report_kernel
done
echo "1..$number"
