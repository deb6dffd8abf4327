# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# An XDP program that is not ours, for tests that source this after lib.sh.

# Pins one that lets everything pass.
xdp_other_load() # PIN
{
	echo '__attribute__((section("xdp"), used)) int other(void *packet) { return 2; }' |
		clang -target bpf -O2 -g -x c -c -o "$WORLD/other.o" -
	bpftool prog load "$WORLD/other.o" "$1"
}
