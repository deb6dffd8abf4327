#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes an initramfs that holds the build, the namespace tests and what those need.
set -euo pipefail

modules=$1 # lib/modules/VERSION, or nothing
plan=$2    # of namespace tests
output=$3
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$ROOT/build}
export PATH="$PATH:/usr/sbin:/sbin"

PROGRAMS=(bash dash ip tc ss bridge bpftool nft ethtool curl jq unshare nsenter sysctl awk sed grep
	wc mktemp mkfifo timeout nginx nstat openssl wrk)

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# A program or library with everything that it is linked with.
add_program() # FILE
{
	local file

	{
		echo "$1"
		ldd "$1" 2>/dev/null | grep -oE '/[^ ]+' || true
	} | while read -r file; do
		[ -e "$root$file" ] && continue
		mkdir -p "$root${file%/*}"
		cp -L "$file" "$root$file"
	done
}

add_build()
{
	mkdir -p "$root/shunt/build"/{tests/verifier,bpf} "$root/shunt"/{tests,scripts}
	cp -r "$ROOT/scripts/lib" "$root/shunt/scripts"
	cp -r "$ROOT/tests/net" "$root/shunt/tests"
	cp -r "$BUILD/tests/tools" "$root/shunt/build/tests"
	add_program "$BUILD/bin/shuntd"
	add_program "$BUILD/bin/shunt"
	add_program "$BUILD/tests/verifier/counts"
	cp -r "$BUILD/bin" "$root/shunt/build"
	cp "$BUILD/tests/verifier/counts" "$root/shunt/build/tests/verifier"
	cp "$BUILD/bpf/shunt.linked.o" "$root/shunt/build/bpf"
	cp "$plan" "$root/shunt/plan"
}

mkdir -p "$root"/{usr/bin,usr/sbin,usr/lib,usr/lib64,etc,dev,proc,sys,tmp,run,var/log/nginx}
for directory in bin sbin lib lib64; do
	ln -s "usr/$directory" "$root/$directory"
done
for program in "${PROGRAMS[@]}"; do
	add_program "$(command -v "$program")"
done
add_program "$(command -v busybox)"
busybox --install -s "$root/usr/bin" 2>/dev/null || true # what is there stays
ln -sf /usr/bin/busybox "$root/usr/sbin/modprobe"
echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
[ -z "$modules" ] || "$ROOT/tests/kernels/modules.sh" "$modules" "$root"
add_build
cp "$ROOT/tests/kernels/guest.sh" "$root/init"
chmod 755 "$root/init"
(cd "$root" && find . -print0 | cpio -0o -H newc --quiet | gzip -1) >"$output"
