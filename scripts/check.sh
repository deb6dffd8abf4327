#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Format, cppcheck and clang's analyzer. Any finding is an error.
set -euo pipefail
cd "$(dirname "$0")/.."

BUILD=${BUILD:-build}

mapfile -t all < <(git ls-files '*.c' '*.h')
mapfile -t user < <(git ls-files 'user/*.c' 'tests/net/*.c' 'tests/verifier/*.c')

check_format()
{
	clang-format --dry-run -Werror "${all[@]}"
}

# System headers are not read, but the macros of lists are needed to understand what uses them.
check_cppcheck()
{
	cppcheck --quiet --error-exitcode=1 --std=c11 --language=c -j "$(nproc)" \
		--enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem \
		--include="/usr/include/$(gcc -print-multiarch)/sys/queue.h" \
		-D__linux__ -D__x86_64__ \
		'-DDECLARE_LIBBPF_OPTS(type,name,...)=struct type name={__VA_ARGS__}' \
		-Iinclude -I. "${user[@]}"
}

# The analyzer's findings are warnings; -Xclang -analyzer-werror makes them errors.
check_analyzer()
{
	printf '%s\0' "${user[@]}" | xargs -0 -n 4 -P "$(nproc)" \
		clang --analyze -Xclang -analyzer-werror -Xclang -analyzer-output=text \
		-std=gnu11 -D_GNU_SOURCE -Iinclude -I. -I"$BUILD" -I"$BUILD/bpf"
}

failed=0
for check in format cppcheck analyzer; do
	if "check_$check"; then
		echo "check: $check: clean"
	else
		echo "check: $check: FAILED" >&2
		failed=1
	fi
done
exit "$failed"
